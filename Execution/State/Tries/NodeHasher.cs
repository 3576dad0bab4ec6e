using System.Collections.Concurrent;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State.Tries;

/// <summary>
/// Hashes the new nodes of a trie level by level, lowest first, several at once. While the trie is changed, new nodes hang in it without their references, and get them
/// here. Not safe for several threads; parts of a trie that do not meet can have one each.
/// </summary>
internal sealed class NodeHasher
{
    // The longest node takes four blocks.
    private const int MaxBlocks = 4;
    private const int Stride = MaxBlocks * Keccak256.Rate;

    // As many as threads that compute roots at once: more are not worth keeping.
    private const int MaxIdle = 64;

    private static readonly ConcurrentBag<NodeHasher> Idle = [];

    private readonly List<List<TrieNode>> _levels = [];
    private readonly byte[] _messages = new byte[MaxBlocks * Keccak256Batch.MaxCount * Stride];
    private readonly TrieNode[] _waiting = new TrieNode[MaxBlocks * Keccak256Batch.MaxCount];
    private readonly int[] _lengths = new int[MaxBlocks * Keccak256Batch.MaxCount];
    private readonly int[] _counts = new int[MaxBlocks];

    private NodeHasher()
    {
    }

    /// <summary>Takes one that has nothing to do.</summary>
    public static NodeHasher Rent() => Idle.TryTake(out NodeHasher? idle) ? idle : new NodeHasher();

    /// <summary>The slot of a leaf, mostly without its reference.</summary>
    /// <param name="leaf">The leaf at its depth.</param>
    public static TrieSlot Defer(TrieLeaf leaf) => leaf.IsReferenced || TrieEncoding.LeafLength(leaf) is < Hash256.Length or >= Stride
        ? TrieEncoding.SlotOf(leaf)
        : new TrieSlot(TrieSlotKind.Leaf, leaf, height: 1);

    /// <summary>The slot of a new branch, mostly without its reference.</summary>
    /// <param name="branch">The branch.</param>
    /// <param name="height">Height of its highest child without a reference; 0 where all have theirs.</param>
    public static TrieSlot Defer(TrieBranch branch, int height) =>
        branch.Inlines == branch.Children ? TrieEncoding.SlotOf(branch) : new TrieSlot(TrieSlotKind.Branch, branch, (byte)(height + 1));

    /// <summary>A child without its reference has got a parent.</summary>
    /// <param name="child">The child's slot.</param>
    public void Add(in TrieSlot child)
    {
        while (_levels.Count < child.Height)
        {
            _levels.Add([]);
        }

        _levels[child.Height - 1].Add(child.Node!);
    }

    /// <summary>Computes all references that are missing, and gives itself back. Must not be used afterwards; where an exception comes first it is simply let go.</summary>
    /// <param name="top">What nothing hangs above.</param>
    /// <returns>The same with its reference.</returns>
    public TrieSlot Resolve(in TrieSlot top)
    {
        foreach (List<TrieNode> level in _levels)
        {
            foreach (TrieNode node in level)
            {
                Add(node);
            }

            for (int blocks = 1; blocks <= MaxBlocks; blocks++)
            {
                Flush(blocks);
            }

            level.Clear();
        }

        if (Idle.Count < MaxIdle)
        {
            Idle.Add(this);
        }

        return top.Height == 0 ? top
            : top.Node is TrieLeaf leaf ? TrieEncoding.SlotOf(leaf)
            : TrieEncoding.SlotOf((TrieBranch)top.Node!);
    }

    private void Add(TrieNode node)
    {
        if (node is TrieBranch { Prefix.Length: > 0 } extended)
        {
            _ = TrieEncoding.SlotOf(extended);
            return;
        }

        int length = node is TrieLeaf leaf ? TrieEncoding.LeafLength(leaf) : TrieEncoding.BranchLength((TrieBranch)node);
        int blocks = Keccak256Batch.BlocksOf(length);
        int place = ((blocks - 1) * Keccak256Batch.MaxCount) + _counts[blocks - 1];
        Span<byte> row = _messages.AsSpan(place * Stride, Stride);
        _ = node is TrieLeaf small ? TrieEncoding.WriteLeaf(row, small) : TrieEncoding.WriteBranch(row, (TrieBranch)node);
        _waiting[place] = node;
        _lengths[place] = length;
        if (++_counts[blocks - 1] == Keccak256Batch.MaxCount)
        {
            Flush(blocks);
        }
    }

    private void Flush(int blocks)
    {
        int count = _counts[blocks - 1];
        int first = (blocks - 1) * Keccak256Batch.MaxCount;
        Span<Hash256> digests = stackalloc Hash256[Keccak256Batch.MaxCount];
        Keccak256Batch.Hash(_messages.AsSpan(first * Stride, count * Stride), Stride, _lengths.AsSpan(first, count), digests);
        for (int i = 0; i < count; i++)
        {
            TrieNode node = _waiting[first + i];
            if (node is TrieLeaf leaf)
            {
                leaf.SetReference(in digests[i], isInline: false);
            }
            else
            {
                node.Reference = digests[i];
                node.IsInline = false;
            }

            _waiting[first + i] = null!;
        }

        _counts[blocks - 1] = 0;
    }
}
