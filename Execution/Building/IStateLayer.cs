using Cloud.Execution.State;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Building;

/// <summary>An immutable state that blocks, and parts of blocks, are stacked on. Safe for use by several threads at once.</summary>
public interface IStateLayer : IStateReader
{
    /// <summary>Root of the state (yellow paper section 4.1).</summary>
    Hash256 Root { get; }

    /// <summary>Puts changes on top. This layer stays as it is, so that any number of others may be stacked on it.</summary>
    /// <param name="changes">What changes. Nobody may write to it afterwards.</param>
    /// <returns>The state with the changes, its root computed from this one's.</returns>
    /// <exception cref="ForkDiscardedException">The chain took another fork, and this one is gone.</exception>
    IStateLayer Extend(StateChanges changes);

    /// <summary>Begins a layer on top whose changes come part by part, so that its root is computed beside what makes them.</summary>
    /// <returns>The layer in the making; null where the state has no such way.</returns>
    IStateExtension? TryBeginExtension() => null;

    /// <summary>A later part of the same block has taken this one's place: it may let go of what is needed to be extended and to prove. Reads go on.</summary>
    void Supersede()
    {
    }
}
