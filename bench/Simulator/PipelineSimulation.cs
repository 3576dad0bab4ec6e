using Cloud.Embedded.Simulation;

namespace Cloud.Simulator;

/// <summary>Runs scenarios of the slot pipeline under the deterministic simulator, with the invariants of the design checked after every step.</summary>
public static class PipelineSimulation
{
    /// <summary>Runs a scenario.</summary>
    /// <param name="seed">Decides everything that is left to chance.</param>
    /// <param name="setup">The cluster.</param>
    /// <param name="scenario">What happens; the run ends with it.</param>
    /// <returns>How it ended.</returns>
    public static SimulationOutcome Run(ulong seed, PipelineSetup setup, Func<SimulatedPipeline, Task> scenario)
    {
        ArgumentNullException.ThrowIfNull(setup);
        ArgumentNullException.ThrowIfNull(scenario);
        SimulatedPipeline pipeline = new(seed, setup);
        SimulationOptions options = new()
        {
            Silos = setup.Silos,
            Faults = setup.Faults,
            MaxSteps = setup.MaxSteps,
            MaxTime = setup.MaxTime,
            IsolateArguments = setup.IsolatesArguments,
            ClockSkewOf = setup.ClockSkewOf,
            ConfigureSilo = pipeline.ConfigureSilo,
        };
        return Simulation.Run(seed, options, async context =>
        {
            pipeline.Begin(context);
            await scenario(pipeline);
            pipeline.End();
        });
    }

    /// <summary>The scenario of the seeded runs: users send transactions while slots go by with faults; then the faults end, and everything has to settle.</summary>
    /// <param name="slots">How many slots have faults.</param>
    /// <param name="transactionsPerSlot">How many transactions users send in a slot.</param>
    /// <returns>The scenario.</returns>
    public static Func<SimulatedPipeline, Task> Soak(int slots, int transactionsPerSlot = 2) => async pipeline =>
    {
        pipeline.Load(transactionsPerSlot);
        await pipeline.UntilSlot((ulong)slots);
        await pipeline.SettleAsync();
    };
}
