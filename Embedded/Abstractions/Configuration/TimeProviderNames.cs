namespace Orleans.Runtime;

/// <summary>Keys of the clocks of single parts; a part without a clock of its own uses the one without a key.</summary>
public static class TimeProviderNames
{
    /// <summary>The clock of grain timers.</summary>
    public const string Grains = "Orleans.Grains";
}
