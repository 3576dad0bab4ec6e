namespace Cloud.Embedded.Simulation;

/// <summary>The simulated clock as one silo sees it.</summary>
internal sealed class SimulatedTime(SimulatedScheduler scheduler, Func<TimeSpan> skew) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => scheduler.Start.AddTicks(scheduler.Now) + skew();

    public override long GetTimestamp() => scheduler.Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        SimulatedTimer timer = new(scheduler, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}
