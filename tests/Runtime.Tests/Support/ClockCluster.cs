using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace Cloud.Runtime.Tests.Support;

/// <summary>One silo in which grains and their timers live on a clock that the test moves, and everything else on the real one.</summary>
public sealed class ClockCluster : ClusterFixture
{
    /// <inheritdoc/>
    protected override short SiloCount => 1;

    /// <summary>The clock of the grains.</summary>
    internal ManualTime Time { get; } = new();

    /// <inheritdoc/>
    protected override void ConfigureSilo(ISiloBuilder silo)
    {
        silo.Services.AddSingleton<TimeProvider>(Time);
        silo.Services.UseTimeProviderForBackgroundAreas(TimeProvider.System);
    }
}
