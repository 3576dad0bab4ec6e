namespace Cloud.Protocol.Time;

/// <summary>When the flashblocks of one chunk close: every interval, counted backwards from the chunk's end, so that the last one closes with the chunk.</summary>
/// <remarks>
/// A chunk that starts late has fewer flashblocks, not shorter ones; only the first can be shorter than the interval (flashblocks 3.2). One more can come before it, where a slot is handed over: the next
/// proposer's first sign of life then has the rest of the interval to be late.
/// </remarks>
public readonly record struct FlashblockSchedule
{
    private readonly DateTimeOffset _end;
    private readonly long _interval;
    private readonly DateTimeOffset? _early;

    /// <summary>Lays out the flashblocks.</summary>
    /// <param name="start">When building starts.</param>
    /// <param name="end">The chunk's deadline.</param>
    /// <param name="interval">Time between flashblocks, above 0.</param>
    /// <param name="early">How long after the start one more closes, where the others have not begun to by then; null for none.</param>
    public FlashblockSchedule(DateTimeOffset start, DateTimeOffset end, TimeSpan interval, TimeSpan? early = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        _end = end;
        _interval = interval.Ticks;
        long remaining = (end - start).Ticks;

        // A chunk whose time is over already still gets its one flashblock: the smallest valid block.
        Count = remaining <= 0 ? 1 : (int)Math.Min(int.MaxValue, ((remaining - 1) / _interval) + 1);
        if (early is { } after && start + after < ClosesAt(0))
        {
            _early = start + after;
            Count++;
        }
    }

    /// <summary>How many flashblocks close, at least one.</summary>
    public int Count { get; }

    /// <summary>When a flashblock closes.</summary>
    /// <param name="number">From 0 to <see cref="Count"/> - 1.</param>
    /// <returns>The instant; for the last one the chunk's deadline.</returns>
    public DateTimeOffset ClosesAt(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, Count);
        return number == 0 && _early is { } early ? early : _end.AddTicks(-_interval * (Count - 1 - number));
    }

    /// <summary>The flashblock to close next.</summary>
    /// <param name="now">An instant.</param>
    /// <returns>The number of the first one that closes after the instant, or null when all are over.</returns>
    public int? NextAfter(DateTimeOffset now)
    {
        if (now >= _end)
        {
            return null;
        }

        long left = ((_end - now).Ticks - 1) / _interval;
        int next = (int)Math.Max(0, Count - 1 - left);
        return _early is { } early && next <= 1 ? now < early ? 0 : 1 : next;
    }
}
