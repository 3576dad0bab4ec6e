using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Chain;
using Cloud.Settlement.L1Events;

namespace Cloud.Gateway.Status.Documents;

/// <summary>Schema BrokenPromise.</summary>
internal sealed record BrokenPromiseDocument(string Id, DateTimeOffset At, Hash256 Transaction, TransactionState Lost, TransactionState Now, BreakReasonDocument Reason);

/// <summary>Schema BreakReason: only the keys that a code has.</summary>
internal sealed record BreakReasonDocument(string Code, string Message)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? Slot { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public uint? Chunk { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? Checkpoint { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Hash256? PayloadHash { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public L1BlockRef? L1Block { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? Deadline { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Bytes? Certificate { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public EvidenceDocument? Evidence { get; init; }
}

/// <summary>Schema Evidence.</summary>
internal sealed record EvidenceDocument(
    string Id, DateTimeOffset? At, Offence Offence, Address Offender, ulong Slot, uint? Chunk, uint? Flashblock, Bytes Encoded);

/// <summary>Schema Reorg.</summary>
internal sealed record ReorgDocument(
    string Id, DateTimeOffset At, string Kind, Tip Lost, ulong Slot, ImmutableArray<PlaceDocument> Chunks, int Transactions, BreakReasonDocument Reason);

/// <summary>Schema Place.</summary>
internal sealed record PlaceDocument(ulong Slot, uint Chunk, Hash256 ChunkHash, BlockId Block);
