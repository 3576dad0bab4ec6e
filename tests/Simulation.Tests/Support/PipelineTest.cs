using Cloud.Embedded.Simulation;
using Cloud.Simulator;

namespace Cloud.Simulation.Tests.Support;

/// <summary>Runs a scenario, and fails with the run's description: outcome, seed, tips of the silos, logs.</summary>
internal static class PipelineTest
{
    private const int LogLines = 60;

    internal static void Run(Func<SimulatedPipeline, Task> scenario, PipelineSetup? setup = null, ulong seed = 1)
    {
        SimulatedPipeline? pipeline = null;
        SimulationOutcome outcome = PipelineSimulation.Run(seed, (setup ?? new PipelineSetup()) with { KeepsLog = true }, run =>
        {
            pipeline = run;
            return scenario(run);
        });
        if (!outcome.HasPassed)
        {
            // The trail of messages helps whoever runs the seed again; for a test's output the silos' own words are enough.
            string[] head = [.. outcome.Describe().Split('\n').TakeWhile(line => !line.StartsWith("  ", StringComparison.Ordinal))];
            Assert.Fail(string.Join('\n', [.. head, pipeline!.Describe(), .. pipeline.Log.TakeLast(LogLines)]));
        }
    }
}
