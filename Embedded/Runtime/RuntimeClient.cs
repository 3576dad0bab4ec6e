using Cloud.Embedded.Hosting;
using Cloud.Embedded.Serialization;
using Cloud.Embedded.Streams;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Storage;

namespace Cloud.Embedded.Runtime;

/// <summary>A silo or a client: where calls leave, wait for their responses and time out.</summary>
internal abstract partial class RuntimeClient
{
    private readonly ILogger _logger;
    private readonly long _startTimestamp;
    private readonly Dictionary<GrainId, ObserverTarget> _observers = [];
    private (StreamConsumer Consumer, GrainReference Reference)? _streamConsumer;
    private ITimer? _sweepTimer;
    private volatile bool _stopped;

    protected RuntimeClient(Cluster cluster, IServiceProvider services, MessagingOptions messagingOptions, bool isolateArguments)
    {
        Cluster = cluster;
        Services = services;
        MessagingOptions = messagingOptions;
        Time = services.GetKeyedService<TimeProvider>("Orleans.Messaging") ?? services.GetRequiredService<TimeProvider>();
        _startTimestamp = Time.GetTimestamp();
        ArgumentCodecs = new CodecTable(this, isolateArguments);
        _logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("Orleans.Runtime");
        PropagatesActivity = services.GetService<ActivityPropagation>() is not null;
        References = new ReferenceFactory(this);
        GrainFactory = new GrainFactory(this);
        System = new SystemGroup(cluster.Runner, this, _logger);
    }

    public Cluster Cluster { get; }

    public IServiceProvider Services { get; }

    public TimeProvider Time { get; }

    public MessagingOptions MessagingOptions { get; }

    /// <summary>What copies arguments, results and events.</summary>
    public CodecTable ArgumentCodecs { get; }

    public ReferenceFactory References { get; }

    public GrainFactory GrainFactory { get; }

    public SystemGroup System { get; }

    public CallTable Calls { get; } = new();

    public IncomingCallFilters? IncomingFilters { get; private set; }

    public IOutgoingGrainCallFilter[] OutgoingFilters { get; private set; } = [];

    /// <summary>Whether calls continue the caller's trace.</summary>
    public bool PropagatesActivity { get; }

    /// <summary>The silo; null for a client outside silos.</summary>
    public virtual Silo? LocalSilo => null;

    public ILogger Logger => _logger;

    /// <summary>Milliseconds of a clock that only goes forward.</summary>
    public long Now => ReferenceEquals(Time, TimeProvider.System) ? Environment.TickCount64 : (long)Time.GetElapsedTime(_startTimestamp).TotalMilliseconds;

    public static Guid NewGuidInContext() => WorkGroup.Current is { } group ? group.Runner.NewGuid() : Guid.NewGuid();

    /// <summary>Reads the filters and starts to look for calls that are overdue.</summary>
    public void StartMessaging()
    {
        IIncomingGrainCallFilter[] incoming = [.. Services.GetServices<IIncomingGrainCallFilter>()];
        IncomingFilters = incoming.Length == 0 ? null : new IncomingCallFilters(incoming);
        OutgoingFilters = [.. Services.GetServices<IOutgoingGrainCallFilter>()];
        TimeSpan period = MessagingOptions.ResponseTimeout < TimeSpan.FromSeconds(1) ? MessagingOptions.ResponseTimeout : TimeSpan.FromSeconds(1);
        _sweepTimer = Time.CreateDetachedTimer(static state => ((RuntimeClient)state!).Sweep(), this, period, period);
    }

    /// <summary>Breaks what still waits, and refuses what comes.</summary>
    public void StopMessaging(Func<GrainCall, Exception> reason)
    {
        _stopped = true;
        _sweepTimer?.Dispose();
        foreach (GrainCall call in Calls.Select(static _ => true))
        {
            System.Break(call, reason(call));
        }

        foreach (GrainId id in ObserverIds())
        {
            RemoveObserver(id);
        }
    }

