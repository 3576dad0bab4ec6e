using System.Globalization;
using Cloud.Gateway.Status.Documents;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Status;

/// <summary>The newest events of the status API and who reads them. Transactions are kept apart, so that they do not drive out what comes seldom. Safe for several threads.</summary>
internal sealed class EventLog
{
    private const int IdBase = 36;
    private const int MaxIdLength = 40;
    private static readonly string Digits = "0123456789abcdefghijklmnopqrstuvwxyz";

    private readonly Lock _gate = new();
    private readonly Ring _transactions;
    private readonly Ring _others;
    private readonly List<EventStream> _streams = [];
    private readonly StatusOptions _options;
    private readonly string _name;
    private long _sequence;
    private bool _isClosed;

    /// <summary>Makes an empty log.</summary>
    /// <param name="options">Bounds.</param>
    /// <param name="time">The clock, which names the log.</param>
    public EventLog(StatusOptions options, TimeProvider time)
    {
        _options = options;
        _transactions = new Ring(options.MaxEvents);
        _others = new Ring(options.MaxEvents);
        _name = ToBase36((ulong)Math.Max(0, time.GetUtcNow().ToUnixTimeMilliseconds()));
    }

    /// <summary>Id of the newest event.</summary>
    public string LastId => IdOf(Interlocked.Read(ref _sequence));

    /// <summary>How many read.</summary>
    public int Streams
    {
        get
        {
            lock (_gate)
            {
                return _streams.Count;
            }
        }
    }

    /// <summary>An event's id.</summary>
    /// <param name="sequence">Its sequence.</param>
    /// <returns>LOG-SEQUENCE.</returns>
    public string IdOf(long sequence) => string.Create(CultureInfo.InvariantCulture, $"{_name}-{sequence}");

    /// <summary>Whether a text has the form of an id.</summary>
    /// <param name="id">The text.</param>
    /// <returns>Nothing about whether the log has it.</returns>
    public static bool IsId(string id)
    {
        int dash = id.IndexOf('-', StringComparison.Ordinal);
        return id.Length <= MaxIdLength && dash is >= 1 and <= 16 && id.AsSpan(0, dash).IndexOfAnyExcept(Digits) < 0
            && id.Length - dash - 1 is >= 1 and <= 19 && id.AsSpan(dash + 1).IndexOfAnyExceptInRange('0', '9') < 0;
    }

    /// <summary>Adds an event.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="document">Its document, or a <see cref="Func{TResult}"/> that makes it.</param>
    /// <param name="transaction">The transaction that it is about.</param>
    public void Add(string name, object document, Hash256? transaction = null)
    {
        lock (_gate)
        {
            LoggedEvent logged = new(_sequence + 1, name, document, transaction);
            (transaction is null ? _others : _transactions).Add(logged);
            Interlocked.Increment(ref _sequence);
            foreach (EventStream stream in _streams)
            {
                stream.Offer(logged);
            }
        }
    }

    /// <summary>Sends a control event to all.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="document">Its document.</param>
    public void Tell(string name, object document)
    {
        LoggedEvent logged = new(null, name, document);
        lock (_gate)
        {
            foreach (EventStream stream in _streams)
            {
                stream.Offer(logged);
            }
        }
    }

    /// <summary>Begins a stream.</summary>
    /// <param name="filter">What the reader wants.</param>
    /// <param name="after">Id of the last event that it has; null for only those to come.</param>
    /// <returns>The stream; null where there are as many as may be.</returns>
    public EventStream? Open(EventFilter filter, string? after)
    {
        lock (_gate)
        {
            if (_streams.Count >= _options.MaxStreams || _isClosed)
            {
                return null;
            }

            List<LoggedEvent> missed = [];
            if (after is not null)
            {
                Collect(filter, after, missed);
            }

            EventStream stream = new(this, filter, _options.MaxQueuedEvents + missed.Count);
            foreach (LoggedEvent logged in missed)
            {
                stream.Offer(logged);
            }

            _streams.Add(stream);
            return stream;
        }
    }

    /// <summary>Ends all streams.</summary>
    /// <param name="reason">Which the readers are told.</param>
    public void Close(string reason)
    {
        lock (_gate)
        {
            _isClosed = true;
            foreach (EventStream stream in _streams)
            {
                stream.Finish(reason);
            }
        }
    }

    internal void Remove(EventStream stream)
    {
        lock (_gate)
        {
            _streams.Remove(stream);
        }
    }

    private void Collect(EventFilter filter, string after, List<LoggedEvent> missed)
    {
        int dash = after.IndexOf('-', StringComparison.Ordinal);
        string? fault = null;
        long sequence = 0;
        if (!after.AsSpan(0, dash).SequenceEqual(_name))
        {
            fault = "other-log";
        }
        else if (!long.TryParse(after.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out sequence) || sequence > _sequence)
        {
            fault = "unknown-id";
        }

        long oldest = Math.Max(_others.Floor, filter.WantsTransactions ? _transactions.Floor : 0);
        if (fault is null && sequence < oldest)
        {
            fault = "too-old";
        }

        if (fault is not null)
        {
            missed.Add(new LoggedEvent(null, EventNames.Reset, new ResetDocument(fault, IdOf(oldest), IdOf(_sequence))));
            return;
        }

        missed.AddRange(_others.After(sequence));
        if (filter.WantsTransactions)
        {
            missed.AddRange(_transactions.After(sequence));
            missed.Sort(static (left, right) => left.Sequence!.Value.CompareTo(right.Sequence!.Value));
        }

        missed.RemoveAll(logged => !filter.Wants(logged));
    }

    private static string ToBase36(ulong value)
    {
        Span<char> text = stackalloc char[16];
        int start = text.Length;
        do
        {
            text[--start] = Digits[(int)(value % IdBase)];
            value /= IdBase;
        }
        while (value > 0);
        return new string(text[start..]);
    }

    /// <summary>The newest events of one kind.</summary>
    private sealed class Ring(int capacity)
    {
        private readonly LoggedEvent[] _events = new LoggedEvent[capacity];
        private long _count;

        /// <summary>Events above this sequence are kept.</summary>
        public long Floor { get; private set; }

        public void Add(LoggedEvent logged)
        {
            ref LoggedEvent place = ref _events[_count++ % capacity];
            Floor = place?.Sequence ?? Floor;
            place = logged;
        }

        public IEnumerable<LoggedEvent> After(long sequence)
        {
            for (long i = Math.Max(0, _count - capacity); i < _count; i++)
            {
                if (_events[i % capacity].Sequence > sequence)
                {
                    yield return _events[i % capacity];
                }
            }
        }
    }
}
