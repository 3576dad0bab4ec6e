namespace Cloud.Gateway.Tests.Support;

/// <summary>A clock that moves when a test says so. Timers fire on the thread that moves it.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _now.Ticks;

    public void Advance(TimeSpan by)
    {
        DateTimeOffset end = _now + by;
        while (true)
        {
            ManualTimer? due;
            lock (_gate)
            {
                due = _timers.Where(timer => timer.At <= end).MinBy(timer => timer.At);
                _now = due?.At ?? end;
                if (due is not null)
                {
                    _timers.Remove(due);
                }
            }

            if (due is null)
            {
                return;
            }

            due.Fire();
        }
    }

    /// <summary>The same clock, for somebody whose timers are told from others'.</summary>
    public TimeProvider For(object owner) => new Share(this, owner);

    /// <summary>Moves to the next timer of somebody that is due soon; where none is, they still compute or write, and the clock stands.</summary>
    public void AdvanceToNext(object owner, TimeSpan within)
    {
        DateTimeOffset? next;
        lock (_gate)
        {
            next = _timers.Where(timer => ReferenceEquals(timer.Owner, owner)).Min(timer => (DateTimeOffset?)timer.At);
        }

        if (next <= _now + within)
        {
            Advance(next.Value > _now ? next.Value - _now : TimeSpan.Zero);
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => CreateTimer(this, callback, state, dueTime, period);

    private ManualTimer CreateTimer(object owner, TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ManualTimer timer = new(this, owner, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Share(ManualTime time, object owner) : TimeProvider
    {
        public override long TimestampFrequency => time.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow();

        public override long GetTimestamp() => time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => time.CreateTimer(owner, callback, state, dueTime, period);
    }

    private sealed class ManualTimer(ManualTime time, object owner, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public object Owner => owner;

        public DateTimeOffset At { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                _period = period;
                time._timers.Remove(this);
                if (dueTime >= TimeSpan.Zero)
                {
                    At = time._now + dueTime;
                    time._timers.Add(this);
                }
            }

            return true;
        }

        public void Fire()
        {
            if (_period > TimeSpan.Zero)
            {
                Change(_period, _period);
            }

            callback(state);
        }

        public void Dispose()
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
