using System.Collections.Immutable;

namespace Cloud.Gateway.Operators;

/// <summary>A key to make.</summary>
/// <param name="Id">Its name, 1 to 64 letters, digits, dots, hyphens and underscores.</param>
/// <param name="Scopes">What it allows: rpc, debug, webhooks, operator-read, operator.</param>
/// <param name="PerSecond">Units per second; null for the rate of addresses.</param>
/// <param name="Burst">Units that it can have saved up, from 100; ten seconds' worth where it is absent.</param>
/// <param name="ExpiresAt">Until when; null for ever.</param>
/// <param name="PerDay">Units that may be used up in a day of UTC, from 1; null for no such bound.</param>
/// <param name="PerMonth">Units that may be used up in a calendar month of UTC, from 1; null for no such bound.</param>
internal sealed record KeyRequest(string? Id, ImmutableArray<string>? Scopes, double? PerSecond, double? Burst, DateTimeOffset? ExpiresAt, long? PerDay, long? PerMonth);
