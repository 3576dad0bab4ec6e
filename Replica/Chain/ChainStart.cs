using Cloud.Protocol.Primitives;
using Cloud.Settlement.L1Events;

namespace Cloud.Replica.Chain;

/// <summary>Where a chain starts that is held in memory: at genesis, or at a settled checkpoint.</summary>
/// <param name="Block">The block.</param>
/// <param name="Slot">Its slot; null for genesis.</param>
/// <param name="Checkpoint">Number of the checkpoint that it ends; 0 for genesis.</param>
/// <param name="L1">The L1 block up to which everything is settled; null where L1 was not followed yet.</param>
/// <param name="Proven">Newest proven block where that is below <paramref name="Block"/>; null for the block itself.</param>
/// <param name="Finalized">Newest final block where that is below <paramref name="Block"/>; null for the block itself.</param>
/// <param name="CheckpointHash">Hash of that checkpoint's header; zero for genesis.</param>
/// <param name="InHash">The running hash of the inbox up to which that checkpoint and those before it consume it; zero for nothing.</param>
public sealed record ChainStart(
    BlockId Block,
    ulong? Slot = null,
    ulong Checkpoint = 0,
    L1BlockRef? L1 = null,
    BlockId? Proven = null,
    BlockId? Finalized = null,
    Hash256 CheckpointHash = default,
    Hash256 InHash = default);
