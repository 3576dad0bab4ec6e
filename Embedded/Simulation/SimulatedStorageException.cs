namespace Cloud.Embedded.Simulation;

/// <summary>A storage operation failed because the simulation wanted it so.</summary>
/// <param name="message">Which operation.</param>
public sealed class SimulatedStorageException(string message) : IOException(message);
