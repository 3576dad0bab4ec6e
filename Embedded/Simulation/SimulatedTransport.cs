using Cloud.Embedded.Runtime;
using Orleans.Runtime;

namespace Cloud.Embedded.Simulation;

/// <summary>The network of a simulation. Messages between two ends stay in order unless a fault says otherwise; within a silo they arrive at once.</summary>
internal sealed class SimulatedTransport(SimulatedScheduler scheduler, Cluster cluster) : Transport
{
    private readonly Dictionary<(int Origin, GrainId Target), long> _lastArrival = [];

    public override void Send(GrainCall call)
    {
        scheduler.HashMessage(call, 1);
        if (scheduler.Lose is { } lose && lose(new SimulatedMessage(call, cluster)))
        {
            return;
        }

        if (IsLocal(call) && !scheduler.Faults.FaultLocalMessages)
        {
            cluster.Deliver(call);
            return;
        }

        if (scheduler.Decide(FaultKind.DropMessage, scheduler.Faults.DropMessage, call, out _))
        {
            return;
        }

        scheduler.AddEvent(ArrivalOf(call), new Message(this, call, MessageKind.Request));
        if (call.MayBeDuplicated && scheduler.Decide(FaultKind.DuplicateMessage, scheduler.Faults.DuplicateMessage, call, out ulong amount))
        {
            GrainCall copy = call.Duplicate(call.Origin.ArgumentCodecs);
            scheduler.AddEvent(scheduler.Now + scheduler.Latency() + scheduler.Scale(amount, scheduler.Faults.MaxMessageDelay), new Message(this, copy, MessageKind.Request));
        }
    }

    public override void Reply(GrainCall call)
    {
        scheduler.HashMessage(call, 2);
        bool local = call.TargetSilo is not null && call.TargetSilo == call.Origin.LocalSilo;
        if (local && !scheduler.Faults.FaultLocalMessages)
        {
            call.DeliverResponse();
            return;
        }

        if (scheduler.Decide(FaultKind.DropMessage, scheduler.Faults.DropMessage, call, out _))
        {
            return;
        }

        scheduler.AddEvent(scheduler.Now + scheduler.Latency() + ExtraDelay(call, out _), new Message(this, call, MessageKind.Response));
    }

    public override void Cancel(GrainCall call) => scheduler.AddEvent(scheduler.Now + scheduler.Latency(), new Message(this, call, MessageKind.Cancellation));

    private bool IsLocal(GrainCall call) => call.Origin.LocalSilo is { } silo
        && (cluster.Directory.TryGetValue(call.Target!.GrainId, out Activation? activation) ? activation.Silo == silo : call.Target.Shared.Class is { MaxLocalWorkers: > 0 });

    private long ArrivalOf(GrainCall call)
    {
        long arrival = scheduler.Now + scheduler.Latency() + ExtraDelay(call, out bool inOrder);
        if (inOrder)
        {
            (int, GrainId) key = (call.Origin.System.Number, call.Target!.GrainId);
            if (_lastArrival.TryGetValue(key, out long last) && last > arrival)
            {
                arrival = last;
            }

            _lastArrival[key] = arrival;
        }

        return arrival;
    }

    private long ExtraDelay(GrainCall call, out bool inOrder)
    {
        inOrder = true;
        long delay = 0;
        if (scheduler.Decide(FaultKind.DelayMessage, scheduler.Faults.DelayMessage, call, out ulong amount))
        {
            delay += scheduler.Scale(amount, scheduler.Faults.MaxMessageDelay);
        }

        if (scheduler.Decide(FaultKind.ReorderMessage, scheduler.Faults.ReorderMessage, call, out amount))
        {
            delay += scheduler.Scale(amount, scheduler.Faults.MaxMessageDelay);
            inOrder = false;
        }

        return delay;
    }

    private enum MessageKind
    {
        Request,
        Response,
        Cancellation,
    }

    private sealed class Message(SimulatedTransport owner, GrainCall call, MessageKind kind) : SimulatedEvent
    {
        public override void Run()
        {
            switch (kind)
            {
                case MessageKind.Request:
                    owner.Arrive(call);
                    break;
                case MessageKind.Response:
                    call.DeliverResponse();
                    break;
                default:
                    call.DeliverCancellation();
                    break;
            }
        }

        public override ulong Label() => call.Method.NameHash ^ (call.Target?.GrainId.GetUniformHashCode() ?? 0UL) ^ ((ulong)kind << 40);

        public override string ToString() => $"{kind} {call}";
    }

    private void Arrive(GrainCall call) => cluster.Deliver(call);
}
