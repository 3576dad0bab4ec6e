namespace Orleans.Runtime;

/// <summary>The silo of the caller, if there is one.</summary>
public sealed class PreferLocalPlacement : PlacementStrategy;
