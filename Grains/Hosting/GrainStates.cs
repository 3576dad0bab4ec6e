namespace Cloud.Grains.Hosting;

/// <summary>Names under which grains keep their state.</summary>
public static class GrainStates
{
    /// <summary>The storage provider; it must be durable and refuse a write on top of another one.</summary>
    public const string Storage = "state";

    internal const string Ledger = "ledger";

    internal const string Tally = "tally";

    internal const string Faults = "faults";

    internal const string Publications = "publications";
}
