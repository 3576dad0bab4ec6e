using Cloud.Execution.State;

namespace Cloud.Execution.Building;

/// <summary>A state layer in the making, whose root is computed beside the execution of what changes it. Not safe for use by several threads.</summary>
public interface IStateExtension
{
    /// <summary>Whether the root has caught up with the changes so far: then it is worth to bring more.</summary>
    bool IsIdle { get; }

    /// <summary>Takes some changes, which follow those before.</summary>
    /// <param name="changes">What changes. Nobody may write to it afterwards.</param>
    /// <param name="isLast">Whether nothing follows.</param>
    void Add(StateChanges changes, bool isLast = false);

    /// <summary>Makes the layer, after the last changes. Waits for its root.</summary>
    /// <param name="all">All changes, joined. Nobody may write to it.</param>
    /// <returns>The state with all changes.</returns>
    /// <exception cref="ForkDiscardedException">The chain took another fork, and this one is gone.</exception>
    IStateLayer Complete(out StateChanges all);

    /// <summary>Waits until no other thread is at work for it: before it is let go without being completed.</summary>
    void Wait();
}
