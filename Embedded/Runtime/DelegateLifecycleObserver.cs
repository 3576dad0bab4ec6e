using Orleans;

namespace Cloud.Embedded.Runtime;

internal sealed class DelegateLifecycleObserver(Func<CancellationToken, Task> onStart, Func<CancellationToken, Task>? onStop) : ILifecycleObserver
{
    public Task OnStart(CancellationToken cancellationToken) => onStart(cancellationToken);

    public Task OnStop(CancellationToken cancellationToken) => onStop is null ? Task.CompletedTask : onStop(cancellationToken);
}
