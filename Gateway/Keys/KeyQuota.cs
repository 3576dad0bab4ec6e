namespace Cloud.Gateway.Keys;

/// <summary>How many units a key may use up. A unit is what most requests cost; calls, traces and log searches cost more.</summary>
/// <param name="PerDay">In a day of UTC, from 1; null for no such bound.</param>
/// <param name="PerMonth">In a calendar month of UTC, from 1; null for no such bound.</param>
internal sealed record KeyQuota(long? PerDay, long? PerMonth);
