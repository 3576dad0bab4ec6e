using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State.Tries;

/// <summary>Where nodes are loaded from that are not in memory. Safe for use by several threads.</summary>
internal interface INodeSource
{
    /// <summary>Loads a branch.</summary>
    /// <param name="owner">The hashed address whose storage it is of; null for the trie of accounts.</param>
    /// <param name="path">Where its reference hangs.</param>
    /// <returns>The branch; null where none is stored there.</returns>
    TrieBranch? LoadBranch(Hash256? owner, in NibblePath path);

    /// <summary>Loads the only leaf below a place.</summary>
    /// <param name="owner">The hashed address whose storage it is of; null for the trie of accounts.</param>
    /// <param name="path">Where its reference hangs.</param>
    /// <returns>The leaf; null where no key begins so.</returns>
    TrieLeaf? LoadLeaf(Hash256? owner, in NibblePath path);
}
