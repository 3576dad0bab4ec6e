namespace Cloud.Embedded.Simulation;

/// <summary>A timer of the simulated clock.</summary>
internal sealed class SimulatedTimer(SimulatedScheduler scheduler, TimerCallback callback, object? state) : ITimer
{
    private int _version;
    private TimeSpan _period;
    private bool _disposed;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (_disposed)
        {
            return false;
        }

        _version++;
        _period = period;
        if (dueTime != Timeout.InfiniteTimeSpan)
        {
            scheduler.AddTimer(this, _version, dueTime);
        }

        return true;
    }

    /// <summary>The time has come, unless the timer was changed since.</summary>
    public void Fire(int version)
    {
        if (_disposed || version != _version)
        {
            return;
        }

        if (_period > TimeSpan.Zero)
        {
            scheduler.AddTimer(this, _version, _period);
        }

        callback(state);
    }

    public bool IsDue(int version) => !_disposed && version == _version;

    public void Dispose() => _disposed = true;

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
