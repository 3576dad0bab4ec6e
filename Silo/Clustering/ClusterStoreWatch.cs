using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cloud.Silo.Clustering;

/// <summary>Asks the cluster's store again and again whether it answers, and says once that it does not, and once that it does again. Unhealthy in between.</summary>
/// <param name="options">Which store.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
public sealed partial class ClusterStoreWatch(SiloOptions options, TimeProvider time, ILogger<ClusterStoreWatch> logger) : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private volatile string? _fault;

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_fault is { } fault ? HealthCheckResult.Unhealthy($"the cluster's database does not answer: {fault}") : HealthCheckResult.Healthy());

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            string? fault = await ClusterStore.FindFaultAsync(options, stoppingToken).ConfigureAwait(false);
            if (fault is not null && _fault is null)
            {
                LogDown(logger, fault, ClusterStore.Remedy);
            }
            else if (fault is null && _fault is not null)
            {
                LogUp(logger);
            }

            _fault = fault;
            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(false);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "The cluster's database does not answer: {Reason}. Nothing is signed until it does; then this process goes on by itself. {Remedy}")]
    private static partial void LogDown(ILogger logger, string reason, string remedy);

    [LoggerMessage(2, LogLevel.Warning, "The cluster's database answers again")]
    private static partial void LogUp(ILogger logger);
}
