namespace Orleans.Runtime;

/// <summary>The silo with the fewest activations; here a silo at random.</summary>
public sealed class ActivationCountBasedPlacement : PlacementStrategy;
