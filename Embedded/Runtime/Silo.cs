using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Cloud.Embedded.Runtime;

/// <summary>A silo: its activations and its life.</summary>
internal sealed partial class Silo : RuntimeClient, ILocalSiloDetails
{
    private readonly ConcurrentDictionary<Activation, byte> _activations = new();
    private readonly ConcurrentDictionary<GrainId, WorkerPool> _workers = new();
    private readonly Lifecycle _lifecycle;
    private readonly ClusterOptions _clusterOptions;
    private ITimer? _collector;
    private long _timers;

    public Silo(Cluster cluster, IServiceProvider services)
        : base(
            cluster,
            services,
            services.GetRequiredService<IOptions<SiloMessagingOptions>>().Value,
            services.GetRequiredService<IOptions<EmbeddedOptions>>().Value.IsolateArguments)
    {
        SiloMessagingOptions = (SiloMessagingOptions)MessagingOptions;
        CollectionOptions = services.GetRequiredService<IOptions<GrainCollectionOptions>>().Value;
        _clusterOptions = services.GetRequiredService<IOptions<ClusterOptions>>().Value;
        Name = services.GetRequiredService<IOptions<SiloOptions>>().Value.SiloName is { Length: > 0 } name ? name : $"Silo_{cluster.Runner.NewGuid():N}"[..10];
        EndpointOptions endpoints = services.GetRequiredService<IOptions<EndpointOptions>>().Value;
        int generation = cluster.NextGeneration();
        SiloAddress = SiloAddress.New(endpoints.AdvertisedIPAddress ?? IPAddress.Loopback, endpoints.SiloPort, generation);
        GatewayAddress = SiloAddress.New(endpoints.AdvertisedIPAddress ?? IPAddress.Loopback, endpoints.GatewayPort, generation);
        GrainTime = services.GetKeyedService<TimeProvider>(TimeProviderNames.Grains) ?? services.GetRequiredService<TimeProvider>();
        _lifecycle = services.GetRequiredService<Lifecycle>();
        _lifecycle.Subscribe("Orleans.Silo", ServiceLifecycleStage.RuntimeInitialize, StartRuntime, StopRuntime);
        _lifecycle.Subscribe("Orleans.Silo", ServiceLifecycleStage.BecomeActive, Join, DeactivateAll);
    }

    public override Silo LocalSilo => this;

    public string Name { get; }

    public string ClusterId => _clusterOptions.ClusterId;

    public string DnsHostName => "localhost";

    public SiloAddress SiloAddress { get; }

    public SiloAddress GatewayAddress { get; }

    public SiloAddress Address => SiloAddress;

    public SiloMessagingOptions SiloMessagingOptions { get; }

    public GrainCollectionOptions CollectionOptions { get; }

    /// <summary>The clock of grain timers.</summary>
    public TimeProvider GrainTime { get; }

    public SiloStatus Status { get; private set; } = SiloStatus.Created;

    /// <summary>The activations, oldest first.</summary>
    public List<Activation> Activations
    {
        get
        {
            List<Activation> activations = [.. _activations.Keys];
            activations.Sort(static (left, right) => left.Number.CompareTo(right.Number));
            return activations;
        }
    }

    public long NextTimerNumber() => Interlocked.Increment(ref _timers);

    public void Add(Activation activation) => _activations.TryAdd(activation, 0);

    public void Remove(Activation activation) => _activations.TryRemove(activation, out _);

    public WorkerPool WorkerFor(GrainId id, GrainClass grainClass) =>
        _workers.TryGetValue(id, out WorkerPool? pool) ? pool : _workers.GetOrAdd(id, new WorkerPool(this, id, grainClass));

    public TimeSpan CollectionAgeOf(GrainClass grainClass) =>
        CollectionOptions.ClassSpecificCollectionAge.TryGetValue(grainClass.Type.FullName!, out TimeSpan age) ? age : CollectionOptions.CollectionAge;

