using Cloud.Replica.Events;

namespace Cloud.Gateway.Events;

/// <summary>Hears the node's events, one after the other, on the gateway's one event loop.</summary>
internal interface INodeEventSink
{
    /// <summary>Takes an event. Must return soon: it computes, and never waits for a client.</summary>
    /// <param name="nodeEvent">The event.</param>
    void Handle(ReplicaEvent nodeEvent);

    /// <summary>Events were missed: whoever relies on having heard all of them must be told.</summary>
    void HandleGap();
}
