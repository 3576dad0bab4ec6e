namespace Cloud.Gateway.Limits;

/// <summary>A token bucket for each client. Holds only clients that are below their full bucket; safe for several threads.</summary>
/// <param name="time">The clock.</param>
/// <param name="maxClients">Most clients that are kept apart; beyond it those who were full longest are forgotten, and if none is full the new one is refused.</param>
internal sealed class ClientLimiter(TimeProvider time, int maxClients = 100_000)
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Bucket> _buckets = [];
    private long? _sweptAt;

    /// <summary>How many clients have a bucket.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _buckets.Count;
            }
        }
    }

    /// <summary>Takes units from a client's bucket.</summary>
    /// <param name="client">The client.</param>
    /// <param name="limit">What it may have.</param>
    /// <param name="cost">How many units.</param>
    /// <param name="retryAfter">When there would be enough; zero where the result is true.</param>
    /// <returns>False where there are not enough: nothing is taken.</returns>
    public bool TryTake(string client, in RateLimit limit, double cost, out TimeSpan retryAfter)
    {
        retryAfter = TimeSpan.Zero;
        if (limit.PerSecond <= 0)
        {
            return true;
        }

        long now = time.GetTimestamp();
        lock (_gate)
        {
            if (!_buckets.TryGetValue(client, out Bucket bucket))
            {
                if (_buckets.Count >= maxClients && !Sweep(now))
                {
                    retryAfter = TimeSpan.FromSeconds(1);
                    return false;
                }

                bucket = new Bucket(limit.Burst, now, limit);
            }

            double tokens = Math.Min(limit.Burst, bucket.Tokens + (time.GetElapsedTime(bucket.At, now).TotalSeconds * limit.PerSecond));
            bool taken = tokens >= Math.Min(cost, limit.Burst);
            if (taken)
            {
                tokens -= Math.Min(cost, limit.Burst);
            }
            else
            {
                retryAfter = TimeSpan.FromSeconds((cost - tokens) / limit.PerSecond);
            }

            _buckets[client] = new Bucket(tokens, now, limit);
            return taken;
        }
    }

    private bool Sweep(long now)
    {
        // To look at all of them for each newcomer would itself be the overload.
        if (_sweptAt is { } last && time.GetElapsedTime(last, now) < SweepInterval)
        {
            return false;
        }

        _sweptAt = now;
        List<string> full = [];
        foreach ((string client, Bucket bucket) in _buckets)
        {
            if (bucket.Tokens + (time.GetElapsedTime(bucket.At, now).TotalSeconds * bucket.Limit.PerSecond) >= bucket.Limit.Burst)
            {
                full.Add(client);
            }
        }

        foreach (string client in full)
        {
            _buckets.Remove(client);
        }

        return _buckets.Count < maxClients;
    }

    private readonly record struct Bucket(double Tokens, long At, RateLimit Limit);
}
