namespace Orleans.Runtime;

/// <summary>Where in its life a silo is.</summary>
public enum SiloStatus
{
    /// <summary>Not known.</summary>
    None,

    /// <summary>Made, not started.</summary>
    Created,

    /// <summary>Starting.</summary>
    Joining,

    /// <summary>Serves requests.</summary>
    Active,

    /// <summary>Stopping with all its stages.</summary>
    ShuttingDown,

    /// <summary>Stopping at once.</summary>
    Stopping,

    /// <summary>Gone.</summary>
    Dead,
}
