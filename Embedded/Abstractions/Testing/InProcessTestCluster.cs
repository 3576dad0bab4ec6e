using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using Cloud.Embedded.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.TestingHost;

/// <summary>Several silos and a client in this process.</summary>
public sealed class InProcessTestCluster : IDisposable, IAsyncDisposable
{
    private readonly Cluster _cluster = new(new ThreadPoolRunner());
    private readonly List<InProcessSiloHandle> _silos = [];
    private readonly Lock _gate = new();
    private IHost? _client;
    private int _nextInstance;

    internal InProcessTestCluster(InProcessTestClusterOptions options) => Options = options;

    /// <summary>The options.</summary>
    public InProcessTestClusterOptions Options { get; }

    /// <summary>The silos that run, in the order in which they were started.</summary>
    public ReadOnlyCollection<InProcessSiloHandle> Silos
    {
        get
        {
            lock (_gate)
            {
                return new ReadOnlyCollection<InProcessSiloHandle>([.. _silos]);
            }
        }
    }

    /// <summary>The client.</summary>
    /// <exception cref="InvalidOperationException">The client was not started.</exception>
    public IClusterClient Client => _client?.Services.GetRequiredService<IClusterClient>()
        ?? throw new InvalidOperationException("The client was not started. Call DeployAsync first.");

    /// <summary>Starts the silos, then the client.</summary>
    /// <returns>The work.</returns>
    public async Task DeployAsync()
    {
        if (Silos.Count > 0 || _client is not null)
        {
            throw new InvalidOperationException("Cluster host already deployed.");
        }

        await StartSilosAsync(Options.InitialSilosCount);
        if (Options.InitializeClientOnDeploy)
        {
            await InitializeClientAsync();
        }
    }

    /// <summary>Starts the client.</summary>
    /// <returns>The work.</returns>
    public async Task InitializeClientAsync()
    {
        HostApplicationBuilder builder = CreateHost();
        builder.Services.AddSingleton(_cluster);
        builder.UseOrleansClient(client => client.Configure<ClusterOptions>(Name));
        foreach (Action<IHostApplicationBuilder> configure in Options.ClientHostConfigurationDelegates)
        {
            configure(builder);
        }

        IHost host = builder.Build();
        await host.StartAsync();
        _client = host;
    }

    /// <summary>Starts a silo.</summary>
    /// <returns>The silo.</returns>
    public Task<InProcessSiloHandle> StartAdditionalSiloAsync() =>
        StartSiloAsync(InProcessTestSiloSpecificOptions.Create(this, Options, Interlocked.Increment(ref _nextInstance) - 1));

    /// <summary>Starts silos.</summary>
    /// <param name="silosToStart">How many.</param>
    /// <returns>The silos.</returns>
    public async Task<List<InProcessSiloHandle>> StartSilosAsync(int silosToStart)
    {
        List<InProcessSiloHandle> started = [];
        for (int i = 0; i < silosToStart; i++)
        {
            started.Add(await StartAdditionalSiloAsync());
        }

        return started;
    }

    /// <summary>Stops a silo through its stages.</summary>
    /// <param name="instance">The silo.</param>
    /// <returns>The work.</returns>
    public async Task StopSiloAsync(InProcessSiloHandle instance)
    {
        Remove(instance);
        await instance.StopSiloAsync(stopGracefully: true);
        instance.SiloHost.Dispose();
    }

    /// <summary>Ends a silo at once, as the death of its process would: nothing of it runs any more.</summary>
    /// <param name="instance">The silo.</param>
    /// <returns>The work.</returns>
    public async Task KillSiloAsync(InProcessSiloHandle instance)
    {
        Remove(instance);
        await instance.StopSiloAsync(stopGracefully: false);
    }

    /// <summary>Stops a silo and starts another one of the same name.</summary>
    /// <param name="instance">The silo.</param>
    /// <returns>The new silo.</returns>
    public async Task<InProcessSiloHandle?> RestartSiloAsync(InProcessSiloHandle instance)
    {
        await StopSiloAsync(instance);
        return await StartSiloAsync(new InProcessTestSiloSpecificOptions
        {
            SiloName = instance.Name,
            SiloPort = instance.SiloAddress.Endpoint.Port,
            GatewayPort = instance.GatewayAddress.Endpoint.Port,
        });
    }

    /// <summary>Ends the client at once.</summary>
    /// <returns>The work.</returns>
    public Task KillClientAsync()
    {
        IHost? client = Interlocked.Exchange(ref _client, null);
        client?.Services.GetRequiredService<ClientRuntime>().Stop();
        return Task.CompletedTask;
    }

    /// <summary>Stops the client.</summary>
    /// <returns>The work.</returns>
    public async Task StopClusterClientAsync()
    {
        if (Interlocked.Exchange(ref _client, null) is { } client)
        {
            await client.StopAsync();
            client.Dispose();
        }
    }

    /// <summary>Stops the client, then the silos through their stages.</summary>
    /// <returns>The work.</returns>
    public async Task StopAllSilosAsync()
    {
        await StopClusterClientAsync();
        foreach (InProcessSiloHandle silo in Silos)
        {
            await StopSiloAsync(silo);
        }
    }

