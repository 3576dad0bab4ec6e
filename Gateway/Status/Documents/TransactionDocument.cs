using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Chain;
using Cloud.Settlement.L1Events;

namespace Cloud.Gateway.Status.Documents;

/// <summary>Schema Transaction.</summary>
internal sealed record TransactionDocument(
    Hash256 Hash,
    TransactionState State,
    DateTimeOffset Since,
    Address From,
    Address? To,
    ulong Nonce,
    UInt256 Value,
    int Type,
    ulong GasLimit,
    PositionDocument? Position,
    ReceiptDocument? Receipt,
    ImmutableArray<RungDocument> Rungs,
    DroppedDocument? Dropped,
    ImmutableArray<BrokenPromiseDocument> Broken,
    L1CostDocument? L1Cost);

/// <summary>Schema TransactionState. In the order of the ladder.</summary>
internal enum TransactionState
{
    /// <summary>The pool gave it up.</summary>
    Dropped,

    /// <summary>In the pool.</summary>
    Pending,

    /// <summary>In a signed flashblock.</summary>
    Preconfirmed,

    /// <summary>In a sealed chunk.</summary>
    Proposed,

    /// <summary>In a chunk with a certificate.</summary>
    Attested,

    /// <summary>On L1.</summary>
    Checkpointed,

    /// <summary>Proven.</summary>
    Proven,

    /// <summary>Final.</summary>
    Finalized,
}

/// <summary>Schema TransactionPosition.</summary>
internal sealed record PositionDocument(ulong Slot, uint Chunk, uint? Flashblock, BlockId? Block, int? Index);

/// <summary>Schema ReceiptSummary.</summary>
internal sealed record ReceiptDocument(string Status, ulong GasUsed, UInt256 EffectiveGasPrice, Address? ContractAddress, int Logs);

/// <summary>Why a transaction was dropped.</summary>
internal sealed record DroppedDocument(string Reason, DateTimeOffset At);

/// <summary>Schema RungInfo.</summary>
internal sealed record RungDocument(TransactionState Rung, DateTimeOffset At, long? SincePreviousMs, RungDetailDocument Detail, ProofLinkDocument? Proof);

/// <summary>Where a rung's proof is.</summary>
internal sealed record ProofLinkDocument(string Href, string Kind);

/// <summary>Schema RungDetail: only the keys that a rung has.</summary>
internal sealed record RungDetailDocument
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? Slot { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public uint? Chunk { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public uint? Flashblock { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Hash256? PayloadHash { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Address? Producer { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Hash256? ChunkHash { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BlockId? Block { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Attestations { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Quorum { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? Checkpoint { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Hash256? L1Transaction { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public L1BlockRef? L1Block { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? Depth { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<Hash256>? Blobs { get; init; }
}

/// <summary>Schema TransactionEvent.</summary>
internal sealed record TransactionEventDocument(Hash256 Hash, TransactionState State, DateTimeOffset At, RungDocument? Rung, BreakReasonDocument? Broken, string? Dropped);
