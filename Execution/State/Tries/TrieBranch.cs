using System.Numerics;
using System.Runtime.CompilerServices;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State.Tries;

/// <summary>A node with two or more children, together with the extension above it, where there is one.</summary>
internal sealed class TrieBranch : TrieNode
{
    /// <summary>The extension's nibbles, one a byte; empty where there is none.</summary>
    public readonly byte[] Prefix;

    /// <summary>One bit for each nibble that has a child.</summary>
    public readonly ushort Children;

    /// <summary>One bit for each child that is a leaf.</summary>
    public ushort Leaves;

    /// <summary>One bit for each child whose reference is its encoding, which is shorter than a hash.</summary>
    public ushort Inlines;

    /// <summary>References of the children that there are, in order. An inline one is padded with zeros: its first byte tells its length.</summary>
    public readonly Hash256[] References;

    /// <summary>The children that there are, in order; null where one is only on disk. Filled on demand, and emptied again: a race does no harm.</summary>
    public readonly TrieNode?[] Nodes;

    /// <summary>Who has made this node, with arrays of its own, and may change it, since nobody else has seen it; null for nobody.</summary>
    public readonly object? Maker;

    /// <summary>Whether the disk has this node. Set after the commit that wrote it.</summary>
    public volatile bool Persisted;

    public TrieBranch(byte[] prefix, ushort children, ushort leaves, ushort inlines, Hash256[] references, TrieNode?[] nodes, object? maker = null)
    {
        Prefix = prefix;
        Children = children;
        Leaves = leaves;
        Inlines = inlines;
        References = references;
        Nodes = nodes;
        Maker = maker;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Has(int nibble) => (Children & (1 << nibble)) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int IndexOf(int nibble) => BitOperations.PopCount((uint)Children & ((1u << nibble) - 1));

    public TrieSlot Child(int nibble)
    {
        if (!Has(nibble))
        {
            return default;
        }

        int index = IndexOf(nibble);
        uint bit = 1u << nibble;
        return new TrieSlot((Leaves & bit) != 0 ? TrieSlotKind.Leaf : TrieSlotKind.Branch, Nodes[index], in References[index], (Inlines & bit) != 0);
    }
}
