using Orleans;
using Orleans.Runtime;

namespace Cloud.Embedded.Simulation;

/// <summary>What a scenario works with; also a service of every silo. Its members are for the simulation's own turns.</summary>
public sealed class SimulationContext
{
    private readonly SimulatedScheduler _scheduler;

    internal SimulationContext(SimulatedScheduler scheduler, IReadOnlyList<SimulatedSilo> silos)
    {
        _scheduler = scheduler;
        Silos = silos;
        Random = new Random(unchecked((int)scheduler.Mix("scenario", 0)));
    }

    /// <summary>The seed of the run.</summary>
    public ulong Seed => _scheduler.Seed;

    /// <summary>The cluster's client.</summary>
    public IClusterClient Client => _scheduler.Client;

    /// <summary>The simulated clock, without skew.</summary>
    public TimeProvider Time => _scheduler.Time;

    /// <summary>Random numbers for the scenario, from the seed and independent of the faults.</summary>
    public Random Random { get; }

    /// <summary>The silos.</summary>
    public IReadOnlyList<SimulatedSilo> Silos { get; }

    /// <summary>Whether faults happen. A scenario that waits for things to settle turns them off first.</summary>
    public bool FaultsEnabled
    {
        get => _scheduler.FaultsEnabled;
        set => _scheduler.FaultsEnabled = value;
    }

    /// <summary>Which requests and events are lost, those within a silo included; null for none but those that faults choose. Who sent a lost request waits for its time-out.</summary>
    public Func<SimulatedMessage, bool>? Lose
    {
        get => _scheduler.Lose;
        set => _scheduler.Lose = value;
    }

    /// <summary>Waits in simulated time.</summary>
    /// <param name="time">How long.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The wait.</returns>
    public Task Delay(TimeSpan time, CancellationToken cancellationToken = default) => Task.Delay(time, Time, cancellationToken);

    /// <summary>Adds a condition that must hold after every step.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="check">Returns null if it holds, else what is wrong. It must not change anything.</param>
    public void Invariant(string name, Func<string?> check) => _scheduler.AddInvariant(name, check);

    /// <summary>Ends the run: an invariant is broken.</summary>
    /// <param name="invariant">Its name.</param>
    /// <param name="detail">What is wrong.</param>
    public void Break(string invariant, string detail) => _scheduler.Break(invariant, detail);

    /// <summary>Adds something to the run hash and to the trail.</summary>
    /// <param name="text">What happened.</param>
    public void Note(string text) => _scheduler.Note(text);

    /// <summary>Starts code beside the scenario, with turns of its own: a client, a peer, a chain. The run fails if it throws.</summary>
    /// <param name="name">For the trail.</param>
    /// <param name="body">The code.</param>
    /// <returns>Its end.</returns>
    public Task Start(string name, Func<Task> body) => _scheduler.StartProcess(name, body);

    /// <summary>An occasion for a fault of the caller's own making, such as a storage that is no grain storage.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="probability">From 0 to 1.</param>
    /// <param name="detail">What it will do.</param>
    /// <returns>Whether it happens.</returns>
    public bool Occurs(FaultKind kind, double probability, string detail) => _scheduler.Decide(kind, probability, detail, out _);

    /// <summary>Ends the activation of a grain without a word, if there is one.</summary>
    /// <param name="grain">The grain.</param>
    /// <returns>Whether there was one.</returns>
    public bool Kill(IAddressable grain) => _scheduler.KillActivation(grain.GetGrainId());

    /// <summary>Makes the directory forget the activation of a grain, which lives on: the next request that does not know it makes a second one.</summary>
    /// <param name="grain">The grain.</param>
    /// <returns>Whether there was one.</returns>
    public bool Split(IAddressable grain) => _scheduler.SplitActivation(grain.GetGrainId());

    /// <summary>Lets a silo die.</summary>
    /// <param name="silo">The silo.</param>
    public void Kill(SimulatedSilo silo) => _scheduler.KillSilo(silo);

    /// <summary>Starts a silo that died.</summary>
    /// <param name="silo">The silo.</param>
    /// <returns>Its start.</returns>
    public Task Restart(SimulatedSilo silo) => _scheduler.StartSilo(silo);
}
