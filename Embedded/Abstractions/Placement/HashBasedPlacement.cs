namespace Orleans.Runtime;

/// <summary>The silo that the hash of the identity gives.</summary>
public sealed class HashBasedPlacement : PlacementStrategy;
