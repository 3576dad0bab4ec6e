using System.Collections.Concurrent;

namespace Cloud.Testing.L1;

/// <summary>A clock whose timers never fire by themselves: a slow machine meets no deadline, and a test says when one has passed. Timestamps are the system's.</summary>
public sealed class TimeOutsOnDemand : TimeProvider
{
    private readonly ConcurrentDictionary<Timer, bool> _timers = [];

    /// <summary>Lets every timer that is armed fire.</summary>
    public void Elapse()
    {
        foreach (Timer timer in _timers.Keys)
        {
            timer.Fire();
        }
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return new Timer(this, callback, state, dueTime);
    }

    private sealed class Timer : ITimer
    {
        private readonly TimeOutsOnDemand _owner;
        private readonly TimerCallback _callback;
        private readonly object? _state;

        public Timer(TimeOutsOnDemand owner, TimerCallback callback, object? state, TimeSpan dueTime)
        {
            _owner = owner;
            _callback = callback;
            _state = state;
            Change(dueTime, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == Timeout.InfiniteTimeSpan)
            {
                _owner._timers.TryRemove(this, out _);
            }
            else
            {
                _owner._timers[this] = true;
            }

            return true;
        }

        public void Fire()
        {
            if (_owner._timers.TryRemove(this, out _))
            {
                _callback(_state);
            }
        }

        public void Dispose() => _owner._timers.TryRemove(this, out _);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
