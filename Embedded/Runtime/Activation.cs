using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Cloud.Embedded.Runtime;

/// <summary>One activation of a grain: its instance, its mailbox and its turns.</summary>
/// <remarks>Every field without a comment is touched in turns only.</remarks>
internal sealed partial class Activation : WorkGroup, IGrainContext, ICallHost
{
    private const int MaxForwards = 8;

    [ThreadStatic]
    private static Activation? _constructing;

    private readonly Mailbox _waiting = new();
    private readonly Dictionary<Type, object> _components = [];
    private readonly TaskCompletionSource _deactivated = new();
    private readonly bool _countsRequests;
    private AsyncServiceScope _scope;
    private Lifecycle? _lifecycle;
    private Dictionary<Guid, int>? _reentrantSections;
    private HashSet<GrainTimer>? _timers;
    private GrainReference? _reference;
    private GrainCall? _blocking;
    private int _running;
    private bool _dispatching;
    private DeactivationReason _reason;
    private CancellationToken _deactivationToken;
    private CancellationTokenSource? _activating;
    private bool _deactivationRequested;
    private bool _deactivationStarted;
    private bool _activationFailed;
    private Exception? _failure;
    private long _keepAliveUntil = long.MinValue;

    // Read by other threads.
    private volatile State _state = State.Creating;
    private long _idleSince;
    private int _requests;

    public Activation(Silo silo, GrainId id, GrainClass grainClass)
        : base(silo.Cluster.Runner)
    {
        Silo = silo;
        GrainId = id;
        Class = grainClass;
        ActivationId = new ActivationId(silo.Cluster.Runner.NewGuid());
        _idleSince = silo.Now;
        SiloMessagingOptions limits = silo.SiloMessagingOptions;
        HardLimit = grainClass.MaxLocalWorkers > 0 ? limits.MaxEnqueuedRequestsHardLimit_StatelessWorker : limits.MaxEnqueuedRequestsHardLimit;
        SoftLimit = grainClass.MaxLocalWorkers > 0 ? limits.MaxEnqueuedRequestsSoftLimit_StatelessWorker : limits.MaxEnqueuedRequestsSoftLimit;
        _countsRequests = HardLimit > 0 || SoftLimit > 0 || grainClass.MaxLocalWorkers > 0;

        // Before the directory lets go of its lock, so that a silo that stops sees every activation that was placed on it.
        silo.Add(this);
    }

    private enum State
    {
        Creating,
        Activating,
        Valid,
        Deactivating,
        Gone,
    }

    /// <summary>The activation whose instance this thread is constructing.</summary>
    public static Activation? Constructing => _constructing;

    public Silo Silo { get; }

    public override RuntimeClient Runtime => Silo;

    public GrainClass Class { get; }

    public GrainId GrainId { get; }

    public ActivationId ActivationId { get; }

    public GrainAddress Address => new() { GrainId = GrainId, ActivationId = ActivationId, SiloAddress = Silo.Address };

    public object? GrainInstance { get; private set; }

    public IServiceProvider ActivationServices => _scope.ServiceProvider;

    public IGrainLifecycle ObservableLifecycle => _lifecycle ??= new Lifecycle();

    public Task Deactivated => _deactivated.Task;

    /// <summary>Whether requests must go to another activation. Any thread.</summary>
    public bool IsGone => _state == State.Gone;

    public bool IsValid => _state == State.Valid;

    public bool IsExecuting => _running > 0;

    /// <summary>Requests that wait or run; counted for stateless workers and where a limit is set. Any thread.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public GrainReference GrainReference => _reference ??= Silo.References.Create(GrainId, null);

    private int HardLimit { get; }

    private int SoftLimit { get; }

    public object? GetTarget() => GrainInstance;

    public object? GetComponent(Type componentType) =>
        componentType.IsInstanceOfType(GrainInstance) ? GrainInstance
        : componentType.IsInstanceOfType(this) ? this
        : _components.GetValueOrDefault(componentType);

