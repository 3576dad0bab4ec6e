using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State.Tries;

/// <summary>A key with its value.</summary>
/// <param name="key">The whole key, the part above the leaf included.</param>
/// <param name="value">RLP of the value.</param>
/// <param name="storage">For an account: the root node of its storage, where that is in memory.</param>
internal sealed class TrieLeaf(in Hash256 key, byte[] value, TrieNode? storage = null) : TrieNode
{
    public readonly Hash256 Key = key;

    public readonly byte[] Value = value;

    // Loaded on demand: what it stands for does not change, so that a race does no harm.
    public TrieNode? Storage = storage;
}
