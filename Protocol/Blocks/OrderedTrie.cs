using System.Buffers;
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
    public static Hash256 Root<T>(IReadOnlyList<T> items, Action<T, RlpWriter> write)
    {
        int count = items.Count;
        if (count == 0)
        {
            return KnownHashes.EmptyTrieRoot;
        }

        using RlpWriter values = RlpWriter.Rent();
        TrieEntry[] entries = ArrayPool<TrieEntry>.Shared.Rent(count);
        try
        {
            for (int i = 0; i < count; i++)
            {
                // Sorted by RLP key: 1 to 127 as a byte of their own, then 0 as 0x80, then 128 and up behind a length.
                int index = i < Math.Min(127, count - 1) ? i + 1 : i is 127 || (count <= 127 && i == count - 1) ? 0 : i;
                int start = values.Length;
                write(items[index], values);
                entries[i] = new TrieEntry(KeyOf(index, out int length), length, start, values.Length - start);
            }

            return SortedTrie.Root(entries.AsSpan(0, count), values.WrittenSpan);
        }
        finally
        {
            ArrayPool<TrieEntry>.Shared.Return(entries);
        }
    }

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
