using System.Threading.Channels;

namespace Cloud.Gateway.Status;

/// <summary>The events that wait for one reader.</summary>
internal sealed class EventStream : IDisposable
{
    private readonly EventLog _log;
    private readonly Channel<LoggedEvent> _queue;
    private string? _end;

    internal EventStream(EventLog log, EventFilter filter, int capacity)
    {
        _log = log;
        Filter = filter;
        _queue = Channel.CreateBounded<LoggedEvent>(new BoundedChannelOptions(capacity) { SingleReader = true });
    }

    /// <summary>What the reader wants.</summary>
    public EventFilter Filter { get; }

    /// <summary>The events in order; completes when the stream ends.</summary>
    public ChannelReader<LoggedEvent> Reader => _queue.Reader;

    /// <summary>Why the stream ended; null while it has not.</summary>
    public string? End => Volatile.Read(ref _end);

    /// <inheritdoc/>
    public void Dispose() => _log.Remove(this);

    internal void Offer(LoggedEvent logged)
    {
        if (Filter.Wants(logged) && !_queue.Writer.TryWrite(logged))
        {
            Finish("slow-reader");
        }
    }

    internal void Finish(string reason)
    {
        Interlocked.CompareExchange(ref _end, reason, null);
        _queue.Writer.TryComplete();
    }
}
