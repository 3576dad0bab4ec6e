namespace Cloud.Protocol.Time;

/// <summary>The rules that timing settings must satisfy, by name.</summary>
public enum TimetableRule
{
    /// <summary>Durations are whole milliseconds, not negative, and at most a day.</summary>
    DurationRange,

    /// <summary>Genesis, slot and L1 slot are whole seconds, because L1 timestamps are.</summary>
    WholeSeconds,

    /// <summary>The slot is a whole number of L1 slots.</summary>
    SlotIsMultipleOfL1Slot,

    /// <summary>A chunk lasts at least a second, so that block timestamps of consecutive chunks differ, and at most a slot.</summary>
    ChunkDuration,

    /// <summary>A pipelined slot is sent to L1 before it starts, and by no more than one L1 slot: 0 &lt; lead &lt;= L1 slot.</summary>
    LeadWithinL1Slot,

    /// <summary>The cap on chunks per slot is from 1 to <see cref="ConsensusTiming.LargestMaxChunksPerSlot"/>.</summary>
    MaxChunksRange,

    /// <summary>The inclusion window is from 1 to <see cref="ConsensusTiming.LargestInclusionWindow"/> slots.</summary>
    InclusionWindowRange,

    /// <summary>Continuous: the slot is a whole number of chunks, or the last would leave a gap.</summary>
    ContinuousSlotIsMultipleOfChunk,

    /// <summary>Continuous: the cap on chunks allows every chunk of the slot, or the rest of the slot would be a gap.</summary>
    ContinuousCapCoversSlot,

    /// <summary>Continuous: the last chunk can be received and re-executed before its slot's blocks are given up: grace >= 2 chunks.</summary>
    ContinuousGraceCoversAttesting,

    /// <summary>The committee's last signature is due no earlier than the planned L1 send.</summary>
    L1SendBeforeAttestationDeadline,

    /// <summary>No proposal may arrive that nobody could attest any more.</summary>
    ReceiveBeforeAttestationDeadline,

    /// <summary>Proposals can be received for some time: the receive window is not empty.</summary>
    ReceiveWindowNotEmpty,

    /// <summary>The shortest chunk worth building is longer than nothing and no longer than a chunk.</summary>
    MinChunkWithinChunk,

    /// <summary>Sequential: publishing may take at least one L1 slot.</summary>
    L1PublishingCoversL1Slot,

    /// <summary>At least one chunk fits between initialisation and the last moment to build.</summary>
    OneChunkFits,

    /// <summary>A proposer can still start when its frame starts.</summary>
    StartWithinFrame,

    /// <summary>By the local budgets the committee has the checkpoint before the receive window closes.</summary>
    ReceiveBeforeDeadline,

    /// <summary>Continuous: the handover (propagation, initialisation, shortest chunk) fits into the first chunk.</summary>
    ContinuousHandoverFitsChunk,

    /// <summary>Continuous: preparing and sending the checkpoint and its attestations back takes at most one chunk besides the re-execution.</summary>
    ContinuousRoundTripFitsChunk,

    /// <summary>The flashblock interval is from 10 ms to a chunk.</summary>
    FlashblockInterval,
}
