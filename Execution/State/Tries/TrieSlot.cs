using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State.Tries;

/// <summary>What hangs at a place of a trie: nothing, or a node with its reference. The node is null where it is only on disk.</summary>
internal readonly struct TrieSlot
{
    public readonly Hash256 Reference;

    public readonly TrieNode? Node;

    public readonly TrieSlotKind Kind;

    /// <summary>Whether the reference is the node's encoding, padded with zeros.</summary>
    public readonly bool IsInline;

    /// <summary>0 where the reference is known. Else one more than the highest child's that has none either: a <see cref="NodeHasher"/> will write it.</summary>
    public readonly byte Height;

    public TrieSlot(TrieSlotKind kind, TrieNode? node, in Hash256 reference, bool isInline, byte height = 0)
    {
        Kind = kind;
        Node = node;
        Reference = reference;
        IsInline = isInline;
        Height = height;
    }

    public TrieSlot(TrieSlotKind kind, TrieNode node, byte height)
    {
        Kind = kind;
        Node = node;
        Height = height;
    }

    public bool IsEmpty => Kind == TrieSlotKind.Empty;

    public bool SameAs(in TrieSlot other) =>
        Height == 0 && other.Height == 0 && Kind == other.Kind && Reference == other.Reference && IsInline == other.IsInline;
}
