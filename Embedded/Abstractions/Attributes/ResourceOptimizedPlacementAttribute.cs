using Orleans.Runtime;

namespace Orleans.Placement;

/// <summary>Where an activation is put: the silo with the most free resources; here a silo at random.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ResourceOptimizedPlacementAttribute : PlacementAttribute
{
    /// <summary>Creates the attribute.</summary>
    public ResourceOptimizedPlacementAttribute()
        : base(new ResourceOptimizedPlacement())
    {
    }
}
