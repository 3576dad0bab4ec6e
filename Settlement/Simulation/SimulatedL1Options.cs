namespace Cloud.Settlement.Simulation;

/// <summary>How L1 behaves in a simulation. Probabilities are from 0 to 1, each drawn from the seed.</summary>
public sealed record SimulatedL1Options
{
    /// <summary>Decides everything that is left to chance.</summary>
    public int Seed { get; init; }

    /// <summary>Probability that an L1 slot has no block.</summary>
    public double MissedBlocks { get; init; }

    /// <summary>Probability that a publication is lost on its way: it never lands unless it is sent again.</summary>
    public double Lost { get; init; }

    /// <summary>Probability that a publication waits for another block, at each block.</summary>
    public double Delayed { get; init; }

    /// <summary>Probability that a publication is turned away by the pool.</summary>
    public double Refused { get; init; }

    /// <summary>Probability, at each block, that blocks are taken back before it.</summary>
    public double Reorgs { get; init; }

    /// <summary>Most blocks that are taken back at a time, at least 1.</summary>
    public int MaxReorgDepth { get; init; } = 3;

    /// <summary>Blocks after which a block is final; more than <see cref="MaxReorgDepth"/>.</summary>
    public int FinalityDepth { get; init; } = 8;

    /// <summary>Checkpoints after which the ones before are proven, at the next block; 0 for no proofs.</summary>
    public int ProveEvery { get; init; } = 2;
}
