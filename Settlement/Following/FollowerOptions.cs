using Cloud.Protocol.Blocks;
using Cloud.Protocol.Deposits;
using Cloud.Protocol.Transactions;

namespace Cloud.Settlement.Following;

/// <summary>What a follower has to know of the rollup.</summary>
public sealed record FollowerOptions
{
    /// <summary>Header of block 0.</summary>
    public required BlockHeader Genesis { get; init; }

    /// <summary>How transactions are decoded.</summary>
    public required TransactionRules Transactions { get; init; }

    /// <summary>How many messages from L1 a slot may consume.</summary>
    public DepositLimits Deposits { get; init; } = DepositLimits.Default;

    /// <summary>Checkpoints in one step, from 1.</summary>
    public int MaxPerStep { get; init; } = 32;

    /// <summary>How long one chunk may take to execute.</summary>
    public TimeSpan ChunkTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether final checkpoints go to disk.</summary>
    public bool Flatten { get; init; } = true;
}
