using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cloud.Host;

/// <summary>Healthy once the silo of this process has started and until it is asked to stop.</summary>
internal sealed class SiloHealthCheck(IHostApplicationLifetime lifetime) : IHealthCheck
{
#if ORLEANS
    /// <summary>What the grains run on.</summary>
    public const string Runtime = "Orleans";
#else
    /// <summary>What the grains run on.</summary>
    public const string Runtime = "Embedded";
#endif

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("the silo is stopping")
            : lifetime.ApplicationStarted.IsCancellationRequested ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("the silo is starting"));
}