    public void Send(GrainCall call)
    {
        if (_stopped)
        {
            call.Fail(new SiloUnavailableException($"The local Orleans host is shutting down and can no longer process the request: {call}."));
            return;
        }

        call.SentAt = Now;
        call.TimeoutMilliseconds = (long)(call.Method.Timeout ?? MessagingOptions.ResponseTimeout).TotalMilliseconds;
        Calls.Add(call);
        Cluster.Transport.Send(call);
    }

    public void SendOneWay(GrainCall call)
    {
        if (!_stopped)
        {
            call.SentAt = Now;
            call.TimeoutMilliseconds = (long)MessagingOptions.ResponseTimeout.TotalMilliseconds;
            Cluster.Transport.Send(call);
        }
    }

    public bool IsExpired(GrainCall call) => MessagingOptions.DropExpiredMessages && call.TimeoutMilliseconds > 0 && call.Origin.Now - call.SentAt > call.TimeoutMilliseconds;

    /// <summary>A silo died: nobody there will answer.</summary>
    public void OnSiloLost(Silo silo)
    {
        foreach (GrainCall call in Calls.Select(call => call.TargetSilo == silo))
        {
            System.Break(call, new SiloUnavailableException($"The target silo became unavailable for message: {call}."));
        }
    }

    public GrainId AddObserver(IGrainObserver observer)
    {
        GrainId id = GrainId.Create("sys.client", $"{Cluster.Runner.NewGuid():N}");
        ObserverTarget target = new(this, id, observer);
        lock (_observers)
        {
            _observers.Add(id, target);
        }

        Cluster.Observers[id] = target;
        return id;
    }

    /// <summary>The stream consumer of code outside grains.</summary>
    public (StreamConsumer Consumer, GrainReference Reference) StreamConsumer()
    {
        lock (_observers)
        {
            if (_streamConsumer is not { } consumer)
            {
                StreamConsumer target = new();
                consumer = (target, References.Create(AddObserver(target), typeof(IStreamConsumer)));
                _streamConsumer = consumer;
            }

            return consumer;
        }
    }

    public void RemoveObserver(GrainId id)
    {
        lock (_observers)
        {
            _observers.Remove(id);
        }

        Cluster.Observers.TryRemove(id, out _);
    }

    /// <summary>A method threw.</summary>
    public void OnCallFailed(ICallHost host, GrainCall call, Exception exception)
    {
        if (call.IsOneWay)
        {
            LogWarningOneWayFailed(_logger, exception, call);
        }
        else
        {
            LogDebugCallFailed(_logger, exception, call);
        }

        if (exception is InconsistentStateException { IsSourceActivation: true } conflict && host is Activation activation)
        {
            conflict.IsSourceActivation = false;
            LogInformationInconsistentState(_logger, exception, activation.GrainId);
            activation.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationError, exception.ToString()));
        }
    }

    private GrainId[] ObserverIds()
    {
        lock (_observers)
        {
            return [.. _observers.Keys];
        }
    }

    private void Sweep()
    {
        long now = Now;
        foreach (GrainCall call in Calls.Select(call => now - call.SentAt > call.TimeoutMilliseconds))
        {
            TimeSpan timeout = TimeSpan.FromMilliseconds(call.TimeoutMilliseconds);
            LogWarningTimeout(_logger, timeout, call);
            if (MessagingOptions.CancelRequestOnTimeout)
            {
                call.SignalCancellation();
            }

            System.Break(call, new TimeoutException($"Response did not arrive on time in {timeout} for message: {call}."));
        }
    }

    [LoggerMessage(10, LogLevel.Warning, "Response did not arrive on time in {Timeout} for message: {Call}")]
    private static partial void LogWarningTimeout(ILogger logger, TimeSpan timeout, GrainCall call);

    [LoggerMessage(11, LogLevel.Debug, "Exception during the invocation of {Call}")]
    private static partial void LogDebugCallFailed(ILogger logger, Exception exception, GrainCall call);

    [LoggerMessage(12, LogLevel.Warning, "Exception during the one-way invocation of {Call}")]
    private static partial void LogWarningOneWayFailed(ILogger logger, Exception exception, GrainCall call);

    [LoggerMessage(13, LogLevel.Information, "Deactivating {GrainId} due to inconsistent state")]
    private static partial void LogInformationInconsistentState(ILogger logger, Exception exception, GrainId grainId);
}
