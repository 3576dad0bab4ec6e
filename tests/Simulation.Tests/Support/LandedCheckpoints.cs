using Cloud.Settlement.L1Events;
using Cloud.Simulator;

namespace Cloud.Simulation.Tests.Support;

/// <summary>What has landed on L1.</summary>
internal static class LandedCheckpoints
{
    /// <summary>The checkpoints on L1's chain, oldest first.</summary>
    internal static IEnumerable<RollupChange.CheckpointLanded> Landed(this SimulatedPipeline pipeline) =>
        pipeline.L1.Blocks.SelectMany(block => block.Changes).OfType<RollupChange.CheckpointLanded>();
}
