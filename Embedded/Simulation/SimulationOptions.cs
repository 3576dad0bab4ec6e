using Orleans.Hosting;

namespace Cloud.Embedded.Simulation;

/// <summary>What a simulation consists of, and when it ends.</summary>
public sealed class SimulationOptions
{
    /// <summary>How many silos, at least 1. Default 3.</summary>
    public int Silos { get; set; } = 3;

    /// <summary>How likely faults are. Default none.</summary>
    public SimulationFaults Faults { get; set; } = SimulationFaults.None;

    /// <summary>Steps after which the run is given up. Default 1,000,000.</summary>
    public long MaxSteps { get; set; } = 1_000_000;

    /// <summary>Simulated time after which the run is given up. Default 1 hour.</summary>
    public TimeSpan MaxTime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The simulated time at which it starts, UTC. Default the start of 2030.</summary>
    public DateTimeOffset Start { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Shortest time that a message between silos takes. Default 0.1 ms.</summary>
    public TimeSpan MinLatency { get; set; } = TimeSpan.FromTicks(1000);

    /// <summary>Longest time that a message between silos takes without a fault. Default 1 ms.</summary>
    public TimeSpan MaxLatency { get; set; } = TimeSpan.FromTicks(10_000);

    /// <summary>Whether turns that are ready at the same time run in a random order. Default true; otherwise first come, first served.</summary>
    public bool RandomOrder { get; set; } = true;

    /// <summary>Events kept for the report of a failure. Default 100.</summary>
    public int TrailLength { get; set; } = 100;

    /// <summary>How far the clock of a silo is ahead, negative for behind; null where <see cref="SimulationFaults.MaxClockSkew"/> decides.</summary>
    public Func<int, TimeSpan>? ClockSkewOf { get; set; }

    /// <summary>Whether every argument and result is encoded and decoded, see <see cref="EmbeddedOptions.IsolateArguments"/>.</summary>
    public bool IsolateArguments { get; set; } = true;

    /// <summary>Configures a silo, by its number from 0. Storages added with the silo builder's methods get the faults.</summary>
    public Action<int, ISiloBuilder>? ConfigureSilo { get; set; }

    /// <summary>Configures the client.</summary>
    public Action<IClientBuilder>? ConfigureClient { get; set; }

    /// <summary>Which faults may happen; null for all that the seed chooses. Used by <see cref="Simulation.Shrink"/>.</summary>
    public IReadOnlySet<FaultId>? OnlyFaults { get; set; }

    internal SimulationOptions With(Action<SimulationOptions> change)
    {
        SimulationOptions copy = (SimulationOptions)MemberwiseClone();
        change(copy);
        return copy;
    }
}
