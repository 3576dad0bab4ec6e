using Cloud.Embedded.Runtime;
using Cloud.Embedded.Streams;
using Orleans.Runtime;

namespace Cloud.Embedded.Simulation;

/// <summary>A request, or events of a stream, on the way; for scenarios that decide what is lost.</summary>
public sealed class SimulatedMessage
{
    private readonly GrainCall _call;

    private readonly Cluster _cluster;

    internal SimulatedMessage(GrainCall call, Cluster cluster) => (_call, _cluster) = (call, cluster);

    /// <summary>Name of the interface; IStreamConsumer for events of a stream.</summary>
    public string Interface => _call.Method.InterfaceType.Name;

    /// <summary>Name of the method.</summary>
    public string Method => _call.Method.Name;

    /// <summary>Where it goes.</summary>
    public GrainId Target => _call.Target!.GrainId;

    /// <summary>Name of the silo that it comes from; null for the client.</summary>
    public string? From => _call.Origin.LocalSilo?.Name;

    /// <summary>Name of the silo where its target is now; null where it is nowhere yet, or at the client.</summary>
    public string? To => _cluster.Directory.TryGetValue(Target, out Activation? activation) ? activation.Silo.Name
        : _cluster.Observers.TryGetValue(Target, out ObserverTarget? observer) ? observer.Runtime.LocalSilo?.Name
        : null;

    /// <summary>The stream whose events it brings, as namespace and key; null for requests.</summary>
    public string? Stream => (_call as DeliveryCall)?.Stream;

    /// <summary>An argument of the request.</summary>
    /// <param name="index">Its place, from 0.</param>
    /// <returns>The argument; null where there is none.</returns>
    public object? Argument(int index) => index < _call.GetArgumentCount() ? _call.GetArgument(index) : null;

    /// <inheritdoc/>
    public override string ToString() => _call.ToString()!;
}
