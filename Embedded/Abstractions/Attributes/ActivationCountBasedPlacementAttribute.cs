using Orleans.Runtime;

namespace Orleans.Placement;

/// <summary>Where an activation is put: the silo with the fewest activations; here a silo at random.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ActivationCountBasedPlacementAttribute : PlacementAttribute
{
    /// <summary>Creates the attribute.</summary>
    public ActivationCountBasedPlacementAttribute()
        : base(new ActivationCountBasedPlacement())
    {
    }
}
