using System.Net;

namespace Cloud.Gateway.Limits;

/// <summary>Counts open connections, in all, by network address and by API key. Safe for several threads.</summary>
/// <param name="options">The bounds.</param>
internal sealed class ConnectionLimiter(LimitOptions options)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _byAddress = [];
    private readonly Dictionary<string, int> _byKey = new(StringComparer.Ordinal);

    /// <summary>Open connections.</summary>
    public int Count { get; private set; }

    /// <summary>Open connections with a key.</summary>
    /// <param name="key">The key's name.</param>
    public int CountOf(string key)
    {
        lock (_gate)
        {
            return _byKey.GetValueOrDefault(key);
        }
    }

    /// <summary>Takes a place for a connection.</summary>
    /// <param name="client">Whose.</param>
    /// <param name="refusal">Which bound is reached; null where the result is not.</param>
    /// <returns>Gives the place back when disposed; null where there is none.</returns>
    public IDisposable? TryOpen(in ClientId client, out string? refusal)
    {
        IPAddress address = client.Address;
        string? key = client.Key;

        // Who shows a key is counted by it: its users may share an address.
        bool isExempt = key is not null || (options.ExemptLoopback && IPAddress.IsLoopback(address));
        lock (_gate)
        {
            int mine = _byAddress.GetValueOrDefault(address);
            refusal = Count >= options.MaxConnections ? $"too many connections: at most {options.MaxConnections} are served"
                : !isExempt && mine >= options.MaxConnectionsPerAddress ? $"too many connections from {address}: at most {options.MaxConnectionsPerAddress}"
                : key is not null && _byKey.GetValueOrDefault(key) >= options.MaxConnectionsPerKey ? $"too many connections with the key {key}: at most {options.MaxConnectionsPerKey}"
                : null;
            if (refusal is not null)
            {
                return null;
            }

            Count++;
            _byAddress[address] = mine + 1;
            if (key is not null)
            {
                _byKey[key] = _byKey.GetValueOrDefault(key) + 1;
            }

            return new Place(this, address, key);
        }
    }

    private void Close(IPAddress address, string? key)
    {
        lock (_gate)
        {
            Count--;
            CountDown(_byAddress, address);
            if (key is not null)
            {
                CountDown(_byKey, key);
            }
        }
    }

    private static void CountDown<T>(Dictionary<T, int> counts, T of)
        where T : notnull
    {
        int left = counts[of] - 1;
        if (left == 0)
        {
            counts.Remove(of);
        }
        else
        {
            counts[of] = left;
        }
    }

    private sealed class Place(ConnectionLimiter limiter, IPAddress address, string? key) : IDisposable
    {
        private int _isClosed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isClosed, 1) == 0)
            {
                limiter.Close(address, key);
            }
        }
    }
}
