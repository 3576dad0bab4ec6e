namespace Cloud.Embedded.Simulation;

/// <summary>What is known of a run when it is over.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="RunHash">128 bits over all steps, as hex: two runs with the same seed, options and code have the same.</param>
/// <param name="Steps">How many steps were run.</param>
/// <param name="Time">The simulated time from the start.</param>
/// <param name="Faults">The faults that happened, in order.</param>
/// <param name="Trail">The last events; only of a run that did not pass.</param>
public sealed record SimulationReport(
    ulong Seed,
    string RunHash,
    long Steps,
    TimeSpan Time,
    IReadOnlyList<InjectedFault> Faults,
    IReadOnlyList<string> Trail);
