using System.Net;

namespace Cloud.Gateway.Limits;

/// <summary>Decides whether a client may ask now.</summary>
/// <param name="options">The rates.</param>
/// <param name="limiter">Counts.</param>
internal sealed class RateGate(LimitOptions options, ClientLimiter limiter)
{
    /// <summary>Takes a request's cost from the client's rate.</summary>
    /// <param name="client">The client.</param>
    /// <param name="cost">In units.</param>
    /// <param name="retryAfter">When to ask again; zero where the result is true.</param>
    /// <returns>False where the client has asked too much.</returns>
    public bool TryTake(in ClientId client, double cost, out TimeSpan retryAfter)
    {
        if (client.Key is null && options.ExemptLoopback && IPAddress.IsLoopback(client.Address))
        {
            retryAfter = TimeSpan.Zero;
            return true;
        }

        RateLimit limit = client.Rate ?? new RateLimit(options.AddressPerSecond, options.AddressBurst);
        return limiter.TryTake(client.Partition, in limit, cost, out retryAfter);
    }
}
