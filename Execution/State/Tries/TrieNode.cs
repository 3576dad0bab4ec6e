namespace Cloud.Execution.State.Tries;

/// <summary>A node in memory. Immutable as to its content, so that tries of many layers share nodes.</summary>
internal abstract class TrieNode;
