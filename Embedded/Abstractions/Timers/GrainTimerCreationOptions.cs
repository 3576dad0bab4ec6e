using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>How a grain timer ticks.</summary>
public readonly struct GrainTimerCreationOptions()
{
    /// <summary>Sets the two times.</summary>
    /// <param name="dueTime">Time to the first tick.</param>
    /// <param name="period">Time from the end of a callback to the next tick.</param>
    [SetsRequiredMembers]
    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period)
        : this()
    {
        DueTime = dueTime;
        Period = period;
    }

    /// <summary>Time to the first tick; infinite for a timer that waits for <see cref="IGrainTimer.Change"/>.</summary>
    public required TimeSpan DueTime { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Time from the end of a callback to the next tick; infinite for one tick.</summary>
    public required TimeSpan Period { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Whether ticks interleave with requests. If not, a tick waits behind a running request.</summary>
    public bool Interleave { get; init; }

    /// <summary>Whether a tick counts as use of the activation, so that it is not collected as idle.</summary>
    public bool KeepAlive { get; init; }
}
