using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json;
using Cloud.Gateway.Eth;
using Cloud.Gateway.JsonRpc;
using Cloud.Gateway.Keys;
using Cloud.Gateway.Limits;
using Cloud.Gateway.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cloud.Gateway.Tests.Support;

/// <summary>A JSON-RPC server without a transport, which notes every defect.</summary>
internal sealed class TestServer : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly DefectLog _defects = new();

    public TestServer(IEnumerable<RpcMethod>? methods = null, RpcOptions? options = null, LimitOptions? limits = null, TimeProvider? time = null)
    {
        Options = options ?? new RpcOptions();
        TimeProvider clock = time ?? TimeProvider.System;
        Metrics = new GatewayMetrics(_services.GetRequiredService<IMeterFactory>());
        Server = new JsonRpcServer(
            new RpcMethodTable([.. new NodeMethods(31337).All(), .. methods ?? []]),
            Options,
            new RateGate(limits ?? new LimitOptions(), new ClientLimiter(clock), new UsageBook(null, clock), clock),
            Metrics,
            clock,
            _defects);
    }

    public JsonRpcServer Server { get; }

    public RpcOptions Options { get; }

    public GatewayMetrics Metrics { get; }

    public IReadOnlyList<string> Defects => _defects.Entries;

    public async Task<string> SendAsync(string request, RpcSession? session = null) => (await SendAsync(Encoding.UTF8.GetBytes(request), session)).Text;

    public async Task<(string Text, RpcReply Reply)> SendAsync(ReadOnlyMemory<byte> request, RpcSession? session = null)
    {
        using PooledBuffer output = new(Options.MaxResponseBytes);
        RpcReply reply = await Server.HandleAsync(request, session ?? new RpcSession(ClientId.Local), output, TestContext.Current.CancellationToken);
        return (Encoding.UTF8.GetString(output.Written.Span), reply);
    }

    public async Task<JsonElement> ResultAsync(string request)
    {
        using JsonDocument answer = JsonDocument.Parse(await SendAsync(request));
        Assert.True(answer.RootElement.TryGetProperty("result", out JsonElement result), answer.RootElement.ToString());
        return result.Clone();
    }

    public async Task<(int Code, string Message)> ErrorAsync(string request)
    {
        using JsonDocument answer = JsonDocument.Parse(await SendAsync(request));
        Assert.True(answer.RootElement.TryGetProperty("error", out JsonElement error), answer.RootElement.ToString());
        return (error.GetProperty("code").GetInt32(), error.GetProperty("message").GetString()!);
    }

    public void Dispose()
    {
        Metrics.Dispose();
        _services.Dispose();
    }

    private sealed class DefectLog : ILogger<JsonRpcServer>
    {
        private readonly List<string> _entries = [];

        public IReadOnlyList<string> Entries => _entries;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_entries)
            {
                _entries.Add($"{formatter(state, exception)} {exception}");
            }
        }
    }
}
