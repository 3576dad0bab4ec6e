using System.Buffers;
using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;
using Cloud.Protocol.Tries;

namespace Cloud.Protocol.Blocks;

/// <summary>The trie from a place in a list, RLP-encoded, to the item there (yellow paper section 4.3.2).</summary>
public static class OrderedTrie
{
    /// <summary>Root of a list.</summary>
    /// <typeparam name="T">Kind of the items.</typeparam>
    /// <param name="items">In order.</param>
    /// <param name="write">Writes an item's value as it is, without a header.</param>
    /// <returns>The root; <see cref="KnownHashes.EmptyTrieRoot"/> for an empty list.</returns>
    public static Hash256 Root<T>(IReadOnlyList<T> items, Action<T, RlpWriter> write) =>
        items.Count == 0 ? KnownHashes.EmptyTrieRoot : Fold(items, write, static (entries, values, _) => SortedTrie.Root(entries, values), 0);

    /// <summary>Proves one item of a list against the list's root.</summary>
    /// <typeparam name="T">Kind of the items.</typeparam>
    /// <param name="items">In order.</param>
    /// <param name="write">Writes an item's value as it is, without a header.</param>
    /// <param name="index">Place of the item.</param>
    /// <returns>RLP of the nodes from the root down.</returns>
    public static ImmutableArray<Bytes> Prove<T>(IReadOnlyList<T> items, Action<T, RlpWriter> write, int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)items.Count, nameof(index));
        return Fold(items, write, static (entries, values, target) => SortedTrie.Prove(entries, values, PlaceOf(target, entries.Length)), index);
    }

    /// <summary>Reads an item out of a proof.</summary>
    /// <param name="root">The root to trust.</param>
    /// <param name="index">Place of the item.</param>
    /// <param name="nodes">What <see cref="Prove"/> gave.</param>
    /// <param name="value">The item's value; empty where the result is false, and where it is proven that there is no such item.</param>
    /// <returns>False where the nodes prove nothing about that place.</returns>
    public static bool TryFollow(in Hash256 root, int index, ReadOnlySpan<Bytes> nodes, out byte[] value)
    {
        Hash256 key = KeyOf(index, out int length);
        return TrieProof.TryFollow(in root, Hash256.AsSpan(in key)[..length], nodes, out value);
    }

    private static TResult Fold<T, TResult>(IReadOnlyList<T> items, Action<T, RlpWriter> write, Folding<TResult> fold, int target)
    {
        int count = items.Count;
        using RlpWriter values = RlpWriter.Rent();
        TrieEntry[] entries = ArrayPool<TrieEntry>.Shared.Rent(count);
        try
        {
            for (int i = 0; i < count; i++)
            {
                int index = IndexAt(i, count);
                int start = values.Length;
                write(items[index], values);
                entries[i] = new TrieEntry(KeyOf(index, out int length), length, start, values.Length - start);
            }

            return fold(entries.AsSpan(0, count), values.WrittenSpan, target);
        }
        finally
        {
            ArrayPool<TrieEntry>.Shared.Return(entries);
        }
    }

    /// <summary>The item at a place in the order of keys: 1 to 127 as a byte of their own, then 0 as 0x80, then 128 and up behind a length.</summary>
    private static int IndexAt(int place, int count) => place < Math.Min(127, count - 1) ? place + 1 : place is 127 || (count <= 127 && place == count - 1) ? 0 : place;

    private static int PlaceOf(int index, int count) => index == 0 ? Math.Min(127, count - 1) : index <= 127 ? index - 1 : index;

    private delegate TResult Folding<TResult>(ReadOnlySpan<TrieEntry> entries, ReadOnlySpan<byte> values, int target);

    private static Hash256 KeyOf(int index, out int length)
    {
        using RlpWriter writer = RlpWriter.Rent();
        writer.Write(index);
        length = writer.Length;
        Span<byte> key = stackalloc byte[Hash256.Length];
        key.Clear();
        writer.WrittenSpan.CopyTo(key);
        return new Hash256(key);
    }
}
