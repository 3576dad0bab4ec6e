using Cloud.Embedded.Runtime;

namespace Cloud.Embedded.Simulation;

/// <summary>Code of a simulation outside grains: the scenario, or what it started, or the clock.</summary>
internal sealed class SimulatedProcess(SimulatedScheduler scheduler, string name) : WorkGroup(scheduler)
{
    public override RuntimeClient Runtime => scheduler.ClientRuntime;

    public override string ToString() => name;

    protected override void OnUnhandledException(Exception exception) => scheduler.OnFailure(exception);
}
