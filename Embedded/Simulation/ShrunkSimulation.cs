namespace Cloud.Embedded.Simulation;

/// <summary>A failing run, reduced.</summary>
/// <param name="Original">The run with all faults of its seed.</param>
/// <param name="Smallest">The run with the fewest faults that were found to suffice for the same failure.</param>
/// <param name="Options">The options of that run, to run it again.</param>
/// <param name="Runs">How many runs the search took.</param>
public sealed record ShrunkSimulation(SimulationOutcome Original, SimulationOutcome Smallest, SimulationOptions Options, int Runs);
