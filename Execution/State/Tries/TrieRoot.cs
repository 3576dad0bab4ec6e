namespace Cloud.Execution.State.Tries;

/// <summary>The root of a layer's trie, as an object that can be let go of.</summary>
internal sealed class TrieRoot(in TrieSlot slot)
{
    public readonly TrieSlot Slot = slot;
}
