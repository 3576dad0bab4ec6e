using System.Collections.Immutable;
using Cloud.Protocol.Faults;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Status.Documents;

/// <summary>Schema SlotSummary.</summary>
internal record SlotSummaryDocument(
    ulong Slot,
    ulong Epoch,
    Address? Proposer,
    DateTimeOffset FrameStart,
    DateTimeOffset FrameEnd,
    SlotPhase Phase,
    SlotResult? Result,
    int Chunks,
    int Certified,
    long Transactions,
    ulong GasUsed,
    double? PreconfirmedMs,
    double? AttestedMs,
    CheckpointRefDocument? Checkpoint,
    bool Reorged);

/// <summary>Schema Slot.</summary>
internal sealed record SlotDocument : SlotSummaryDocument
{
    public SlotDocument(SlotSummaryDocument summary)
        : base(summary)
    {
    }

    public required DeadlinesDocument Deadlines { get; init; }

    public required ImmutableArray<ChunkDocument> Items { get; init; }

    public required CheckpointDocument? CheckpointDetail { get; init; }
}

/// <summary>Phases of a slot.</summary>
internal enum SlotPhase
{
    /// <summary>Its frame has not started.</summary>
    Upcoming,

    /// <summary>Chunks are built.</summary>
    Building,

    /// <summary>The committee attests.</summary>
    Attesting,

    /// <summary>Its checkpoint is posted.</summary>
    Publishing,

    /// <summary>It is on L1, or cannot be any more.</summary>
    Done,
}

/// <summary>Schema CheckpointRef.</summary>
internal sealed record CheckpointRefDocument(ulong? Number, Hash256 Hash, CheckpointState State);

/// <summary>Schema Deadlines.</summary>
internal sealed record DeadlinesDocument(
    DateTimeOffset FrameStart,
    DateTimeOffset FrameEnd,
    DateTimeOffset Start,
    DateTimeOffset LastChunk,
    DateTimeOffset CheckpointSend,
    DateTimeOffset Receive,
    DateTimeOffset Attest,
    DateTimeOffset EarliestL1Send,
    DateTimeOffset PlannedL1Send,
    DateTimeOffset PublishBy,
    DateTimeOffset Synced);
