using Cloud.Protocol.Time;

namespace Cloud.Execution.Building;

/// <summary>The chunk that a builder is to build.</summary>
public sealed record ChunkPlan
{
    /// <summary>The state after the parent block.</summary>
    public required IStateLayer Parent { get; init; }

    /// <summary>The block.</summary>
    public required ChunkContext Context { get; init; }

    /// <summary>What the chunk may use besides its deposits. Its gas is also bounded by the block's gas limit.</summary>
    public required ChunkLimits Limits { get; init; }

    /// <summary>When its flashblocks close. A builder that resumes a chunk takes the schedule of the first run.</summary>
    public required FlashblockSchedule Schedule { get; init; }

    /// <summary>Highest gas limit of a transaction that is taken: how late one transaction can make a flashblock. Larger ones stay in the pool.</summary>
    public ulong MaxTransactionGas { get; init; } = ulong.MaxValue;
}
