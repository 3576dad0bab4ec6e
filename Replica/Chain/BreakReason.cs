using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.L1Events;

namespace Cloud.Replica.Chain;

/// <summary>Why something that was promised does not hold, with what shows it.</summary>
public abstract record BreakReason
{
    private BreakReason()
    {
    }

    /// <summary>The slot could be posted on L1 no longer, and no checkpoint of it is there. Also the reason of the chunks that stand on it.</summary>
    /// <param name="Slot">The slot that was not posted.</param>
    /// <param name="Block">The L1 block that came in its stead.</param>
    public sealed record SlotUnpublished(ulong Slot, L1BlockRef Block) : BreakReason;

    /// <summary>No checkpoint proposal of the slot came in time.</summary>
    /// <param name="Slot">The slot.</param>
    /// <param name="Deadline">Until when.</param>
    public sealed record CheckpointMissing(ulong Slot, DateTimeOffset Deadline) : BreakReason;

    /// <summary>A checkpoint was proposed, but its chunks could not be had and re-executed in time.</summary>
    /// <param name="Slot">The slot.</param>
    /// <param name="PayloadHash">Hash of the checkpoint's header.</param>
    /// <param name="Deadline">Until when.</param>
    public sealed record CheckpointNotSynced(ulong Slot, Hash256 PayloadHash, DateTimeOffset Deadline) : BreakReason;

    /// <summary>The committee certified another chunk at the place of this one or of one below it.</summary>
    /// <param name="Certificate">Its certificate.</param>
    public sealed record CertifiedOtherwise(ChunkCertificate Certificate) : BreakReason;

    /// <summary>A checkpoint with other blocks is on L1.</summary>
    /// <param name="Number">Its number.</param>
    /// <param name="PayloadHash">Hash of its header.</param>
    /// <param name="Block">The L1 block.</param>
    public sealed record L1Mismatch(ulong Number, Hash256 PayloadHash, L1BlockRef Block) : BreakReason;

    /// <summary>L1 took the blocks back in which it was.</summary>
    /// <param name="Ancestor">The last L1 block that stayed.</param>
    public sealed record L1Reorged(L1BlockRef Ancestor) : BreakReason;

    /// <summary>The checkpoint's attestations were shown to be bad, or those of one below it.</summary>
    /// <param name="Number">Number of the checkpoint.</param>
    /// <param name="Block">The L1 block.</param>
    public sealed record CheckpointInvalidated(ulong Number, L1BlockRef Block) : BreakReason;

    /// <summary>No proof came within the window.</summary>
    /// <param name="ProvenNumber">The checkpoint that the chain went back to.</param>
    /// <param name="Block">The L1 block.</param>
    public sealed record EpochUnproven(ulong ProvenNumber, L1BlockRef Block) : BreakReason;

    /// <summary>The chunk was sealed without it, or another chunk took the place of the one whose flashblock held it.</summary>
    /// <param name="Slot">The slot.</param>
    /// <param name="Chunk">Index of the chunk.</param>
    /// <param name="Evidence">The producer's contradicting signatures; null where it gave up rather than contradicted itself.</param>
    public sealed record FlashblockAbandoned(ulong Slot, uint Chunk, Evidence? Evidence) : BreakReason;
}
