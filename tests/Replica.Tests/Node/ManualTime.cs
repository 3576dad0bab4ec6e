namespace Cloud.Replica.Tests.Node;

/// <summary>A clock that a test moves; timers fire on the way, in order.</summary>
internal sealed class ManualTime(DateTimeOffset start) : TimeProvider
{
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = start;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _now.UtcTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ManualTimer timer = new(this, callback, state);
        _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>False where no timer is set.</summary>
    public bool AdvanceToNextTimer()
    {
        DateTimeOffset? next = _timers.Min(timer => timer.At);
        if (next is { } at)
        {
            AdvanceTo(at > _now ? at : _now);
        }

        return next is not null;
    }

    public void AdvanceTo(DateTimeOffset until)
    {
        while (true)
        {
            ManualTimer? next = null;
            foreach (ManualTimer timer in _timers)
            {
                if (timer.At <= until && (next is null || timer.At < next.At))
                {
                    next = timer;
                }
            }

            if (next is null)
            {
                break;
            }

            _now = next.At > _now ? next.At.Value : _now;
            next.Fire();
        }

        _now = until > _now ? until : _now;
    }

    public void Advance(TimeSpan by) => AdvanceTo(_now + by);

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        internal DateTimeOffset? At { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            At = dueTime == Timeout.InfiniteTimeSpan ? null : time._now + dueTime;
            return true;
        }

        internal void Fire()
        {
            At = _period > TimeSpan.Zero ? At + _period : null;
            callback(state);
        }

        public void Dispose()
        {
            At = null;
            time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
