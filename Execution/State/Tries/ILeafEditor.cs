using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State.Tries;

/// <summary>Says what becomes of each changed key. Called once a key, by several threads at once.</summary>
internal interface ILeafEditor
{
    /// <summary>Makes the new leaf of a key.</summary>
    /// <param name="index">The change.</param>
    /// <param name="key">The key.</param>
    /// <param name="old">The leaf there is; null where there is none.</param>
    /// <returns>The new leaf, the old one where nothing changes, or null where the key goes.</returns>
    TrieLeaf? Edit(int index, in Hash256 key, TrieLeaf? old);
}
