using Cloud.Settlement.L1Events;

namespace Cloud.Settlement.Watching;

/// <summary>One step of a watcher of the contract.</summary>
public abstract record WatchStep
{
    private WatchStep()
    {
    }

    /// <summary>A block on top of the last one. Blocks without events may be left out while history is read.</summary>
    /// <param name="Block">The block.</param>
    public sealed record Added(WatchedBlock Block) : WatchStep;

    /// <summary>The blocks above one are not on the chain any more.</summary>
    /// <param name="Ancestor">The last block that stays.</param>
    /// <param name="State">The contract after it.</param>
    public sealed record Reorged(L1BlockRef Ancestor, RollupState State) : WatchStep;

    /// <summary>A block and those before it can never be reorganised.</summary>
    /// <param name="Block">The block.</param>
    public sealed record Finalized(L1BlockRef Block) : WatchStep;
}
