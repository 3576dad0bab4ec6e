using System.Diagnostics;
using System.Reflection;
using Cloud.Embedded.Serialization;
using Orleans.CodeGeneration;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Cloud.Embedded.Runtime;

/// <summary>A request, from the caller's proxy to the response: arguments, routing, and the caller's promise.</summary>
/// <remarks>Subclasses with typed fields for the arguments are emitted per grain method, so that a call costs one object and one task.</remarks>
internal abstract class GrainCall : IInvokable
{
    private const int Completed = 1;
    private static readonly ActivitySource Traces = new("Microsoft.Orleans.Application");
    private int _state;
    private Activity? _callerActivity;
    private Activity? _activity;
    private CancellationTokenSource? _calleeCancellation;
    private CancellationToken _callerToken;
    private CancellationTokenRegistration _registration;
    private ICallHost? _host;

    public abstract MethodDescriptor Method { get; }

    public GrainReference? Target { get; set; }

    /// <summary>The runtime that the call left through; its table holds the call until it is answered.</summary>
    public RuntimeClient Origin { get; set; } = null!;

    /// <summary>The caller's group; null outside grains.</summary>
    public WorkGroup? Sender { get; set; }

    public Dictionary<string, object>? Context { get; set; }

    public InvokeMethodOptions Options { get; set; }

    /// <summary>Not forwarded, not refused while deactivating, no response: a timer tick.</summary>
    public virtual bool IsLocalOnly => false;

    /// <summary>Whether a simulated network may deliver it twice.</summary>
    public virtual bool MayBeDuplicated => true;

    /// <summary>Whether it counts as use of the activation.</summary>
    public virtual bool IsKeepAlive => true;

    public bool IsOneWay => (Options & InvokeMethodOptions.OneWay) != 0;

    public bool IsReadOnly => (Options & InvokeMethodOptions.ReadOnly) != 0;

    public bool IsAlwaysInterleave => (Options & InvokeMethodOptions.AlwaysInterleave) != 0;

    public bool IsCompleted => Volatile.Read(ref _state) == Completed;

    /// <summary>Milliseconds of the origin's clock when it was sent.</summary>
    public long SentAt { get; set; }

    public long TimeoutMilliseconds { get; set; }

    /// <summary>Where it is now; for the failure of that silo.</summary>
    public volatile Silo? TargetSilo;

    /// <summary>How often it was passed on by an activation that was gone.</summary>
    public int ForwardCount { get; set; }

    /// <summary>The first of several deliveries of the same request; its own is null.</summary>
    public GrainCall? Original { get; set; }

    // Links of the call table.
    public CallTable.Shard? Shard { get; set; }

    public GrainCall? Previous { get; set; }

    public GrainCall? Next { get; set; }

    public virtual bool IsCancellable => Method.TokenIndex >= 0;

    public Exception? Error { get; protected set; }

    protected ICallHost Host => _host!;

    public object? GetTarget() => _host?.GetTarget();

    public void SetTarget(ITargetHolder holder) => _host = (ICallHost)holder;

    public abstract ValueTask<Response> Invoke();

    public virtual int GetArgumentCount() => 0;

    public virtual object? GetArgument(int index) => throw new ArgumentOutOfRangeException(nameof(index));

    public virtual void SetArgument(int index, object value) => throw new ArgumentOutOfRangeException(nameof(index));

    public string GetMethodName() => Method.Name;

    public string GetInterfaceName() => Method.InterfaceType.Name;

    public string GetActivityName() => $"{Method.InterfaceType.Name}/{Method.Name}";

    public MethodInfo GetMethod() => Method.Method;

    public Type GetInterfaceType() => Method.InterfaceType;

    public TimeSpan? GetDefaultResponseTimeout() => Method.Timeout;

    public virtual CancellationToken GetCancellationToken() => default;

    public bool TryCancel()
    {
        if (!IsCancellable)
        {
            return false;
        }

        _calleeCancellation?.Cancel();
        return true;
    }

    public void Dispose()
    {
    }

    /// <summary>Continues the caller's trace; stopped when the response is on its way.</summary>
    public void StartActivity()
    {
        if (_callerActivity is { } caller)
        {
            _activity = Traces.StartActivity(GetActivityName(), ActivityKind.Server, caller.Context);
        }
    }

    /// <summary>Invokes the method on its host, in the host's turn. Ends with <see cref="ICallHost.OnCallFinished"/>, then or later.</summary>
    public void Start(ICallHost host)
    {
        _host = host;
        if (_calleeCancellation is { IsCancellationRequested: true })
        {
            FinishWithError(new OperationCanceledException(_calleeCancellation.Token));
            return;
        }

        IncomingCallFilters? filters = host.Runtime.IncomingFilters;
        object? target = host.GetTarget();
        if (filters is null && target is not Orleans.IIncomingGrainCallFilter)
        {
            Run(target!);
        }
        else
        {
            RunFiltered(filters, target!);
        }
    }

    /// <summary>Breaks the promise if it is still open.</summary>
    public void Fail(Exception exception)
    {
        if (TryComplete())
        {
            CompleteWithError(exception);
        }
    }

    /// <summary>Hands the response to the caller; run in the caller's world.</summary>
    public void DeliverResponse()
    {
        GrainCall original = Original ?? this;
        if (original.TryComplete())
        {
            original.CompleteFrom(this);
        }
    }

