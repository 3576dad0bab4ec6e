namespace Cloud.Embedded.Simulation;

/// <summary>Which of the occasions for a fault.</summary>
/// <param name="Kind">The kind of fault.</param>
/// <param name="Occasion">The how-manieth occasion for a fault of this kind in the run, from 0.</param>
public readonly record struct FaultId(FaultKind Kind, long Occasion);
