namespace Cloud.Embedded.Runtime;

/// <summary>Everything arrives at once: all silos are in this process.</summary>
internal sealed class DirectTransport(Cluster cluster) : Transport
{
    public override void Send(GrainCall call) => cluster.Deliver(call);

    public override void Reply(GrainCall call) => call.DeliverResponse();

    public override void Cancel(GrainCall call) => call.DeliverCancellation();
}
