using System.Collections.Concurrent;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State.Tries;

/// <summary>
/// Hashes the new nodes of a trie level by level, lowest first, several at once. While the trie is changed, new nodes hang in it without their references; each is written
/// into its parent when it is known. Not safe for several threads; parts of a trie that do not meet can have one each.
/// </summary>
internal sealed class NodeHasher
{
    // The longest node takes four blocks.
    private const int MaxBlocks = 4;
    private const int Stride = MaxBlocks * Keccak256.Rate;

    // As many as threads that compute roots at once: more are not worth keeping.
    private const int MaxIdle = 64;

    private static readonly ConcurrentBag<NodeHasher> Idle = [];

    private readonly List<List<Pending>> _levels = [];
    private readonly byte[] _messages = new byte[MaxBlocks * Keccak256Batch.MaxCount * Stride];
    private readonly Pending[] _waiting = new Pending[MaxBlocks * Keccak256Batch.MaxCount];
    private readonly int[] _lengths = new int[MaxBlocks * Keccak256Batch.MaxCount];
    private readonly int[] _counts = new int[MaxBlocks];

    private NodeHasher()
    {
    }

    /// <summary>Takes one that has nothing to do.</summary>
    public static NodeHasher Rent() => Idle.TryTake(out NodeHasher? idle) ? idle : new NodeHasher();

    /// <summary>The slot of a new leaf, mostly without its reference.</summary>
    public static TrieSlot Defer(TrieLeaf leaf, int depth)
    {
        int length = TrieEncoding.LeafLength(depth, leaf.Value);
        return length is < Hash256.Length or >= Stride ? TrieEncoding.SlotOf(leaf, depth) : new TrieSlot(TrieSlotKind.Leaf, leaf, height: 1);
    }

    /// <summary>The slot of a new branch, mostly without its reference.</summary>
    /// <param name="branch">The branch.</param>
    /// <param name="height">Height of its highest child without a reference; 0 where all have theirs.</param>
    public static TrieSlot Defer(TrieBranch branch, int height) =>
        branch.Inlines == branch.Children ? TrieEncoding.SlotOf(branch) : new TrieSlot(TrieSlotKind.Branch, branch, (byte)(height + 1));

    /// <summary>A child without its reference has got a parent.</summary>
    /// <param name="child">The child's slot.</param>
    /// <param name="depth">The child's depth.</param>
    /// <param name="parent">Where it hangs.</param>
    /// <param name="index">Which of the parent's references is its.</param>
    public void Add(in TrieSlot child, int depth, TrieBranch parent, int index)
    {
        while (_levels.Count < child.Height)
        {
            _levels.Add([]);
        }

        _levels[child.Height - 1].Add(new Pending(child.Node!, depth, parent.References, index));
    }

    /// <summary>Computes all references that are missing, and gives itself back. Must not be used afterwards; where an exception comes first it is simply let go.</summary>
    /// <param name="top">What nothing hangs above.</param>
    /// <param name="depth">Its depth.</param>
    /// <returns>The same with its reference.</returns>
    public TrieSlot Resolve(in TrieSlot top, int depth)
    {
        foreach (List<Pending> level in _levels)
        {
            foreach (Pending pending in level)
            {
                Add(in pending);
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
            : top.Node is TrieLeaf leaf ? TrieEncoding.SlotOf(leaf, depth)
            : TrieEncoding.SlotOf((TrieBranch)top.Node!);
    }

    private void Add(in Pending pending)
    {
        if (pending.Node is TrieBranch { Prefix.Length: > 0 } extended)
        {
            pending.References[pending.Index] = TrieEncoding.SlotOf(extended).Reference;
            return;
        }

        int length = pending.Node is TrieLeaf leaf
            ? TrieEncoding.LeafLength(pending.Depth, leaf.Value)
            : TrieEncoding.BranchLength((TrieBranch)pending.Node);
        int blocks = Keccak256Batch.BlocksOf(length);
        int place = ((blocks - 1) * Keccak256Batch.MaxCount) + _counts[blocks - 1];
        Span<byte> row = _messages.AsSpan(place * Stride, Stride);
        if (pending.Node is TrieLeaf small)
        {
            TrieEncoding.WriteLeaf(row, in small.Key, pending.Depth, small.Value);
        }
        else
        {
            TrieEncoding.WriteBranch(row, (TrieBranch)pending.Node);
        }

        _waiting[place] = pending;
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
            ref Pending pending = ref _waiting[first + i];
            pending.References[pending.Index] = digests[i];
            pending = default;
        }

        _counts[blocks - 1] = 0;
    }

    private readonly record struct Pending(TrieNode Node, int Depth, Hash256[] References, int Index);
}
