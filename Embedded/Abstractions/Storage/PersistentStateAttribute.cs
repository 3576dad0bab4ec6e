namespace Orleans.Runtime;

/// <summary>A constructor parameter that is a persistent state.</summary>
/// <param name="stateName">The name of the state.</param>
/// <param name="storageName">The name of the storage; null for the default one.</param>
[AttributeUsage(AttributeTargets.Parameter)]
public class PersistentStateAttribute(string stateName, string? storageName = null) : Attribute, IFacetMetadata, IPersistentStateConfiguration
{
    /// <inheritdoc/>
    public string StateName { get; } = stateName;

    /// <inheritdoc/>
    public string? StorageName { get; } = storageName;
}
