namespace Orleans.Placement;

/// <summary>Which automatic migrations an activation refuses.</summary>
[Flags]
public enum ImmovableKind : byte
{
    /// <summary>The repartitioner's.</summary>
    Repartitioner = 1,

    /// <summary>The rebalancer's.</summary>
    Rebalancer = 2,

    /// <summary>All.</summary>
    Any = Repartitioner | Rebalancer,
}
