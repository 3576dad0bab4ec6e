using System.Net;

namespace Cloud.Gateway.Limits;

/// <summary>Counts open connections, in all and by network address. Safe for several threads.</summary>
/// <param name="options">The bounds.</param>
internal sealed class ConnectionLimiter(LimitOptions options)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _byAddress = [];

    /// <summary>Open connections.</summary>
    public int Count { get; private set; }

    /// <summary>Takes a place for a connection.</summary>
    /// <param name="client">Whose.</param>
    /// <param name="refusal">Which bound is reached; null where the result is not.</param>
    /// <returns>Gives the place back when disposed; null where there is none.</returns>
    public IDisposable? TryOpen(in ClientId client, out string? refusal)
    {
        IPAddress address = client.Address;
        bool isExempt = options.ExemptLoopback && IPAddress.IsLoopback(address);
        lock (_gate)
        {
            int mine = _byAddress.GetValueOrDefault(address);
            refusal = Count >= options.MaxConnections ? $"too many connections: at most {options.MaxConnections} are served"
                : !isExempt && mine >= options.MaxConnectionsPerAddress ? $"too many connections from {address}: at most {options.MaxConnectionsPerAddress}"
                : null;
            if (refusal is not null)
            {
                return null;
            }

            Count++;
            _byAddress[address] = mine + 1;
            return new Place(this, address);
        }
    }

    private void Close(IPAddress address)
    {
        lock (_gate)
        {
            Count--;
            int left = _byAddress[address] - 1;
            if (left == 0)
            {
                _byAddress.Remove(address);
            }
            else
            {
                _byAddress[address] = left;
            }
        }
    }

    private sealed class Place(ConnectionLimiter limiter, IPAddress address) : IDisposable
    {
        private int _isClosed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isClosed, 1) == 0)
            {
                limiter.Close(address);
            }
        }
    }
}
