using Orleans.TestingHost;

namespace Cloud.Runtime.Tests.Support;

/// <summary>A running test cluster; a derived class says what is special about it.</summary>
public abstract class ClusterFixture : IAsyncLifetime
{
    private InProcessTestCluster? _cluster;

    /// <summary>How many silos start.</summary>
    protected virtual short SiloCount => 2;

    /// <summary>The cluster.</summary>
    public InProcessTestCluster Cluster => _cluster ?? throw new InvalidOperationException("The cluster has not been deployed.");

    /// <summary>The cluster's client.</summary>
    public IClusterClient Client => Cluster.Client;

    /// <inheritdoc/>
    public virtual async ValueTask InitializeAsync()
    {
        InProcessTestClusterBuilder builder = new(SiloCount);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((_, silo) => ConfigureSilo(silo));
        builder.ConfigureClient(ConfigureClient);
        _cluster = builder.Build();
        await _cluster.DeployAsync();
    }

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Adds to a silo's configuration.</summary>
    protected virtual void ConfigureSilo(ISiloBuilder silo)
    {
    }

    /// <summary>Adds to the client's configuration.</summary>
    protected virtual void ConfigureClient(IClientBuilder client)
    {
    }
}
