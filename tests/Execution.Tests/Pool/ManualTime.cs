namespace Cloud.Execution.Tests.Pool;

/// <summary>A clock that stands until it is moved.</summary>
internal class ManualTime : TimeProvider
{
    private long _ticks = DateTimeOffset.UnixEpoch.AddYears(50).Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);

    public void AdvanceTo(DateTimeOffset instant)
    {
        if (instant > GetUtcNow())
        {
            Interlocked.Exchange(ref _ticks, instant.Ticks);
        }
    }
}
