using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;

namespace Cloud.Gateway.Status.Documents;

/// <summary>Schema Chunk.</summary>
internal record ChunkDocument(
    ulong Slot,
    uint Index,
    ChunkState State,
    Hash256? Hash,
    ChunkBlockDocument Block,
    Address Producer,
    bool IsLast,
    int Transactions,
    ulong GasUsed,
    ulong GasLimit,
    long Size,
    DateTimeOffset OpenedAt,
    DateTimeOffset? SealedAt,
    DateTimeOffset? ExecutedAt,
    DateTimeOffset? CertifiedAt,
    int Attestations,
    int Quorum,
    ImmutableArray<FlashblockDocument> Flashblocks);

/// <summary>A chunk's block; the hash is null while it is built.</summary>
internal sealed record ChunkBlockDocument(ulong Number, Hash256? Hash);

/// <summary>Schema ChunkState.</summary>
internal enum ChunkState
{
    /// <summary>Flashblocks come.</summary>
    Building,

    /// <summary>Sealed and re-executed here.</summary>
    Proposed,

    /// <summary>It has a certificate, and all before it.</summary>
    Attested,

    /// <summary>In a checkpoint on L1.</summary>
    Checkpointed,

    /// <summary>Proven.</summary>
    Proven,

    /// <summary>Final.</summary>
    Finalized,

    /// <summary>It left the chain.</summary>
    Pruned,

    /// <summary>It was given up before it was sealed.</summary>
    Abandoned,
}

/// <summary>Schema Flashblock.</summary>
internal sealed record FlashblockDocument(
    ulong Slot,
    uint Chunk,
    uint Index,
    ulong Block,
    Hash256 Hash,
    DateTimeOffset EmittedAt,
    DateTimeOffset ShownAt,
    int Transactions,
    int TotalTransactions,
    ulong GasUsed,
    bool IsLast);

/// <summary>Schema ChunkDetail.</summary>
internal sealed record ChunkDetailDocument : ChunkDocument
{
    public ChunkDetailDocument(ChunkDocument chunk)
        : base(chunk)
    {
    }

    public required Hash256 ParentHash { get; init; }

    public required Hash256 StateRoot { get; init; }

    public required UInt256 BaseFee { get; init; }

    public required ulong Timestamp { get; init; }

    public required ImmutableArray<Hash256> TransactionHashes { get; init; }

    public required ImmutableArray<MemberAttendanceDocument> Members { get; init; }

    public required CheckpointRefDocument? Checkpoint { get; init; }
}

/// <summary>Schema MemberAttendance.</summary>
internal sealed record MemberAttendanceDocument(Address Member, Attendance Attendance, double? AfterSealMs);

/// <summary>Schema FlashblockWithdrawn.</summary>
internal sealed record FlashblockWithdrawnDocument(ulong Slot, uint Chunk, int Flashblocks, int Transactions, DateTimeOffset At, BreakReasonDocument Reason);
