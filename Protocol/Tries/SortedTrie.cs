using System.Collections.Immutable;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Tries;

/// <summary>The root of a Merkle Patricia trie (yellow paper appendix D) whose entries are all at hand, sorted by key. It stores nothing.</summary>
public static class SortedTrie
{
    /// <summary>A reference to a node is the node itself where that is shorter than a hash.</summary>
    private const int InlineLimit = Hash256.Length;

    /// <summary>Computes the root.</summary>
    /// <param name="entries">Sorted by key, shorter first where one begins with another; no key twice.</param>
    /// <param name="values">The block of values that the entries point into.</param>
    /// <returns>The root; <see cref="KnownHashes.EmptyTrieRoot"/> without entries.</returns>
    public static Hash256 Root(ReadOnlySpan<TrieEntry> entries, ReadOnlySpan<byte> values)
    {
        if (entries.IsEmpty)
        {
            return KnownHashes.EmptyTrieRoot;
        }

        using RlpWriter writer = RlpWriter.Rent();
        WriteNode(writer, entries, values, 0, null);
        return Keccak256.Hash(writer.WrittenSpan);
    }

    /// <summary>Collects the nodes from the root to an entry, which prove it with <see cref="TrieProof.TryFollow"/>.</summary>
    /// <param name="entries">As for <see cref="Root"/>, at least one.</param>
    /// <param name="values">The block of values that the entries point into.</param>
    /// <param name="target">Place of the entry to prove.</param>
    /// <returns>RLP of the nodes from the root down; those that are part of the node above are left out.</returns>
    public static ImmutableArray<Bytes> Prove(ReadOnlySpan<TrieEntry> entries, ReadOnlySpan<byte> values, int target)
    {
        Trail trail = new(entries[target]);
        using RlpWriter writer = RlpWriter.Rent();
        WriteNode(writer, entries, values, 0, trail);
        trail.Nodes.Add(Bytes.CopyOf(writer.WrittenSpan));
        trail.Nodes.Reverse();
        return [.. trail.Nodes];
    }

    private static void WriteReference(RlpWriter writer, ReadOnlySpan<TrieEntry> entries, ReadOnlySpan<byte> values, int depth, Trail? trail)
    {
        int start = writer.Length;
        WriteNode(writer, entries, values, depth, trail);
        if (writer.Length - start >= InlineLimit)
        {
            if (trail is not null && SharedDepth(in trail.Target, in entries[0], 0) >= depth)
            {
                trail.Nodes.Add(Bytes.CopyOf(writer.WrittenFrom(start)));
            }

            Hash256 hash = Keccak256.Hash(writer.WrittenFrom(start));
            writer.TruncateTo(start);
            writer.Write(in hash);
        }
    }

    private static void WriteNode(RlpWriter writer, ReadOnlySpan<TrieEntry> entries, ReadOnlySpan<byte> values, int depth, Trail? trail)
    {
        int list = writer.BeginList();
        ref readonly TrieEntry first = ref entries[0];
        if (entries.Length == 1)
        {
            WritePath(writer, in first, depth, 2 * first.KeyLength, isLeaf: true);
            writer.Write(values.Slice(first.ValueOffset, first.ValueLength));
            writer.EndList(list);
            return;
        }

        int shared = SharedDepth(in first, in entries[^1], depth);
        if (shared > depth)
        {
            WritePath(writer, in first, depth, shared, isLeaf: false);
            WriteReference(writer, entries, values, shared, trail);
            writer.EndList(list);
            return;
        }

        // The one key that ends here, if any, is first, and its value stays in the branch.
        bool endsHere = 2 * first.KeyLength == depth;
        int from = endsHere ? 1 : 0;
        for (int nibble = 0; nibble < 16; nibble++)
        {
            int to = from;
            while (to < entries.Length && NibbleAt(in entries[to], depth) == nibble)
            {
                to++;
            }

            if (to == from)
            {
                writer.Write(ReadOnlySpan<byte>.Empty);
            }
            else
            {
                WriteReference(writer, entries[from..to], values, depth + 1, trail);
            }

            from = to;
        }

        writer.Write(endsHere ? values.Slice(first.ValueOffset, first.ValueLength) : []);
        writer.EndList(list);
    }

    private static void WritePath(RlpWriter writer, in TrieEntry entry, int from, int to, bool isLeaf)
    {
        Span<byte> path = stackalloc byte[Hash256.Length + 1];
        int nibbles = to - from;
        int flag = (isLeaf ? 2 : 0) + (nibbles & 1);
        int length = 1;
        path[0] = (byte)(flag << 4);
        if ((nibbles & 1) != 0)
        {
            path[0] |= (byte)NibbleAt(in entry, from++);
        }

        for (; from < to; from += 2)
        {
            path[length++] = (byte)((NibbleAt(in entry, from) << 4) | NibbleAt(in entry, from + 1));
        }

        writer.Write(path[..length]);
    }

    private static int SharedDepth(in TrieEntry first, in TrieEntry last, int depth)
    {
        int end = 2 * Math.Min(first.KeyLength, last.KeyLength);
        while (depth < end && NibbleAt(in first, depth) == NibbleAt(in last, depth))
        {
            depth++;
        }

        return depth;
    }

    private static int NibbleAt(in TrieEntry entry, int depth)
    {
        byte b = Hash256.AsSpan(in entry.Key)[depth >> 1];
        return (depth & 1) == 0 ? b >> 4 : b & 15;
    }

    /// <summary>Notes the nodes on the way to one entry, deepest first.</summary>
    private sealed class Trail(in TrieEntry target)
    {
        public readonly TrieEntry Target = target;

        public List<Bytes> Nodes { get; } = [];
    }
}
