using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State.Tries;

/// <summary>What hangs at a place of a trie: nothing, or a node with its reference. The node is null where it is only on disk.</summary>
internal readonly struct TrieSlot(TrieSlotKind kind, TrieNode? node, in Hash256 reference, bool isInline)
{
    public readonly Hash256 Reference = reference;

    public readonly TrieNode? Node = node;

    public readonly TrieSlotKind Kind = kind;

    /// <summary>Whether the reference is the node's encoding, padded with zeros.</summary>
    public readonly bool IsInline = isInline;

    public bool IsEmpty => Kind == TrieSlotKind.Empty;

    public bool SameAs(in TrieSlot other) =>
        Kind == other.Kind && Reference == other.Reference && IsInline == other.IsInline;
}