    public TComponent? Component<TComponent>()
        where TComponent : class => (TComponent?)_components.GetValueOrDefault(typeof(TComponent));

    public void SetComponent<TComponent>(TComponent? value)
        where TComponent : class
    {
        if (value is null)
        {
            _components.Remove(typeof(TComponent));
        }
        else
        {
            _components[typeof(TComponent)] = value;
        }
    }

    public bool Equals(IGrainContext? other) => ReferenceEquals(this, other);

    public override string ToString() => $"{GrainId}{ActivationId}@{Silo.Name}";

    /// <summary>Starts the activation. Any thread, once.</summary>
    /// <param name="context">The request context of the request that caused it.</param>
    public void Begin(Dictionary<string, object>? context)
    {
        Post(new Action(() =>
        {
            RequestContext.Values = context;
            _ = ActivateAsync();
        }));
    }

    /// <summary>Takes a request. Any thread.</summary>
    public void Receive(GrainCall call)
    {
        if (_countsRequests && !call.IsLocalOnly)
        {
            int count = Interlocked.Increment(ref _requests) - 1;
            if (HardLimit > 0 && count > HardLimit)
            {
                Interlocked.Decrement(ref _requests);
                string limit = Class.MaxLocalWorkers > 0
                    ? nameof(SiloMessagingOptions.MaxEnqueuedRequestsHardLimit_StatelessWorker)
                    : nameof(SiloMessagingOptions.MaxEnqueuedRequestsHardLimit);
                LogWarningRejected(Silo.Logger, count, GrainId, HardLimit);
                call.Fail(new LimitExceededException(limit, count, HardLimit, ToString()));
                return;
            }

            if (SoftLimit > 0 && count > SoftLimit)
            {
                LogWarningManyRequests(Silo.Logger, count, GrainId, SoftLimit);
            }
        }

        Post(call);
    }

