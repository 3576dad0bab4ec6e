using Cloud.Settlement.L1Events;

namespace Cloud.Replica.Chain;

/// <summary>Where a chain starts that is held in memory: at genesis, or at a settled checkpoint.</summary>
/// <param name="Block">The block.</param>
/// <param name="Slot">Its slot; null for genesis.</param>
/// <param name="Checkpoint">Number of the checkpoint that it ends; 0 for genesis.</param>
/// <param name="L1">The L1 block up to which everything is settled; null where L1 was not followed yet.</param>
public sealed record ChainStart(BlockId Block, ulong? Slot = null, ulong Checkpoint = 0, L1BlockRef? L1 = null);
