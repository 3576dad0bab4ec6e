using Orleans.Runtime;

namespace Orleans.Placement;

/// <summary>Where an activation is put: the silo of the caller, if there is one.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class PreferLocalPlacementAttribute : PlacementAttribute
{
    /// <summary>Creates the attribute.</summary>
    public PreferLocalPlacementAttribute()
        : base(new PreferLocalPlacement())
    {
    }
}
