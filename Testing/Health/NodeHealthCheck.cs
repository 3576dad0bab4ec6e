using Cloud.Replica.Node;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Cloud.Testing.Health;

/// <summary>Healthy once the silo of this process has started, until it is asked to stop or its replica has failed.</summary>
internal sealed class NodeHealthCheck(IHostApplicationLifetime lifetime, ReplicaNode replica) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            replica.Completion.IsFaulted ? HealthCheckResult.Unhealthy($"the node has stopped: {replica.Completion.Exception!.GetBaseException().Message}")
            : lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("the silo is stopping")
            : lifetime.ApplicationStarted.IsCancellationRequested ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("the silo is starting"));
}
