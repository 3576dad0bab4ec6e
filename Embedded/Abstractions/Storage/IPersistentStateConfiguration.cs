namespace Orleans.Runtime;

/// <summary>Names a persistent state and its storage.</summary>
public interface IPersistentStateConfiguration
{
    /// <summary>The name of the state.</summary>
    string StateName { get; }

    /// <summary>The name of the storage; null for the default one.</summary>
    string? StorageName { get; }
}
