namespace Orleans.Runtime;

/// <summary>The silo with the most free resources; here a silo at random.</summary>
public sealed class ResourceOptimizedPlacement : PlacementStrategy;
