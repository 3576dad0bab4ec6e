using System.Globalization;
using Cloud.Gateway.Status;
using Cloud.Replica.Node;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cloud.Gateway.Health;

/// <summary>Degraded where L1's newest block that is known here is old.</summary>
internal sealed class L1HealthCheck(ReplicaNode node, SettlementBook settlement, TimeProvider time) : IHealthCheck
{
    private const int PatienceBlocks = 10;

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (settlement.Present.View is not { } view)
        {
            return Task.FromResult(settlement.Failure is { } failure ? HealthCheckResult.Degraded($"L1 could not be read yet: {failure.Message}") : HealthCheckResult.Healthy());
        }

        double age = Math.Max(0, (time.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds((long)Math.Min(view.Head.Timestamp, 253_402_300_799))).TotalSeconds);
        Dictionary<string, object> data = new(StringComparer.Ordinal) { [StatusHealth.Value] = Math.Round(age, 1), [StatusHealth.Unit] = "s" };
        return Task.FromResult(age > (node.Genesis.Timing.L1Slot * PatienceBlocks).TotalSeconds
            ? HealthCheckResult.Degraded(
                string.Create(CultureInfo.InvariantCulture, $"The newest L1 block known here is {age:F0} s old{(settlement.Failure is { } cause ? $": {cause.Message}" : "")}."), data: data)
            : HealthCheckResult.Healthy(data: data));
    }
}
