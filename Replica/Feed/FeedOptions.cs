namespace Cloud.Replica.Feed;

/// <summary>Bounds and waits of the feed's followers.</summary>
public sealed record FeedOptions
{
    /// <summary>Most chunks that wait for the block that they stand on.</summary>
    public int MaxHeldChunks { get; init; } = 256;

    /// <summary>Most flashblocks that wait for those before them (flashblocks 4.2).</summary>
    public int MaxHeldFlashblocks { get; init; } = 1024;

    /// <summary>Slots ahead of the one under construction whose messages are taken.</summary>
    public ulong MaxSlotsAhead { get; init; } = 1;

    /// <summary>Slots behind the one under construction that are remembered, so that their messages are known as duplicates.</summary>
    public ulong SlotsBehind { get; init; } = 4;

    /// <summary>How long a message that is announced, or must exist, may be on its way before it is pulled.</summary>
    public TimeSpan PullDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Wait after the first pull; it doubles with each.</summary>
    public TimeSpan FirstBackOff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait between pulls.</summary>
    public TimeSpan LongestBackOff { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a chunk of a slot whose deadline is over is pulled all the same, so that a replica which was away can follow.</summary>
    public TimeSpan CatchUpPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Most chunks under construction above the newest sealed one.</summary>
    public int MaxPendingChunks { get; init; } = 3;

    /// <summary>How long missing flashblocks are pulled before the chunk counts as degraded: readers then get the newest sealed block as pending.</summary>
    public TimeSpan FlashblockPatience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The wait before a pull is repeated.</summary>
    /// <param name="attempt">How many were made, from 1.</param>
    /// <returns>The wait.</returns>
    internal TimeSpan BackOff(int attempt)
    {
        double factor = Math.Pow(2, Math.Min(attempt - 1, 30));
        return FirstBackOff.Ticks * factor >= LongestBackOff.Ticks ? LongestBackOff : FirstBackOff * factor;
    }
}
