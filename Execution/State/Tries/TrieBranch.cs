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

    /// <summary>The children that there are, in order; null where one is only on disk. Filled on demand, and emptied again: a race does no harm.</summary>
    public readonly TrieNode?[] Nodes;

    /// <summary>Who has made this node, with a list of children of its own, and may change it, since nobody else has seen it; null for nobody.</summary>
    public readonly object? Maker;

    /// <summary>Whether the disk has this node. Set after the commit that wrote it.</summary>
    public volatile bool Persisted;

    // In the order of the children, of those that are not in memory; the others hold theirs themselves. Shared by copies of a branch, and never written to.
    private Hash256[]? _references;

    public TrieBranch(byte[] prefix, ushort children, ushort leaves, ushort inlines, Hash256[]? references, TrieNode?[] nodes, object? maker = null)
    {
        Prefix = prefix;
        Children = children;
        Leaves = leaves;
        Inlines = inlines;
        _references = references;
        Nodes = nodes;
        Maker = maker;
    }

    /// <summary>References of the children that are not in memory. To be read after the nodes: they are let go of only when it has theirs.</summary>
    public Hash256[]? References => Volatile.Read(ref _references);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Has(int nibble) => (Children & (1 << nibble)) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int IndexOf(int nibble) => BitOperations.PopCount((uint)Children & ((1u << nibble) - 1));

    /// <summary>The reference of a child, by its place in the order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref readonly Hash256 ReferenceAt(int index)
    {
        TrieNode? node = Volatile.Read(ref Nodes[index]);
        return ref node is null ? ref References![index] : ref node.Reference;
    }

    public TrieSlot Child(int nibble)
    {
        if (!Has(nibble))
        {
            return default;
        }

        int index = IndexOf(nibble);
        uint bit = 1u << nibble;
        TrieNode? node = Volatile.Read(ref Nodes[index]);
        return new TrieSlot(
            (Leaves & bit) != 0 ? TrieSlotKind.Leaf : TrieSlotKind.Branch,
            node,
            in node is null ? ref References![index] : ref node.Reference,
            (Inlines & bit) != 0);
    }

    /// <summary>The same children behind another extension. This branch stays as it is.</summary>
    public TrieBranch WithPrefix(byte[] prefix)
    {
        TrieNode?[] nodes = Nodes.AsSpan().ToArray();
        return new TrieBranch(prefix, Children, Leaves, Inlines, References, nodes);
    }

    /// <summary>Lets go of the children's nodes, which the disk has.</summary>
    public void ForgetNodes()
    {
        if (!Nodes.AsSpan().ContainsAnyExcept((TrieNode?)null))
        {
            return;
        }

        Hash256[] references = new Hash256[Nodes.Length];
        for (int i = 0; i < references.Length; i++)
        {
            references[i] = ReferenceAt(i);
        }

        Volatile.Write(ref _references, references);
        for (int i = 0; i < references.Length; i++)
        {
            Volatile.Write(ref Nodes[i], null);
        }
    }
}
