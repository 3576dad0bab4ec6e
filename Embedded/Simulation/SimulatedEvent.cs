namespace Cloud.Embedded.Simulation;

/// <summary>Something that happens at a point in simulated time.</summary>
internal abstract class SimulatedEvent
{
    public abstract void Run();

    /// <summary>Whether it has been taken back.</summary>
    public virtual bool IsCancelled => false;

    /// <summary>What goes into the run hash.</summary>
    public abstract ulong Label();
}
