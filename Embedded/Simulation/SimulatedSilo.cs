using Cloud.Embedded.Runtime;
using Microsoft.Extensions.DependencyInjection;

namespace Cloud.Embedded.Simulation;

/// <summary>A silo of a simulation; it keeps its number when it dies and starts again.</summary>
public sealed class SimulatedSilo
{
    internal SimulatedSilo(int number) => Number = number;

    /// <summary>Its number, from 0.</summary>
    public int Number { get; }

    /// <summary>Whether it runs.</summary>
    public bool IsAlive { get; internal set; }

    /// <summary>How far its clock is ahead; negative if it is behind.</summary>
    public TimeSpan ClockSkew { get; internal set; }

    /// <summary>Its services; those of the last life while it is down.</summary>
    public IServiceProvider Services => Provider ?? throw new InvalidOperationException($"Silo {Number} was never started.");

    internal ServiceProvider? Provider { get; set; }

    internal Silo? Runtime { get; set; }
}
