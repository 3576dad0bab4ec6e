using Orleans.Runtime.Hosting;

namespace Cloud.Runtime.Tests.Support;

/// <summary>One silo with a storage provider of the test's own.</summary>
public sealed class StorageCluster : ClusterFixture
{
    /// <inheritdoc/>
    protected override short SiloCount => 1;

    /// <inheritdoc/>
    protected override void ConfigureSilo(ISiloBuilder silo) => silo.Services.AddGrainStorage("shared", (_, _) => new SharedStorage());
}
