using System.Collections.Immutable;

namespace Cloud.Gateway.Status.Documents;

/// <summary>Schema Overview.</summary>
internal sealed record OverviewDocument(
    DateTimeOffset Now,
    string LastEventId,
    string Position,
    NetworkDocument Network,
    TipsDocument Tips,
    SlotDocument? Building,
    ImmutableArray<SlotSummaryDocument> Slots,
    ImmutableArray<CheckpointDocument> Checkpoints,
    RungTimesDocument RungTimes,
    PromisesDocument Promises,
    PoolDocument Pool,
    double TransactionsPerSecond,
    ImmutableArray<PublisherDocument> Publishers,
    HealthDocument Health,
    ImmutableArray<ReorgDocument> Reorgs);

/// <summary>Schema Percentiles.</summary>
internal sealed record PercentilesDocument(long Count, double? P50, double? P95, double? P99);

/// <summary>Schema RungTimes.</summary>
internal sealed record RungTimesDocument(
    PercentilesDocument Preconfirmed,
    PercentilesDocument Proposed,
    PercentilesDocument Attested,
    PercentilesDocument Checkpointed,
    PercentilesDocument Proven,
    PercentilesDocument Finalized);

/// <summary>Promises since the log began.</summary>
internal sealed record PromisesDocument(long Given, long Broken);

/// <summary>The transaction pool.</summary>
internal sealed record PoolDocument(int Pending, int Queued);

/// <summary>Schema Heartbeat.</summary>
internal sealed record HeartbeatDocument(DateTimeOffset Now, string LastEventId, string Position, ulong? Slot, double TransactionsPerSecond, PoolDocument Pool);

/// <summary>Schema ResetEvent.</summary>
internal sealed record ResetDocument(string Reason, string? Oldest, string Newest);

/// <summary>Schema ClosingEvent.</summary>
internal sealed record ClosingDocument(string Reason, string? LastEventId, int RetryAfterMs);

/// <summary>A page of a list.</summary>
internal sealed record PageDocument<T>(ImmutableArray<T> Items, string? Next);
