namespace Cloud.Embedded.Simulation;

/// <summary>A fault that happened.</summary>
/// <param name="Id">Which one.</param>
/// <param name="Step">In which step.</param>
/// <param name="Time">When, in simulated time from the start.</param>
/// <param name="Detail">What it did.</param>
public sealed record InjectedFault(FaultId Id, long Step, TimeSpan Time, string Detail)
{
    /// <summary>Kind, occasion, step, time and detail.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Id.Kind} #{Id.Occasion} at step {Step}, {Time}: {Detail}";
}
