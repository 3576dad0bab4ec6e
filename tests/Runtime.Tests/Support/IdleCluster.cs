using Orleans.Configuration;

namespace Cloud.Runtime.Tests.Support;

/// <summary>One silo that collects idle activations after a second.</summary>
public sealed class IdleCluster : ClusterFixture
{
    /// <inheritdoc/>
    protected override short SiloCount => 1;

    /// <inheritdoc/>
    protected override void ConfigureSilo(ISiloBuilder silo) => silo.Configure<GrainCollectionOptions>(options =>
    {
        options.CollectionQuantum = TimeSpan.FromMilliseconds(100);
        options.CollectionAge = TimeSpan.FromSeconds(1);
    });
}
