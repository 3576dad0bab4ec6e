using System.Globalization;
using Cloud.Gateway.Http;
using Cloud.Gateway.Status;
using Cloud.Protocol.Time;
using Cloud.Replica.Node;
using Cloud.Replica.Views;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cloud.Gateway.Health;

/// <summary>Unhealthy while draining; degraded where flashblocks are missing or no chunk has come for two slots.</summary>
internal sealed class ReplicaHealthCheck(ReplicaNode node, DrainState drain, TimeProvider time) : IHealthCheck
{
    private const int PatienceSlots = 2;

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ReplicaView view = node.View;
        ConsensusTiming timing = node.Genesis.Timing;
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset newest = DateTimeOffset.FromUnixTimeSeconds((long)Math.Min(view.Latest.Header.Timestamp, 253_402_300_799));
        double age = Math.Max(0, (now - (newest > timing.Genesis ? newest : timing.Genesis)).TotalSeconds);
        Dictionary<string, object> data = new(StringComparer.Ordinal) { [StatusHealth.Value] = Math.Round(age, 1), [StatusHealth.Unit] = "s" };
        return Task.FromResult(
            drain.IsDraining ? HealthCheckResult.Unhealthy("The gateway is draining: use another one.", data: data)
            : node.Completion.IsFaulted ? HealthCheckResult.Unhealthy(node.Completion.Exception!.GetBaseException().Message, data: data)
            : node.Completion.IsCompleted ? HealthCheckResult.Unhealthy("The node is closed.", data: data)
            : view.IsDegraded ? HealthCheckResult.Degraded("Flashblocks of the newest chunk are missing: pending shows the newest sealed block.", data: data)
            : age > (timing.Slot * PatienceSlots).TotalSeconds ? HealthCheckResult.Degraded(
                string.Create(CultureInfo.InvariantCulture, $"No chunk was executed here for {age:F0} s; the newest one is {PatienceSlots} slots old."), data: data)
            : HealthCheckResult.Healthy(data: data));
    }
}
