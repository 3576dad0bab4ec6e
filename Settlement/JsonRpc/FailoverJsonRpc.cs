using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Settlement.L1;

namespace Cloud.Settlement.JsonRpc;

/// <summary>Several servers as one. A call goes to the first that is not resting; one that fails rests, longer each time, and the next one is asked.</summary>
public sealed class FailoverJsonRpc : IJsonRpc
{
    private readonly Server[] _servers;
    private readonly int _attempts;
    private readonly TimeSpan _backoff;
    private readonly TimeSpan _maxBackoff;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private Server? _last;

    /// <summary>Makes one server of several.</summary>
    /// <param name="servers">Best first, at least one.</param>
    /// <param name="attempts">How often a call is tried, at least once.</param>
    /// <param name="backoff">First rest of a server that failed.</param>
    /// <param name="maxBackoff">Longest rest.</param>
    /// <param name="time">The clock of the rests.</param>
    public FailoverJsonRpc(IReadOnlyList<IJsonRpc> servers, int attempts, TimeSpan backoff, TimeSpan maxBackoff, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(servers);
        ArgumentOutOfRangeException.ThrowIfZero(servers.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(attempts, 1);
        _servers = [.. servers.Select(server => new Server(server))];
        _attempts = attempts;
        _backoff = backoff;
        _maxBackoff = maxBackoff;
        _time = time;
    }

    /// <inheritdoc/>
    public string Endpoint
    {
        get
        {
            lock (_lock)
            {
                return (_last ?? Choose()).Rpc.Endpoint;
            }
        }
    }

    /// <inheritdoc/>
    public async Task<L1Result<JsonElement>> CallAsync(string method, JsonArray parameters, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        for (int attempt = 1; ; attempt++)
        {
            Server server;
            TimeSpan wait;
            lock (_lock)
            {
                server = Choose();
                wait = server.RestsUntil - _time.GetUtcNow();
            }

            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
            }

            L1Result<JsonElement> result = await server.Rpc.CallAsync(method, (JsonArray)parameters.DeepClone(), cancellationToken).ConfigureAwait(false);
            bool transient = result is L1Result<JsonElement>.Failed { Failure.IsTransient: true };
            lock (_lock)
            {
                _last = server;
                server.Failures = transient ? server.Failures + 1 : 0;
                server.RestsUntil = transient ? _time.GetUtcNow() + RestAfter(server.Failures) : default;
            }

            if (!transient || attempt >= _attempts)
            {
                return result;
            }
        }
    }

    /// <inheritdoc/>
    public void Distrust()
    {
        lock (_lock)
        {
            if (_last is { } last && _servers.Length > 1)
            {
                last.RestsUntil = _time.GetUtcNow() + _maxBackoff;
            }
        }
    }

    private TimeSpan RestAfter(int failures)
    {
        double rest = _backoff.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, 30));
        return TimeSpan.FromMilliseconds(Math.Min(rest, _maxBackoff.TotalMilliseconds));
    }

    /// <summary>The first that does not rest, else the one that rests least long.</summary>
    private Server Choose()
    {
        DateTimeOffset now = _time.GetUtcNow();
        Server best = _servers[0];
        foreach (Server server in _servers)
        {
            if (server.RestsUntil <= now)
            {
                return server;
            }

            if (server.RestsUntil < best.RestsUntil)
            {
                best = server;
            }
        }

        return best;
    }

    private sealed class Server(IJsonRpc rpc)
    {
        public IJsonRpc Rpc { get; } = rpc;

        public int Failures { get; set; }

        public DateTimeOffset RestsUntil { get; set; }
    }
}
