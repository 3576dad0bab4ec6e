using Orleans.Runtime;

namespace Orleans.Placement;

/// <summary>Where an activation is put: the silo that the hash of the identity gives.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class HashBasedPlacementAttribute : PlacementAttribute
{
    /// <summary>Creates the attribute.</summary>
    public HashBasedPlacementAttribute()
        : base(new HashBasedPlacement())
    {
    }
}
