namespace Cloud.Replica.Statuses;

/// <summary>Bounds of the statuses in memory. Those of transactions in the chain are bounded by the chain in memory, see <see cref="Chain.ChainOptions.MaxChunks"/>.</summary>
public sealed record StatusOptions
{
    /// <summary>Most transactions that wait in the pool or are in flashblocks only.</summary>
    public int MaxPending { get; init; } = 100_000;

    /// <summary>Most dropped transactions that are remembered, the newest ones.</summary>
    public int MaxDropped { get; init; } = 100_000;
}
