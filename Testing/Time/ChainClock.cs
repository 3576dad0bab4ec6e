namespace Cloud.Testing.Time;

/// <summary>The clock of a chain that lives only as long as its process: it stands still while nothing runs, and can be moved forward. Safe for several threads.</summary>
/// <remarks>Timers and time-outs run in real time; only what time it is differs.</remarks>
public sealed class ChainClock : TimeProvider
{
    private readonly TimeProvider _real;
    private long _offset;
    private long _frozenAt;

    /// <summary>Makes a clock that stands still.</summary>
    /// <param name="at">What time it is.</param>
    /// <param name="real">The real clock; null for the system's.</param>
    public ChainClock(DateTimeOffset at, TimeProvider? real = null)
    {
        _real = real ?? System;
        _frozenAt = at.UtcTicks;
    }

    /// <summary>How far it is ahead of the real clock; negative where it is behind.</summary>
    public TimeSpan Offset => GetUtcNow() - _real.GetUtcNow();

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        long frozen = Volatile.Read(ref _frozenAt);
        return frozen != 0 ? new DateTimeOffset(frozen, TimeSpan.Zero) : _real.GetUtcNow().AddTicks(Volatile.Read(ref _offset));
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => _real.GetTimestamp();

    /// <inheritdoc/>
    public override long TimestampFrequency => _real.TimestampFrequency;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => _real.CreateTimer(callback, state, dueTime, period);

    /// <summary>Lets it run, from the time at which it stood.</summary>
    public void Run()
    {
        if (Volatile.Read(ref _frozenAt) is var frozen and not 0)
        {
            Volatile.Write(ref _offset, frozen - _real.GetUtcNow().UtcTicks);
            Volatile.Write(ref _frozenAt, 0);
        }
    }

    /// <summary>Lets it stand still.</summary>
    public void Stop()
    {
        if (Volatile.Read(ref _frozenAt) == 0)
        {
            Volatile.Write(ref _frozenAt, GetUtcNow().UtcTicks);
        }
    }

    /// <summary>Moves it forward.</summary>
    /// <param name="by">By how much; not negative.</param>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        if (Volatile.Read(ref _frozenAt) != 0)
        {
            Interlocked.Add(ref _frozenAt, by.Ticks);
        }
        else
        {
            Interlocked.Add(ref _offset, by.Ticks);
        }
    }
}
