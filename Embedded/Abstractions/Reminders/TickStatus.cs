namespace Orleans.Runtime;

/// <summary>When a reminder was due.</summary>
[GenerateSerializer]
public readonly struct TickStatus
{
    /// <summary>Sets all.</summary>
    /// <param name="firstTickTime">When it was first due, UTC.</param>
    /// <param name="period">Time between ticks.</param>
    /// <param name="timeStamp">Now, UTC.</param>
    public TickStatus(DateTime firstTickTime, TimeSpan period, DateTime timeStamp)
    {
        FirstTickTime = firstTickTime;
        Period = period;
        CurrentTickTime = timeStamp;
    }

    /// <summary>When it was first due, UTC.</summary>
    [Id(0)]
    public DateTime FirstTickTime { get; }

    /// <summary>Time between ticks.</summary>
    [Id(1)]
    public TimeSpan Period { get; }

    /// <summary>Now, UTC.</summary>
    [Id(2)]
    public DateTime CurrentTickTime { get; }

    /// <summary>The three values.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"<{FirstTickTime:O}, {Period}, {CurrentTickTime:O}>";
}
