namespace Cloud.Embedded.Simulation;

/// <summary>How likely faults are. Probabilities are from 0 to 1.</summary>
public sealed record SimulationFaults
{
    /// <summary>No faults.</summary>
    public static SimulationFaults None { get; } = new();

    /// <summary>Every kind, each often enough to meet the others within a few hundred messages.</summary>
    public static SimulationFaults All { get; } = new()
    {
        DelayMessage = 0.05,
        ReorderMessage = 0.05,
        DuplicateMessage = 0.01,
        DropMessage = 0.01,
        KillActivation = 0.001,
        SplitActivation = 0.0005,
        KillSilo = 0.0003,
        FailStorage = 0.02,
        TearStorage = 0.02,
        DelayStorage = 0.05,
        MaxClockSkew = TimeSpan.FromMilliseconds(250),
    };

    /// <summary>Per message: it takes up to <see cref="MaxMessageDelay"/> longer.</summary>
    public double DelayMessage { get; init; }

    /// <summary>Per message: it takes up to <see cref="MaxMessageDelay"/> longer and is not kept in order with its neighbours.</summary>
    public double ReorderMessage { get; init; }

    /// <summary>Per request: it arrives twice.</summary>
    public double DuplicateMessage { get; init; }

    /// <summary>Per request and per response: it is lost. The caller meets its time-out.</summary>
    public double DropMessage { get; init; }

    /// <summary>Whether messages within a silo suffer too. In a real cluster they do not.</summary>
    public bool FaultLocalMessages { get; init; }

    /// <summary>Longest extra delay of a message. Default 2 seconds.</summary>
    public TimeSpan MaxMessageDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Per step: one activation ends without a word.</summary>
    public double KillActivation { get; init; }

    /// <summary>Per step: one grain gets a second activation beside the first.</summary>
    public double SplitActivation { get; init; }

    /// <summary>Per step: one silo dies, unless it is the last one. It starts again after up to <see cref="MaxSiloDownTime"/>.</summary>
    public double KillSilo { get; init; }

    /// <summary>Longest time for which a silo is down. Default 30 seconds.</summary>
    public TimeSpan MaxSiloDownTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Per storage operation: it fails and has done nothing.</summary>
    public double FailStorage { get; init; }

    /// <summary>Per storage operation: it fails after it was done, so that its outcome is unknown.</summary>
    public double TearStorage { get; init; }

    /// <summary>Per storage operation: it takes up to <see cref="MaxStorageDelay"/> longer.</summary>
    public double DelayStorage { get; init; }

    /// <summary>Longest extra delay of a storage operation. Default 5 seconds.</summary>
    public TimeSpan MaxStorageDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How far a silo's clock may be off to either side. Zero: not at all.</summary>
    public TimeSpan MaxClockSkew { get; init; }
}
