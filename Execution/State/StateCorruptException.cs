namespace Cloud.Execution.State;

/// <summary>The stored state contradicts itself: a node is missing, or a root does not fit.</summary>
/// <param name="message">What was expected and what was found.</param>
public sealed class StateCorruptException(string message)
    : IOException($"{message} Delete the state folder and let the node build it again, or restore it from a backup.");
