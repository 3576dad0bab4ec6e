namespace Cloud.Replica.Events;

/// <summary>The newest events of a node, and who follows them. Safe for use by several threads.</summary>
public sealed class ReplicaEvents
{
    private const int FirstLength = 256;

    private readonly Lock _gate = new();
    private readonly int _capacity;
    private readonly List<EventSubscription> _subscriptions = [];
    private readonly int _maxSubscriptions;
    private readonly bool _isInline;

    // Grows up to the capacity, and goes around only then: until it is full, an event's place is its number.
    private ReplicaEvent[] _ring;
    private long _count;
    private long _floor;
    private long _newest;
    private bool _isClosed;

    internal ReplicaEvents(int capacity, int maxSubscriptions, bool isInline)
    {
        _capacity = capacity;
        _ring = new ReplicaEvent[Math.Min(capacity, FirstLength)];
        _maxSubscriptions = maxSubscriptions;
        _isInline = isInline;
    }

    /// <summary>Sequence of the newest event; that of the one before the first where there is none.</summary>
    public long Newest
    {
        get
        {
            // Not in the midst of a turn's events.
            lock (_gate)
            {
                return _newest;
            }
        }
    }

    /// <summary>Follows the events.</summary>
    /// <param name="after">Sequence of the last event that the caller knows; null for only those to come.</param>
    /// <param name="capacity">How many may wait for the reader, from 1; then it is too slow. Those that are kept and asked for come on top.</param>
    /// <returns>The subscription, or why there is none.</returns>
    public Subscribing Subscribe(long? after = null, int capacity = 4096)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        lock (_gate)
        {
            if (_isClosed)
            {
                return new Subscribing.Closed();
            }

            if (_subscriptions.Count >= _maxSubscriptions)
            {
                return new Subscribing.TooMany(_maxSubscriptions);
            }

            if (after < _floor)
            {
                return new Subscribing.TooOld(_floor);
            }

            long first = after is { } known ? FirstAfter(known) : _count;
            EventSubscription subscription = new(this, capacity + (int)(_count - first), _isInline);
            for (long i = first; i < _count; i++)
            {
                subscription.Offer(_ring[i % _ring.Length]);
            }

            _subscriptions.Add(subscription);
            return new Subscribing.Subscribed(subscription);
        }
    }

    internal void Publish(List<ReplicaEvent> events)
    {
        lock (_gate)
        {
            foreach (ReplicaEvent replicaEvent in events)
            {
                if (_count == _ring.Length && _ring.Length < _capacity)
                {
                    Array.Resize(ref _ring, (int)Math.Min(_capacity, 2L * _ring.Length));
                }

                ref ReplicaEvent place = ref _ring[_count % _ring.Length];
                if (_count >= _ring.Length)
                {
                    _floor = place.Sequence;
                }

                place = replicaEvent;
                _count++;
                _newest = replicaEvent.Sequence;
                for (int i = _subscriptions.Count - 1; i >= 0; i--)
                {
                    if (!_subscriptions[i].Offer(replicaEvent))
                    {
                        _subscriptions.RemoveAt(i);
                    }
                }
            }
        }
    }

    /// <summary>Nothing at or below a sequence can be asked for: what came before the journal's beginning.</summary>
    internal void StartAfter(long sequence)
    {
        lock (_gate)
        {
            _floor = sequence;
            _newest = Math.Max(_newest, sequence);
        }
    }

    internal void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            foreach (EventSubscription subscription in _subscriptions)
            {
                subscription.Finish(EventEnd.Closed);
            }

            _subscriptions.Clear();
        }
    }

    internal void Remove(EventSubscription subscription)
    {
        lock (_gate)
        {
            _subscriptions.Remove(subscription);
        }
    }

    private long FirstAfter(long sequence)
    {
        long low = Math.Max(0, _count - _ring.Length);
        long high = _count;
        while (low < high)
        {
            long middle = low + ((high - low) / 2);
            if (_ring[middle % _ring.Length].Sequence <= sequence)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
