using Cloud.Gateway.Status;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cloud.Gateway.Health;

/// <summary>Degraded while a publisher has an alarm that it cannot solve by itself.</summary>
internal sealed class PublisherHealthCheck(SettlementBook settlement) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        settlement.Alarms is [.., var last] ? HealthCheckResult.Degraded(last.Alarm.Message) : HealthCheckResult.Healthy());
}
