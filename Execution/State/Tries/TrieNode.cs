using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State.Tries;

/// <summary>A node in memory. Immutable as to its content, so that tries of many layers share nodes.</summary>
/// <remarks>A node holds what its parent's encoding says of it: so a branch is copied without the references of its children, which are most of it.</remarks>
internal abstract class TrieNode
{
    /// <summary>The node's hash, or its encoding, padded with zeros, where that is shorter. Written before another thread sees the node.</summary>
    public Hash256 Reference;

    /// <summary>Whether the reference is the encoding.</summary>
    public bool IsInline;
}
