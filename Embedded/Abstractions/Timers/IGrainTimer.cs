namespace Orleans.Runtime;

/// <summary>A timer of a grain.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Sets it anew. Inside its own callback this takes effect when the callback ends.</summary>
    /// <param name="dueTime">Time to the next tick; infinite stops the timer. Whole milliseconds, fractions are cut off.</param>
    /// <param name="period">Time from the end of a callback to the next tick; infinite for one tick.</param>
    void Change(TimeSpan dueTime, TimeSpan period);
}
