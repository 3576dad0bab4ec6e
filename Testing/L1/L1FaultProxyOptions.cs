namespace Cloud.Testing.L1;

/// <summary>How a <see cref="L1FaultProxy"/> behaves.</summary>
public sealed record L1FaultProxyOptions
{
    /// <summary>The node behind it.</summary>
    public required Uri Target { get; init; }

    /// <summary>Decides which request meets which fault: the same seed and the same order of requests give the same faults.</summary>
    public int Seed { get; init; }

    /// <summary>Share of requests that meet a fault, 0 to 1. Each kind is equally likely.</summary>
    public double FaultRate { get; init; }

    /// <summary>Faults to choose from.</summary>
    public IReadOnlyList<L1Fault> Faults { get; init; } = [.. Enum.GetValues<L1Fault>().Where(fault => fault != L1Fault.None)];

    /// <summary>Longest delay.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Called when a request is one that is never answered, so that a client with a clock of its own gives up at once; null where the client's deadline is real.</summary>
    public Action? TimedOut { get; init; }

    /// <summary>Whether transactions must keep the rules of geth's pools, which anvil does not enforce.</summary>
    public bool PoolRules { get; init; } = true;
}
