namespace Cloud.Gateway.WebSockets;

/// <summary>
/// Pings the WebSockets that frames are written to directly, and gives up those whose client does not answer. One timer for all: with one for each of thousands of connections, keeping the timers in order
/// costs more than the pings, and every one that fires wakes a thread of the pool. Safe for several threads.
/// </summary>
internal sealed class PingSweep : IDisposable
{
    // Each connection is looked at so often within the shorter of both times,
    private const int Looks = 4;

    // and not all of them together, which would hold up what is pushed at the time.
    private const int Parts = 64;

    private static readonly TimeSpan ShortestStep = TimeSpan.FromMilliseconds(10);

    private readonly PushOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly List<Entry> _entries = [];
    private readonly ITimer _timer;
    private int _next;
    private int _isStepping;

    /// <summary>Begins to ping.</summary>
    /// <param name="options">How often.</param>
    /// <param name="time">The clock of the network: that of the machine, but in tests of this class.</param>
    public PingSweep(PushOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        TimeSpan step = (options.PingInterval < options.PongTimeout ? options.PingInterval : options.PongTimeout) / (Looks * Parts);
        step = step < ShortestStep ? ShortestStep : step;
        _timer = time.CreateTimer(static state => ((PingSweep)state!).Step(), this, step, step);
    }

    /// <summary>Pings a connection from now on.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="direct">Where its frames are written; null where they are not, and the server pings.</param>
    /// <returns>Ends it when disposed.</returns>
    public IDisposable? Add(PushConnection connection, SocketPipeWriter? direct)
    {
        if (direct is null)
        {
            return null;
        }

        // Thousands that came together are not pinged together.
        long head = (long)(_options.PingInterval.TotalSeconds * _time.TimestampFrequency * Random.Shared.NextDouble() / 2);
        Entry entry = new(this, connection, direct) { Since = _time.GetTimestamp() - head };
        lock (_gate)
        {
            entry.Index = _entries.Count;
            _entries.Add(entry);
        }

        return entry;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Step()
    {
        if (Interlocked.Exchange(ref _isStepping, 1) == 1)
        {
            return;
        }

        Entry[] some;
        lock (_gate)
        {
            some = new Entry[(_entries.Count + Parts - 1) / Parts];
            for (int i = 0; i < some.Length; i++)
            {
                _next = _next < _entries.Count ? _next : 0;
                some[i] = _entries[_next++];
            }
        }

        long now = _time.GetTimestamp();
        foreach (Entry entry in some)
        {
            entry.Look(now);
        }

        Volatile.Write(ref _isStepping, 0);
    }

    private void Remove(Entry entry)
    {
        lock (_gate)
        {
            if (entry.Index < 0)
            {
                return;
            }

            // The last one takes its place: it may be looked at once too often or too seldom.
            Entry last = _entries[^1];
            _entries[entry.Index] = last;
            last.Index = entry.Index;
            _entries.RemoveAt(_entries.Count - 1);
            entry.Index = -1;
        }
    }

    private sealed class Entry(PingSweep sweep, PushConnection connection, SocketPipeWriter direct) : IDisposable
    {
        private bool _isWaiting;

        /// <summary>Its place; -1 where it has none any more.</summary>
        public int Index { get; set; }

        /// <summary>When it was pinged last.</summary>
        public long Since { get; set; }

        public void Look(long now)
        {
            TimeSpan passed = sweep._time.GetElapsedTime(Since, now);
            if (_isWaiting && !direct.HasRead)
            {
                if (passed >= sweep._options.PongTimeout)
                {
                    connection.GiveUp();
                }

                return;
            }

            _isWaiting = false;
            if (passed >= sweep._options.PingInterval)
            {
                Since = now;
                _isWaiting = true;
                direct.HasRead = false;
                connection.Ping();
            }
        }

        public void Dispose() => sweep.Remove(this);
    }
}
