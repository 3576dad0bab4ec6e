namespace Cloud.Testing.L1;

/// <summary>A clock on which waiting takes no time: a timer moves it forward and fires at once, and each look at it moves it by a millisecond. The same calls give the same times.</summary>
public sealed class InstantTime : TimeProvider
{
    private long _milliseconds;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddMilliseconds(Interlocked.Increment(ref _milliseconds));

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return new Timer(this, callback, state, dueTime);
    }

    private sealed class Timer : ITimer
    {
        private readonly InstantTime _owner;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private int _isArmed;

        public Timer(InstantTime owner, TimerCallback callback, object? state, TimeSpan dueTime)
        {
            _owner = owner;
            _callback = callback;
            _state = state;
            Change(dueTime, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Volatile.Write(ref _isArmed, dueTime == Timeout.InfiniteTimeSpan ? 0 : 1);
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                Interlocked.Add(ref _owner._milliseconds, (long)Math.Ceiling(dueTime.TotalMilliseconds));
                ThreadPool.QueueUserWorkItem(static timer => timer.Fire(), this, preferLocal: false);
            }

            return true;
        }

        public void Dispose() => Volatile.Write(ref _isArmed, 0);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire()
        {
            if (Interlocked.Exchange(ref _isArmed, 0) == 1)
            {
                _callback(_state);
            }
        }
    }
}
