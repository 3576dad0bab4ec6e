namespace Cloud.Execution.State.Tries;

/// <summary>What hangs at a place of a trie.</summary>
internal enum TrieSlotKind : byte
{
    Empty,
    Leaf,
    Branch,

    /// <summary>The root of a trie on disk, of which only the hash is known.</summary>
    Unknown,
}