    public void Collect(TimeSpan? ageLimit)
    {
        foreach (Activation activation in Activations)
        {
            activation.CollectIfIdle(ageLimit);
        }
    }

    /// <summary>Checks the options, then goes up through the stages.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (IConfigurationValidator validator in Services.GetServices<IConfigurationValidator>())
        {
            validator.ValidateConfiguration();
        }

        foreach (ILifecycleParticipant<ISiloLifecycle> participant in Services.GetServices<ILifecycleParticipant<ISiloLifecycle>>())
        {
            participant.Participate(_lifecycle);
        }

        Status = SiloStatus.Joining;
        await _lifecycle.OnStart(cancellationToken);
        LogInformationStarted(Logger, Name, Address);
    }

    /// <summary>Goes down through the stages; everything is deactivated, with its reason, unless the token says that there is no time.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Status is SiloStatus.Dead or SiloStatus.ShuttingDown)
        {
            return;
        }

        Status = SiloStatus.ShuttingDown;
        try
        {
            await _lifecycle.OnStop(cancellationToken);
        }
        finally
        {
            Status = SiloStatus.Dead;
            LogInformationStopped(Logger, Name, Address);
        }
    }

    /// <summary>Ends everything at once, as the death of the process would.</summary>
    public void Die()
    {
        Status = SiloStatus.Dead;
        Cluster.Leave(this);
        Cluster.RemoveClient(this);
        _collector?.Dispose();
        System.Kill();
        foreach (Activation activation in Activations)
        {
            activation.Die();
        }

        StopMessaging(call => new SiloUnavailableException($"The silo {Name} is gone: {call}."));
        foreach (RuntimeClient client in Cluster.Clients())
        {
            client.OnSiloLost(this);
        }
    }

    private Task StartRuntime(CancellationToken cancellationToken)
    {
        StartMessaging();
        Cluster.AddClient(this);
        _collector = Time.CreateDetachedTimer(static state => ((Silo)state!).Collect(null), this, CollectionOptions.CollectionQuantum, CollectionOptions.CollectionQuantum);

        return Task.CompletedTask;
    }

    private Task StopRuntime(CancellationToken cancellationToken)
    {
        _collector?.Dispose();
        Cluster.RemoveClient(this);
        StopMessaging(call => new SiloUnavailableException($"The local Orleans host is shutting down and can no longer process the request: {call}."));
        foreach (RuntimeClient client in Cluster.Clients())
        {
            client.OnSiloLost(this);
        }

        return Task.CompletedTask;
    }

    private Task Join(CancellationToken cancellationToken)
    {
        Status = SiloStatus.Active;
        Cluster.Join(this);
        return Task.CompletedTask;
    }

    private async Task DeactivateAll(CancellationToken cancellationToken)
    {
        Cluster.Leave(this);
        DeactivationReason reason = new(DeactivationReasonCode.ShuttingDown, "This process is terminating.");

        // A request that was placed here just before the silo left may still bring an activation after the first look.
        while (Activations is { Count: > 0 } activations)
        {
            Task[] gone = new Task[activations.Count];
            for (int i = 0; i < gone.Length; i++)
            {
                activations[i].Deactivate(reason, cancellationToken);
                gone[i] = activations[i].Deactivated;
            }

            try
            {
                await Task.WhenAll(gone).WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                LogWarningStopTimeout(Logger, Name, Activations.Count);
                foreach (Activation activation in Activations)
                {
                    activation.Die();
                }

                return;
            }
        }
    }

    [LoggerMessage(50, LogLevel.Information, "Silo {Name} at {Address} is active")]
    private static partial void LogInformationStarted(ILogger logger, string name, SiloAddress address);

    [LoggerMessage(51, LogLevel.Information, "Silo {Name} at {Address} has stopped")]
    private static partial void LogInformationStopped(ILogger logger, string name, SiloAddress address);

    [LoggerMessage(52, LogLevel.Warning, "Silo {Name} stops with {Count} activations that did not end in time")]
    private static partial void LogWarningStopTimeout(ILogger logger, string name, int count);
}
