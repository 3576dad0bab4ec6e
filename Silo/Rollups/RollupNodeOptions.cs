using Cloud.Grains.Hosting;
using Cloud.Protocol.Time;

namespace Cloud.Silo.Rollups;

/// <summary>What a process decides by itself about a rollup that it runs.</summary>
public sealed record RollupNodeOptions
{
    /// <summary>The folder of this process alone: journal, chain, ledgers and blobs.</summary>
    public required string DataFolder { get; init; }

    /// <summary>L1's beacon node, for blobs that are not in the data folder; null for none.</summary>
    public Uri? Beacon { get; init; }

    /// <summary>Time between flashblocks, from 10 ms to a chunk.</summary>
    public TimeSpan FlashblockInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How often L1 is looked at.</summary>
    public TimeSpan L1Poll { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>What it decides about the slot pipeline.</summary>
    public PipelineOptions Pipeline { get; init; } = new();

    /// <summary>Whether other processes run the same rollup on the same grain storage: then publisher, keeper and prover are those of the process where the publisher's grain is.</summary>
    public bool SharesStorage { get; init; }

    /// <summary>Whether it proves epochs and draws committees, which somebody has to do.</summary>
    public bool DoesL1Duties { get; init; } = true;

    /// <summary>The local budgets of a timetable.</summary>
    /// <param name="timing">The rollup's timing.</param>
    /// <returns>The budgets of a committee in one cluster, with this flashblock interval.</returns>
    public LocalBudgets BudgetsFor(ConsensusTiming timing)
    {
        ArgumentNullException.ThrowIfNull(timing);
        LocalBudgets capped = LocalBudgets.Cluster.CappedFor(timing.Profile, timing.L1Slot);
        TimeSpan shortest = TimeSpan.FromTicks(Math.Min(timing.Chunk.Ticks / 2, TimeSpan.FromMilliseconds(400).Ticks));
        return capped with { FlashblockInterval = FlashblockInterval, MinChunk = shortest < capped.MinChunk ? shortest : capped.MinChunk };
    }
}