    /// <summary>Cancels the callee's token; run in the callee's world.</summary>
    public void DeliverCancellation()
    {
        if (_calleeCancellation is not { } source)
        {
            return;
        }

        if (_host is WorkGroup group)
        {
            group.Post(new Action(source.Cancel));
        }
        else
        {
            source.Cancel();
        }
    }

    /// <summary>Another delivery of the same request.</summary>
    public GrainCall Duplicate(CodecTable codecs)
    {
        GrainCall copy = (GrainCall)MemberwiseClone();
        copy.Original = Original ?? this;
        copy.Shard = null;
        copy.Previous = null;
        copy.Next = null;
        copy._host = null;
        copy.CopyArguments(codecs);
        return copy;
    }

    /// <summary>Replaces every argument by a copy, where one is due.</summary>
    public virtual void CopyArguments(CodecTable codecs)
    {
    }

    public override string ToString() => $"{Method.InterfaceType.Name}.{Method.Name} to {Target?.GrainId.ToString() ?? "itself"} from {Sender?.ToString() ?? "client"}";

    protected abstract void Run(object target);

    protected abstract void SetResult(Response response);

    protected abstract void CompleteFrom(GrainCall answered);

    protected abstract void CompleteWithError(Exception exception);

    protected virtual void SetToken(CancellationToken token)
    {
    }

    /// <summary>Sends the request: called by proxies in the caller's turn.</summary>
    protected void SendTo(GrainReference target)
    {
        WorkGroup? sender = WorkGroup.Current;
        RuntimeClient origin = sender?.Runtime ?? target.Shared.Runtime;
        Target = target;
        Sender = sender;
        Origin = origin;
        Options = Method.Options;
        Context = RequestContext.Values;
        if (origin.PropagatesActivity)
        {
            _callerActivity = Activity.Current;
        }

        CancellationToken token = GetCancellationToken();
        token.ThrowIfCancellationRequested();
        if (origin.OutgoingFilters.Length > 0 && !IsLocalOnly)
        {
            SendFiltered(token);
        }
        else
        {
            SendNow(token);
        }
    }

    protected virtual void SendFiltered(CancellationToken token) => SendNow(token);

    protected void SendNow(CancellationToken token)
    {
        RuntimeClient origin = Origin;
        CopyArguments(origin.ArgumentCodecs);
        Context = origin.ArgumentCodecs.CopyContext(Context);

        if (token.CanBeCanceled)
        {
            _callerToken = token;
            _calleeCancellation = new CancellationTokenSource();
            SetToken(_calleeCancellation.Token);
        }

        if (IsOneWay)
        {
            CompleteOneWay();
            origin.SendOneWay(this);
            return;
        }

        origin.Send(this);
        if (token.CanBeCanceled)
        {
            _registration = token.UnsafeRegister(static state => ((GrainCall)state!).OnCallerCancelled(), this);
            if (IsCompleted)
            {
                _registration.Unregister();
            }
        }
    }

    protected virtual void CompleteOneWay()
    {
    }

    /// <summary>Signals the callee that nobody waits any more.</summary>
    public void SignalCancellation()
    {
        if (_calleeCancellation is not null)
        {
            Origin.Cluster.Transport.Cancel(this);
        }
    }

    protected bool TryComplete()
    {
        if (Interlocked.Exchange(ref _state, Completed) == Completed)
        {
            return false;
        }

        Shard?.Remove(this);
        if (_callerToken.CanBeCanceled)
        {
            _registration.Unregister();
        }

        return true;
    }

    /// <summary>The invocation gave a result that the subclass holds.</summary>
    protected void Finish()
    {
        ICallHost host = _host!;
        _activity?.Dispose();
        if (!IsOneWay)
        {
            host.Runtime.Cluster.Transport.Reply(this);
        }

        host.OnCallFinished(this);
    }

    protected void FinishWithError(Exception exception)
    {
        ICallHost host = _host!;
        host.Runtime.OnCallFailed(host, this, exception);
        Error = exception;
        _activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
        try
        {
            Error = host.Runtime.ArgumentCodecs.CopyException(exception);
        }
        catch (Exception codecFailure)
        {
            Error = codecFailure;
        }

        Finish();
    }

    private void RunFiltered(IncomingCallFilters? filters, object target) =>
        _ = RunFilteredAsync(filters, target);

    private async Task RunFilteredAsync(IncomingCallFilters? filters, object target)
    {
        Response response;
        try
        {
            IncomingCallContext context = new(this, Host, target, filters);
            await context.Invoke();
            response = context.Response ?? Response.Completed;
        }
        catch (Exception exception)
        {
            response = Response.FromException(exception);
        }

        if (response.Exception is { } error)
        {
            FinishWithError(error);
            return;
        }

        try
        {
            SetResult(response);
        }
        catch (Exception exception)
        {
            FinishWithError(exception);
            return;
        }

        Finish();
    }

    private void OnCallerCancelled()
    {
        if (Origin.MessagingOptions.WaitForCancellationAcknowledgement)
        {
            SignalCancellation();
            return;
        }

        if (TryComplete())
        {
            SignalCancellation();
            CompleteWithError(new OperationCanceledException(_callerToken));
        }
    }
}
