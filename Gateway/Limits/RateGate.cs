using System.Globalization;
using System.Net;
using Cloud.Gateway.Keys;

namespace Cloud.Gateway.Limits;

/// <summary>Decides whether a client may ask now: by its rate, and with an API key by the key's quota.</summary>
/// <param name="options">The rates of addresses.</param>
/// <param name="limiter">Counts rates.</param>
/// <param name="usage">Counts the usage of keys.</param>
/// <param name="time">The clock.</param>
internal sealed class RateGate(LimitOptions options, ClientLimiter limiter, UsageBook usage, TimeProvider time)
{
    /// <summary>Takes a request's cost from the client's rate and quota.</summary>
    /// <param name="client">The client.</param>
    /// <param name="cost">In units.</param>
    /// <returns>Why not; null where the client may ask.</returns>
    public RateRefusal? TryTake(in ClientId client, double cost)
    {
        if (client.Key is null && options.ExemptLoopback && IPAddress.IsLoopback(client.Address))
        {
            return null;
        }

        RateLimit limit = client.Rate ?? new RateLimit(options.AddressPerSecond, options.AddressBurst);
        if (!limiter.TryTake(client.Partition, in limit, cost, out TimeSpan wait))
        {
            if (client.Key is { } refused)
            {
                usage.Refuse(refused);
            }

            return new RateRefusal(
                wait,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"rate limit exceeded: {limit.PerSecond} units a second, {limit.Burst} at once; ask again in {Math.Max(1, (int)wait.TotalMilliseconds)} ms"));
        }

        if (client.Key is not { } key || usage.TryUse(key, client.Quota, cost) is not { } quota)
        {
            return null;
        }

        return new RateRefusal(
            quota.ResetsAt - time.GetUtcNow(),
            string.Create(
                CultureInfo.InvariantCulture,
                $"quota exceeded: the key {key} has {quota.Units} units a {(quota.Period == QuotaPeriod.Day ? "day" : "month")}; it resets at {quota.ResetsAt:yyyy-MM-dd'T'HH:mm:ss'Z'}"));
    }
}
