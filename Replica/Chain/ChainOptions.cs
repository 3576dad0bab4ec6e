namespace Cloud.Replica.Chain;

/// <summary>Bounds of the chain that is held in memory.</summary>
public sealed record ChainOptions
{
    /// <summary>Most chunks above the oldest one in memory, side branches included. Beyond it the oldest checkpointed ones are settled early.</summary>
    public int MaxChunks { get; init; } = 4096;

    /// <summary>Most chunks that stand on one block.</summary>
    public int MaxBranches { get; init; } = 4;

    /// <summary>Most certificates that are kept for chunks which are not executed yet.</summary>
    public int MaxEarlyCertificates { get; init; } = 1024;

    /// <summary>Most slots for which a checkpoint proposal is kept.</summary>
    public int MaxProposals { get; init; } = 16;

    /// <summary>L1 blocks on top of that with a checkpoint after which its chunks are settled, so that they leave memory; null for only where they are final.</summary>
    public ulong? SettleDepth { get; init; }

    /// <summary>L1 blocks that are remembered; a deeper reorganisation means to start again from L1.</summary>
    public int MaxL1Blocks { get; init; } = 1024;
}
