namespace Orleans.Runtime;

/// <summary>A silo at random.</summary>
public sealed class RandomPlacement : PlacementStrategy;
