using System.Collections.Immutable;
using Cloud.Protocol.Deposits;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.L1Events;

/// <summary>What a follower of L1 reports, in order.</summary>
public abstract record L1Update
{
    private L1Update()
    {
    }

    /// <summary>A block on top of the last one that was reported.</summary>
    /// <param name="Id">The block.</param>
    /// <param name="ParentHash">Hash of the block before.</param>
    /// <param name="Timestamp">Its timestamp.</param>
    /// <param name="Changes">What it changes, in order.</param>
    public sealed record Block(L1BlockRef Id, Hash256 ParentHash, DateTimeOffset Timestamp, ImmutableArray<RollupChange> Changes) : L1Update
    {
        /// <summary>The messages from L1 to L2 after it.</summary>
        public Inbox Inbox { get; init; } = Inbox.Empty;

        /// <summary>Whether blocks between the last one that was reported and this one are left out: they lie deep in history and change nothing.</summary>
        public bool IsAfterGap { get; init; }
    }

    /// <summary>The blocks above one are not on the chain any more.</summary>
    /// <param name="Ancestor">The last block that stays.</param>
    public sealed record Reorged(L1BlockRef Ancestor) : L1Update;

    /// <summary>A block and those before it can never be reorganised.</summary>
    /// <param name="Id">The block.</param>
    public sealed record Finalized(L1BlockRef Id) : L1Update;
}
