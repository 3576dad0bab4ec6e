using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace Cloud.Embedded.Runtime;

/// <summary>An object that grains call through a reference; held weakly, one request at a time.</summary>
internal sealed partial class ObserverTarget(RuntimeClient runtime, GrainId id, IGrainObserver observer) : WorkGroup(runtime.Cluster.Runner), ICallHost
{
    private readonly WeakReference<IGrainObserver> _observer = new(observer);
    private readonly Queue<GrainCall> _waiting = new();
    private bool _running;

    public override RuntimeClient Runtime => runtime;

    public object? GetTarget() => _observer.TryGetTarget(out IGrainObserver? target) ? target : null;

    public object? GetComponent(Type componentType) => GetTarget() is { } target && componentType.IsInstanceOfType(target) ? target : null;

    public void OnCallFinished(GrainCall call)
    {
        if (call.IsAlwaysInterleave)
        {
            return;
        }

        _running = false;
        if (_waiting.Count > 0)
        {
            // As an item of its own: a long queue of calls that end at once must not pile up on the stack.
            Post(new Action(StartNext));
        }
    }

    public override string ToString() => id.ToString();

    protected override void RunItem(object item)
    {
        GrainCall call = (GrainCall)item;
        if (call.IsAlwaysInterleave)
        {
            Start(call);
        }
        else if (_running || _waiting.Count > 0)
        {
            _waiting.Enqueue(call);
        }
        else
        {
            _running = true;
            Start(call);
        }
    }

    protected override void OnUnhandledException(Exception exception) => LogErrorUnhandled(runtime.Logger, exception, id);

    private void StartNext()
    {
        if (!_running && _waiting.TryDequeue(out GrainCall? next))
        {
            _running = true;
            Start(next);
        }
    }

    private void Start(GrainCall call)
    {
        if (GetTarget() is null)
        {
            LogWarningCollected(runtime.Logger, id);
            runtime.RemoveObserver(id);
            return;
        }

        RequestContext.Values = call.Context;
        call.Start(this);
    }

    [LoggerMessage(20, LogLevel.Warning, "Observer {Id} was garbage collected; keep a reference to it while it is subscribed")]
    private static partial void LogWarningCollected(ILogger logger, GrainId id);

    [LoggerMessage(21, LogLevel.Error, "Unhandled exception in observer {Id}")]
    private static partial void LogErrorUnhandled(ILogger logger, Exception exception, GrainId id);
}