    /// <summary>Stops the silos through their stages.</summary>
    /// <returns>The work.</returns>
    public async Task StopSilosAsync()
    {
        foreach (InProcessSiloHandle silo in Silos)
        {
            await StopSiloAsync(silo);
        }
    }

    /// <summary>The silos that run.</summary>
    /// <returns>The silos.</returns>
    public IEnumerable<InProcessSiloHandle> GetActiveSilos() => Silos.Where(static silo => silo.IsActive);

    /// <summary>A silo by its address.</summary>
    /// <param name="siloAddress">The address.</param>
    /// <returns>The silo, or null.</returns>
    public InProcessSiloHandle? GetSiloForAddress(SiloAddress siloAddress) => Silos.FirstOrDefault(silo => silo.SiloAddress.Equals(siloAddress));

    /// <summary>The services of a silo.</summary>
    /// <param name="silo">The silo's address; null for the first silo.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentException">There is no such silo.</exception>
    public IServiceProvider GetSiloServiceProvider(SiloAddress? silo = null)
    {
        InProcessSiloHandle? found = silo is null ? Silos.FirstOrDefault() : GetSiloForAddress(silo);
        return found?.ServiceProvider ?? throw new ArgumentException($"The provided silo address '{silo}' is unknown.", nameof(silo));
    }

    /// <summary>The activation of a grain.</summary>
    /// <param name="grainId">The grain.</param>
    /// <param name="grainContext">The activation.</param>
    /// <returns>Whether the grain is active.</returns>
    public bool TryGetGrainContext(GrainId grainId, [NotNullWhen(true)] out IGrainContext? grainContext)
    {
        grainContext = _cluster.Directory.TryGetValue(grainId, out Activation? activation) ? activation : null;
        return grainContext is not null;
    }

    /// <summary>Deactivates a grain and waits until it is gone.</summary>
    /// <param name="grainId">The grain.</param>
    /// <returns>The work.</returns>
    public async Task DeactivateAsync(GrainId grainId)
    {
        if (TryGetGrainContext(grainId, out IGrainContext? context))
        {
            context.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "A test asked for it."));
            await context.Deactivated;
        }
    }

    /// <summary>Deactivates a grain and waits until it is gone.</summary>
    /// <param name="grain">The grain.</param>
    /// <returns>The work.</returns>
    public Task DeactivateAsync(IAddressable grain) => DeactivateAsync(grain.GetGrainId());

    /// <summary>Waits until a grain is not active.</summary>
    /// <param name="grainId">The grain.</param>
    /// <returns>The work.</returns>
    public Task WaitForDeactivationAsync(GrainId grainId) => TryGetGrainContext(grainId, out IGrainContext? context) ? context.Deactivated : Task.CompletedTask;

    /// <summary>Waits until a grain is not active.</summary>
    /// <param name="grain">The grain.</param>
    /// <returns>The work.</returns>
    public Task WaitForDeactivationAsync(IAddressable grain) => WaitForDeactivationAsync(grain.GetGrainId());

    /// <summary>Waits until all silos know of each other; in one process they always do.</summary>
    /// <param name="didKill">Whether a silo was killed.</param>
    /// <returns>The work.</returns>
    public Task WaitForLivenessToStabilizeAsync(bool didKill = false) => Task.CompletedTask;

    /// <summary>Nothing is logged to a file.</summary>
    /// <returns>An empty text.</returns>
    public string GetLog() => string.Empty;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAllSilosAsync();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (InProcessSiloHandle silo in Silos)
        {
            Remove(silo);
            silo.Dispose();
        }

        Interlocked.Exchange(ref _client, null)?.Dispose();
    }

    private static HostApplicationBuilder CreateHost() => Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });

    private void Name(ClusterOptions options)
    {
        options.ClusterId = Options.ClusterId;
        options.ServiceId = Options.ServiceId;
    }

    private void Remove(InProcessSiloHandle silo)
    {
        lock (_gate)
        {
            _silos.Remove(silo);
        }
    }

    private async Task<InProcessSiloHandle> StartSiloAsync(InProcessTestSiloSpecificOptions siloOptions)
    {
        HostApplicationBuilder builder = CreateHost();
        builder.Services.AddSingleton(_cluster);
        builder.UseOrleans(silo => silo
            .Configure<ClusterOptions>(Name)
            .Configure<SiloOptions>(options => options.SiloName = siloOptions.SiloName)
            .Configure<EndpointOptions>(options =>
            {
                options.SiloPort = siloOptions.SiloPort;
                options.GatewayPort = siloOptions.GatewayPort;
            }));
        foreach (Action<InProcessTestSiloSpecificOptions, IHostApplicationBuilder> configure in Options.SiloHostConfigurationDelegates)
        {
            configure(siloOptions, builder);
        }

        IHost host = builder.Build();
        await host.StartAsync();
        InProcessSiloHandle handle = new(host, host.Services.GetRequiredService<Silo>());
        lock (_gate)
        {
            _silos.Add(handle);
        }

        return handle;
    }
}