    /// <summary>Any thread.</summary>
    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        if (ReferenceEquals(Current, this))
        {
            RequestDeactivation(deactivationReason, cancellationToken);
        }
        else
        {
            Post(new Action(() => RequestDeactivation(deactivationReason, cancellationToken)));
        }
    }

    public void DelayDeactivation(TimeSpan timeSpan)
    {
        if (timeSpan == Timeout.InfiniteTimeSpan || timeSpan == TimeSpan.MaxValue)
        {
            _keepAliveUntil = long.MaxValue;
        }
        else if (timeSpan <= TimeSpan.Zero)
        {
            _keepAliveUntil = long.MinValue;
        }
        else
        {
            _keepAliveUntil = Silo.Now + (long)timeSpan.TotalMilliseconds;
        }
    }

    /// <summary>Deactivates if idle for the limit. Any thread.</summary>
    /// <param name="ageLimit">The limit; null for the grain's own.</param>
    /// <returns>Whether that will be looked at.</returns>
    public bool CollectIfIdle(TimeSpan? ageLimit)
    {
        TimeSpan limit = ageLimit ?? Class.AgeLimit ?? Silo.CollectionAgeOf(Class);
        if (limit == Timeout.InfiniteTimeSpan || _state != State.Valid || Silo.Now - Volatile.Read(ref _idleSince) < limit.TotalMilliseconds)
        {
            return false;
        }

        Post(new Action(() =>
        {
            long now = Silo.Now;
            if (_state == State.Valid && _running == 0 && _waiting.Count == 0 && _keepAliveUntil <= now && now - _idleSince >= limit.TotalMilliseconds)
            {
                RequestDeactivation(new DeactivationReason(DeactivationReasonCode.ActivationIdle, "The activation has become idle."), default);
            }
        }));
        return true;
    }

    /// <summary>Ends everything at once, as the death of the process would. Any thread.</summary>
    public void Die()
    {
        _state = State.Gone;
        Kill();
        Silo.Cluster.Unregister(this);
        Silo.Remove(this);
        GrainTimer[] timers = [];
        lock (_components)
        {
            if (_timers is not null)
            {
                timers = [.. _timers];
                _timers = null;
            }
        }

        foreach (GrainTimer timer in timers)
        {
            timer.Abandon();
        }

        _deactivated.TrySetResult();
    }

    public void EnterReentrantSection(Guid id)
    {
        _reentrantSections ??= [];
        _reentrantSections[id] = _reentrantSections.GetValueOrDefault(id) + 1;

        // Requests of the chain that came before the section was entered may run now.
        if (_waiting.Count > 0)
        {
            Post(new Action(Pump));
        }
    }

    public void LeaveReentrantSection(Guid id)
    {
        if (_reentrantSections is not null && _reentrantSections.TryGetValue(id, out int count))
        {
            if (count <= 1)
            {
                _reentrantSections.Remove(id);
            }
            else
            {
                _reentrantSections[id] = count - 1;
            }
        }
    }

    public IGrainTimer RegisterTimer<TState>(Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options)
    {
        if (!ReferenceEquals(Current, this) && !ReferenceEquals(_constructing, this))
        {
            throw new InvalidOperationException($"A timer of {GrainId} can be started in one of its own turns only; this code runs outside, for example in Task.Run.");
        }

        GrainTimer<TState> timer = new(this, callback, state, options);
        lock (_components)
        {
            (_timers ??= []).Add(timer);
        }

        timer.Change(options.DueTime, options.Period);
        return timer;
    }

    public void OnTimerDisposed(GrainTimer timer)
    {
        lock (_components)
        {
            _timers?.Remove(timer);
        }
    }

    public void OnCallFinished(GrainCall call)
    {
        _running--;
        if (ReferenceEquals(_blocking, call))
        {
            _blocking = null;
        }

        if (_countsRequests && !call.IsLocalOnly)
        {
            Interlocked.Decrement(ref _requests);
        }

        if (call.IsKeepAlive)
        {
            Volatile.Write(ref _idleSince, Silo.Now);
        }

        if (!_dispatching)
        {
            Pump();
        }
    }

    protected override void RunItem(object item)
    {
        GrainCall call = (GrainCall)item;
        switch (_state)
        {
            case State.Gone when _failure is { } failure:
                call.Fail(failure);
                break;
            case State.Gone:
                Forward(call);
                break;
            case State.Valid when MayRun(call):
                _dispatching = true;
                Invoke(call);
                _dispatching = false;
                Pump();
                break;
            case State.Deactivating when call.IsLocalOnly:
                break;
            default:
                _waiting.Add(call, MayInterleaveEver(call));
                break;
        }
    }

    protected override void OnUnhandledException(Exception exception) => LogErrorUnhandled(Silo.Logger, exception, GrainId);

    private bool MayInterleaveEver(GrainCall call) =>
        call.IsAlwaysInterleave || call.IsReadOnly || Class.IsReentrant || Class.MayInterleave is not null || call.Context is not null;

    private bool MayRun(GrainCall call)
    {
        if (_running == 0 || call.IsAlwaysInterleave || _blocking is null || Class.IsReentrant)
        {
            return true;
        }

        if (_blocking.IsReadOnly && call.IsReadOnly)
        {
            return true;
        }

        if (_reentrantSections is { Count: > 0 } && call.Context is { } context && context.TryGetValue("#CCR", out object? chain) && _reentrantSections.ContainsKey((Guid)chain))
        {
            return true;
        }

        return Class.MayInterleave is { } predicate && (predicate(GrainInstance!, call) || predicate(GrainInstance!, _blocking));
    }

    private void Invoke(GrainCall call)
    {
        if (Silo.IsExpired(call))
        {
            LogDebugExpired(Silo.Logger, call);
            if (_countsRequests && !call.IsLocalOnly)
            {
                Interlocked.Decrement(ref _requests);
            }

            return;
        }

        _running++;
        if (_blocking is null && !call.IsAlwaysInterleave)
        {
            _blocking = call;
        }

        RequestContext.Values = call.Context;
        call.StartActivity();
        call.Start(this);
    }

    /// <summary>Runs what may run now; when nothing runs, a pending deactivation goes first.</summary>
    private void Pump()
    {
        if (_dispatching)
        {
            return;
        }

        _dispatching = true;
        try
        {
            int index = 0;
            while (true)
            {
                if (_deactivationRequested)
                {
                    if (_running == 0 && !_deactivationStarted && _state == State.Deactivating)
                    {
                        _deactivationStarted = true;
                        _ = FinishDeactivationAsync();
                    }

                    return;
                }

                if (_state != State.Valid || index >= _waiting.Count)
                {
                    return;
                }

                GrainCall call = _waiting[index];
                bool mayRun;
                try
                {
                    mayRun = MayRun(call);
                }
                catch (Exception exception)
                {
                    LogErrorPredicate(Silo.Logger, exception, GrainId, call);
                    _waiting.RemoveAt(index);
                    call.Fail(exception);
                    continue;
                }

                if (!mayRun)
                {
                    if (_waiting.Interleaving == 0)
                    {
                        return;
                    }

                    index++;
                    continue;
                }

                _waiting.RemoveAt(index);
                ExecutionContext? baseline = ExecutionContext.Capture();
                Invoke(call);
                if (baseline is not null && ExecutionContext.Capture() != baseline)
                {
                    ExecutionContext.Restore(baseline);
                }
            }
        }
        finally
        {
            _dispatching = false;
        }
    }

    private void Forward(GrainCall call)
    {
        if (call.IsLocalOnly)
        {
            return;
        }

        if (++call.ForwardCount > MaxForwards)
        {
            call.Fail(new OrleansMessageRejectionException($"Forwarding failed: {call} was passed on {MaxForwards} times."));
            return;
        }

        Silo.Cluster.Deliver(call);
    }

    private async Task ActivateAsync()
    {
        Exception? failure = null;
        using CancellationTokenSource timeout = new(Silo.CollectionOptions.ActivationTimeout, Silo.Time);
        _activating = timeout;
        _state = State.Activating;
        try
        {
            _scope = Silo.Services.CreateAsyncScope();
            Activation? outer = _constructing;
            _constructing = this;
            try
            {
                // The scope remembers the context for whoever asks for it later.
                _ = _scope.ServiceProvider.GetRequiredService<IGrainContext>();
                GrainInstance = Class.Construct(this);
            }
            finally
            {
                _constructing = outer;
            }

            if (GrainInstance is ILifecycleParticipant<IGrainLifecycle> participant)
            {
                participant.Participate(ObservableLifecycle);
            }

            if (_lifecycle is not null)
            {
                await _lifecycle.OnStart(timeout.Token).WaitAsync(timeout.Token);
            }

            if (GrainInstance is IGrainBase grain)
            {
                Task task = grain.OnActivateAsync(timeout.Token);
                await (task.IsCompleted ? task : task.WaitAsync(timeout.Token));
            }

        }
        catch (Exception exception)
        {
            failure = exception is OperationCanceledException && timeout.IsCancellationRequested && !_deactivationRequested
                ? new TimeoutException($"Activation of {GrainId} did not end within {Silo.CollectionOptions.ActivationTimeout}.", exception)
                : exception;
        }

        _activating = null;
        if (_state == State.Gone)
        {
            return;
        }

        if (failure is not null && !_deactivationRequested)
        {
            LogErrorActivation(Silo.Logger, failure, GrainId);
            _reason = new DeactivationReason(DeactivationReasonCode.ActivationFailed, failure, $"Failed to activate grain {GrainId}.");
            _deactivationRequested = true;
            _deactivationStarted = true;
            _state = State.Deactivating;
            await FinishDeactivationAsync(failed: true);
            return;
        }

        if (_deactivationRequested)
        {
            _activationFailed = failure is not null;
            _state = State.Deactivating;
        }
        else
        {
            _state = State.Valid;
            Volatile.Write(ref _idleSince, Silo.Now);
        }

        Pump();
    }

    private void RequestDeactivation(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_deactivationRequested || _state == State.Gone)
        {
            return;
        }

        _deactivationRequested = true;
        _reason = reason;
        _deactivationToken = cancellationToken;
        if (_state is State.Creating or State.Activating)
        {
            // A grain that asks for it while it activates gets to end its activation; a silo that stops does not wait.
            if (reason.ReasonCode != DeactivationReasonCode.ApplicationRequested)
            {
                _activating?.Cancel();
            }

            return;
        }

        _state = State.Deactivating;
        Pump();
    }

    private async Task FinishDeactivationAsync(bool failed = false)
    {
        using CancellationTokenSource timeout = new(Silo.CollectionOptions.DeactivationTimeout, Silo.Time);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _deactivationToken);
        DisposeTimers();
        if (!failed && !_activationFailed && GrainInstance is IGrainBase grain)
        {
            try
            {
                await grain.OnDeactivateAsync(_reason, linked.Token).WaitAsync(linked.Token);
            }
            catch (Exception exception)
            {
                LogErrorDeactivation(Silo.Logger, exception, GrainId);
            }
        }

        if (_lifecycle is not null)
        {
            try
            {
                await _lifecycle.OnStop(linked.Token).WaitAsync(linked.Token);
            }
            catch (Exception exception)
            {
                LogErrorDeactivation(Silo.Logger, exception, GrainId);
            }
        }

        Component<AsyncEnumeratorTable>()?.Dispose();
        DisposeTimers();
        Silo.Cluster.Unregister(this);
        Silo.Remove(this);
        _state = State.Gone;
        try
        {
            if (GrainInstance is IAsyncDisposable asyncDisposable)
            {
                await asyncDisposable.DisposeAsync();
            }
            else
            {
                (GrainInstance as IDisposable)?.Dispose();
            }

            await _scope.DisposeAsync();
        }
        catch (Exception exception)
        {
            LogErrorDeactivation(Silo.Logger, exception, GrainId);
        }

        _failure = failed ? _reason.Exception : null;
        while (_waiting.Count > 0)
        {
            GrainCall call = _waiting[0];
            _waiting.RemoveAt(0);
            if (_failure is null)
            {
                Forward(call);
            }
            else
            {
                call.Fail(_failure);
            }
        }

        _deactivated.TrySetResult();
    }

    private void DisposeTimers()
    {
        GrainTimer[] timers;
        lock (_components)
        {
            timers = _timers is null ? [] : [.. _timers];
            _timers = null;
        }

        Array.Sort(timers, static (left, right) => left.Number.CompareTo(right.Number));
        foreach (GrainTimer timer in timers)
        {
            timer.Dispose();
        }
    }

    [LoggerMessage(30, LogLevel.Error, "Failed to activate {GrainId}")]
    private static partial void LogErrorActivation(ILogger logger, Exception exception, GrainId grainId);

    [LoggerMessage(31, LogLevel.Error, "Exception while deactivating {GrainId}")]
    private static partial void LogErrorDeactivation(ILogger logger, Exception exception, GrainId grainId);

    [LoggerMessage(32, LogLevel.Error, "Unhandled exception in a turn of {GrainId}")]
    private static partial void LogErrorUnhandled(ILogger logger, Exception exception, GrainId grainId);

    [LoggerMessage(33, LogLevel.Warning, "Refused a request: {Count} requests wait for {GrainId}, the limit is {Limit}")]
    private static partial void LogWarningRejected(ILogger logger, int count, GrainId grainId, int limit);

    [LoggerMessage(34, LogLevel.Warning, "{Count} requests wait for {GrainId}, the soft limit is {Limit}")]
    private static partial void LogWarningManyRequests(ILogger logger, int count, GrainId grainId, int limit);

    [LoggerMessage(35, LogLevel.Debug, "Dropped a request that is past its time-out: {Call}")]
    private static partial void LogDebugExpired(ILogger logger, GrainCall call);

    [LoggerMessage(36, LogLevel.Error, "The MayInterleave predicate of {GrainId} failed for {Call}")]
    private static partial void LogErrorPredicate(ILogger logger, Exception exception, GrainId grainId, GrainCall call);
}
