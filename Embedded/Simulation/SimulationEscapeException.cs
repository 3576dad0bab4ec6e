namespace Cloud.Embedded.Simulation;

/// <summary>
/// Code of a simulation ran on another thread than the simulation's own: after an await with ConfigureAwait(false), in Task.Run, on a timer that is not of the
/// simulated <see cref="TimeProvider"/>, or on a completion from real I/O.
/// </summary>
/// <param name="message">Says where.</param>
public sealed class SimulationEscapeException(string message) : Exception(message);
