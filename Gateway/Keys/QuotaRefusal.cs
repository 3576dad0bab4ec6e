namespace Cloud.Gateway.Keys;

/// <summary>A quota has no room for a request.</summary>
/// <param name="Period">What it counts over.</param>
/// <param name="Units">How many units it is.</param>
/// <param name="ResetsAt">When it counts anew.</param>
internal sealed record QuotaRefusal(QuotaPeriod Period, long Units, DateTimeOffset ResetsAt);
