using Orleans.Runtime;
using Orleans.Timers;

namespace Cloud.Embedded.Runtime;

internal sealed class TimerRegistry : ITimerRegistry
{
    public IGrainTimer RegisterGrainTimer<TState>(IGrainContext grainContext, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options)
    {
        ArgumentNullException.ThrowIfNull(grainContext);
        ArgumentNullException.ThrowIfNull(callback);
        return ((Activation)grainContext).RegisterTimer(callback, state, options);
    }
}
