using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.L1;

namespace Cloud.Settlement.Watching;

/// <summary>L1 as a watcher saw it last: one consistent picture for everything that is decided by it.</summary>
/// <param name="State">The contract as of the newest block.</param>
/// <param name="Blocks">The newest blocks, oldest first, at least one.</param>
/// <param name="FinalizedNumber">Height of the newest final block.</param>
public sealed record WatcherView(RollupState State, ImmutableArray<L1Block> Blocks, ulong FinalizedNumber)
{
    /// <summary>The newest block.</summary>
    public L1Block Head => Blocks[^1];

    /// <summary>The hash of a block on the chain.</summary>
    /// <param name="number">Its height.</param>
    /// <returns>The hash; null where the block is not among the newest ones.</returns>
    public Hash256? HashAt(ulong number) =>
        number >= Blocks[0].Number && number <= Head.Number ? Blocks[(int)(number - Blocks[0].Number)].Hash : null;
}
