using System.Threading.Channels;

namespace Cloud.Replica.Events;

/// <summary>A bounded stream of events to one reader.</summary>
public sealed class EventSubscription : IDisposable
{
    private readonly ReplicaEvents _events;
    private readonly Channel<ReplicaEvent> _channel;
    private int _end;

    internal EventSubscription(ReplicaEvents events, int capacity, bool isInline)
    {
        _events = events;
        _channel = Channel.CreateBounded<ReplicaEvent>(new BoundedChannelOptions(capacity)
        {
            SingleReader = true,
            SingleWriter = true,
            AllowSynchronousContinuations = isInline,
        });
    }

    /// <summary>The events in order. Completes when the subscription ends; events that came before can still be read.</summary>
    public ChannelReader<ReplicaEvent> Reader => _channel.Reader;

    /// <summary>Why it ended.</summary>
    public EventEnd End => (EventEnd)Volatile.Read(ref _end);

    /// <summary>Ends the subscription.</summary>
    public void Dispose()
    {
        Finish(EventEnd.Disposed);
        _events.Remove(this);
    }

    /// <summary>False where the subscription is over.</summary>
    internal bool Offer(ReplicaEvent replicaEvent)
    {
        if (End != EventEnd.None)
        {
            return false;
        }

        if (_channel.Writer.TryWrite(replicaEvent))
        {
            return true;
        }

        Finish(EventEnd.TooSlow);
        return false;
    }

    internal void Finish(EventEnd end)
    {
        if (Interlocked.CompareExchange(ref _end, (int)end, (int)EventEnd.None) == (int)EventEnd.None)
        {
            _channel.Writer.TryComplete();
        }
    }
}
