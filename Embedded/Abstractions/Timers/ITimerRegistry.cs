using Orleans.Runtime;

namespace Orleans.Timers;

/// <summary>Starts timers of grains.</summary>
public interface ITimerRegistry
{
    /// <summary>Starts a timer whose ticks are turns of the grain.</summary>
    /// <typeparam name="TState">The type of what the callback gets.</typeparam>
    /// <param name="grainContext">The activation; the caller must be one of its turns.</param>
    /// <param name="callback">The callback.</param>
    /// <param name="state">What the callback gets.</param>
    /// <param name="options">Due time, period and the rest.</param>
    /// <returns>The timer.</returns>
    IGrainTimer RegisterGrainTimer<TState>(IGrainContext grainContext, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options);
}
