using Orleans.Runtime;

namespace Orleans.Placement;

/// <summary>Where an activation is put: a silo at random.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RandomPlacementAttribute : PlacementAttribute
{
    /// <summary>Creates the attribute.</summary>
    public RandomPlacementAttribute()
        : base(new RandomPlacement())
    {
    }
}
