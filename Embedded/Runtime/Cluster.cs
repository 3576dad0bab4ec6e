using System.Collections.Concurrent;
using Cloud.Embedded.Reminders;
using Cloud.Embedded.Storage;
using Cloud.Embedded.Streams;
using Orleans.Runtime;

namespace Cloud.Embedded.Runtime;

/// <summary>The silos and clients of one process that belong together, and what they share: directory, memory storage, reminders, stream queues.</summary>
internal sealed class Cluster
{
    private readonly Lock _placementGate = new();
    private readonly List<RuntimeClient> _clients = [];
    private volatile Silo[] _active = [];
    private int _generation;

    public Cluster(TurnRunner runner, Func<Cluster, Transport>? transport = null)
    {
        Runner = runner;
        Transport = transport?.Invoke(this) ?? new DirectTransport(this);
        Streams = new StreamHub(this);
    }

    /// <summary>A silo joined or left.</summary>
    public event Action? MembershipChanged;

    public TurnRunner Runner { get; }

    public Transport Transport { get; }

    public ConcurrentDictionary<GrainId, Activation> Directory { get; } = new();

    public ConcurrentDictionary<GrainId, ObserverTarget> Observers { get; } = new();

    public MemoryStore Memory { get; } = new();

    public ReminderTable Reminders { get; } = new();

    public StreamHub Streams { get; }

    /// <summary>The silos that take new activations, in the order in which they joined.</summary>
    public Silo[] ActiveSilos => _active;

    public int NextGeneration() => Interlocked.Increment(ref _generation);

    public void AddClient(RuntimeClient client)
    {
        lock (_placementGate)
        {
            _clients.Add(client);
        }
    }

    public void RemoveClient(RuntimeClient client)
    {
        lock (_placementGate)
        {
            _clients.Remove(client);
        }
    }

    public RuntimeClient[] Clients()
    {
        lock (_placementGate)
        {
            return [.. _clients];
        }
    }

    public void Join(Silo silo)
    {
        lock (_placementGate)
        {
            _active = [.. _active, silo];
        }

        Streams.OnMembershipChanged();
        MembershipChanged?.Invoke();
    }

    /// <summary>The silo takes no new activation from now on.</summary>
    public void Leave(Silo silo)
    {
        lock (_placementGate)
        {
            _active = Array.FindAll(_active, other => other != silo);
        }

        Streams.OnMembershipChanged();
        MembershipChanged?.Invoke();
    }

    /// <summary>Brings a request to its target.</summary>
    public void Deliver(GrainCall call)
    {
        GrainReference target = call.Target!;
        if (target.LastActivation is { } known)
        {
            if (!known.IsGone)
            {
                call.TargetSilo = known.Silo;
                known.Receive(call);
                return;
            }

            target.LastActivation = null;
        }

        GrainId id = target.GrainId;
        if (target.Shared.Class is not { } grainClass)
        {
            DeliverToObserver(call, id);
            return;
        }

        if (grainClass.MaxLocalWorkers > 0)
        {
            Silo? local = LocalOrRandom(call.Origin.LocalSilo);
            if (local is null)
            {
                Reject(call);
                return;
            }

            call.TargetSilo = local;
            local.WorkerFor(id, grainClass).Receive(call);
            return;
        }

        Activation? activation = GetOrPlace(id, grainClass, call);
        if (activation is null)
        {
            Reject(call);
            return;
        }

        target.LastActivation = activation;
        call.TargetSilo = activation.Silo;
        activation.Receive(call);
    }

    /// <summary>The activation of a grain, created if there is none.</summary>
    /// <returns>Null if no silo takes it.</returns>
    public Activation? GetOrPlace(GrainId id, GrainClass grainClass, GrainCall? cause)
    {
        if (Directory.TryGetValue(id, out Activation? activation) && !activation.IsGone)
        {
            return activation;
        }

        lock (_placementGate)
        {
            if (Directory.TryGetValue(id, out activation) && !activation.IsGone)
            {
                return activation;
            }

            if (Place(id, grainClass, cause?.Origin.LocalSilo) is not { } silo)
            {
                return null;
            }

            activation = new Activation(silo, id, grainClass);
            Directory[id] = activation;
        }

        activation.Begin(cause?.Context);
        return activation;
    }

    /// <summary>Ends the registration of an activation, if it is the registered one.</summary>
    public void Unregister(Activation activation) => Directory.TryRemove(new KeyValuePair<GrainId, Activation>(activation.GrainId, activation));

    private static void Reject(GrainCall call) => call.Fail(new SiloUnavailableException($"No silo takes the message: {call}."));

    private void DeliverToObserver(GrainCall call, GrainId id)
    {
        if (Observers.TryGetValue(id, out ObserverTarget? observer))
        {
            call.TargetSilo = observer.Runtime.LocalSilo;
            observer.Post(call);
        }
        else if (id.Type.ToString() == "sys.client")
        {
            call.Fail(new ClientNotAvailableException(id));
        }
        else
        {
            call.Fail(new ArgumentException($"Could not find an implementation for grain type {id.Type}"));
        }
    }

    private Silo? LocalOrRandom(Silo? local)
    {
        Silo[] active = _active;
        return local is not null && Array.IndexOf(active, local) >= 0 ? local : active.Length == 0 ? null : active[active.Length == 1 ? 0 : Runner.NextRandom(active.Length)];
    }

    private Silo? Place(GrainId id, GrainClass grainClass, Silo? local)
    {
        Silo[] active = _active;
        return grainClass.Placement switch
        {
            _ when active.Length <= 1 => active.Length == 0 ? null : active[0],
            PreferLocalPlacement => LocalOrRandom(local),
            HashBasedPlacement => active[(int)(id.GetUniformHashCode() % (uint)active.Length)],
            _ => active[Runner.NextRandom(active.Length)],
        };
    }
}
