using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Watching;

/// <summary>What a watcher of the rollup contract has to know.</summary>
public sealed record WatcherOptions
{
    /// <summary>The rollup contract.</summary>
    public required Address Rollup { get; init; }

    /// <summary>The deployment's genesis hash.</summary>
    public required Hash256 GenesisHash { get; init; }

    /// <summary>Height of the block in which the contract was deployed, or of one before it.</summary>
    public ulong DeploymentBlock { get; init; }

    /// <summary>Most blocks in one question for events, from 1.</summary>
    public ulong LogRange { get; init; } = 1_000;

    /// <summary>The deepest reorganisation that is followed, in L1 blocks, 2 or more. Blocks further down are taken as they are.</summary>
    public int ReorgDepth { get; init; } = 96;

    /// <summary>Checks the values.</summary>
    /// <returns>A sentence for each that breaks its rule; none where all are good.</returns>
    public IEnumerable<string> Check()
    {
        if (Rollup.IsZero)
        {
            yield return "L1:Rollup is missing; it is the address of the rollup contract.";
        }

        if (LogRange == 0)
        {
            yield return "L1:LogRange is 0; it is at least 1 block.";
        }

        if (ReorgDepth < 2)
        {
            yield return $"L1:ReorgDepth is {ReorgDepth}; it is at least 2 blocks.";
        }
    }
}
