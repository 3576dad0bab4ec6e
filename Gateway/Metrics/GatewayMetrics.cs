using System.Diagnostics.Metrics;

namespace Cloud.Gateway.Metrics;

/// <summary>What the gateway measures of itself.</summary>
internal sealed class GatewayMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "PreconfCloud.Gateway";

    private readonly Meter _meter;
    private readonly Counter<long> _requests;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _defects;
    private readonly UpDownCounter<long> _connections;
    private readonly Counter<long> _slowClients;
    private readonly Counter<long> _pushed;

    /// <summary>Makes the instruments.</summary>
    /// <param name="factory">From the host.</param>
    public GatewayMetrics(IMeterFactory factory)
    {
        _meter = factory.Create(MeterName);
        _requests = _meter.CreateCounter<long>("preconf.gateway.requests", "{request}", "JSON-RPC requests by method and error code (0: none)");
        _duration = _meter.CreateHistogram<double>("preconf.gateway.request.duration", "s", "Time of JSON-RPC requests by method");
        _defects = _meter.CreateCounter<long>("preconf.gateway.defects", "{defect}", "Requests that ended in an exception: defects of ours");
        _connections = _meter.CreateUpDownCounter<long>("preconf.gateway.connections", "{connection}", "Open WebSocket and event-stream connections by kind");
        _slowClients = _meter.CreateCounter<long>("preconf.gateway.slow_clients", "{connection}", "Connections closed since the client did not keep up");
        _pushed = _meter.CreateCounter<long>("preconf.gateway.pushed", "{message}", "Messages queued for clients");
    }

    /// <summary>A request was answered.</summary>
    public void Answered(string method, int code, TimeSpan took)
    {
        KeyValuePair<string, object?> tag = new("method", method);
        _requests.Add(1, tag, new KeyValuePair<string, object?>("code", code));
        _duration.Record(took.TotalSeconds, tag);
    }

    /// <summary>A request ended in an exception.</summary>
    public void Defect(string method) => _defects.Add(1, new KeyValuePair<string, object?>("method", method));

    /// <summary>A connection was opened (1) or closed (-1).</summary>
    public void Connection(string kind, int change) => _connections.Add(change, new KeyValuePair<string, object?>("kind", kind));

    /// <summary>A connection was closed since its client did not keep up.</summary>
    public void SlowClient(string kind) => _slowClients.Add(1, new KeyValuePair<string, object?>("kind", kind));

    /// <summary>Messages were queued for clients.</summary>
    public void Pushed(string kind, int messages) => _pushed.Add(messages, new KeyValuePair<string, object?>("kind", kind));

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
