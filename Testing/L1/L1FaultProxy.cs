using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.JsonRpc;
using Cloud.Settlement.L1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cloud.Testing.L1;

/// <summary>JSON-RPC in front of an L1 node, with the faults of a network and the pool rules of geth. For tests.</summary>
public sealed class L1FaultProxy : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly HttpClient _http;
    private readonly L1FaultProxyOptions _options;
    private readonly L1Client _node;
    private readonly HttpJsonRpc _nodeRpc;
    private readonly Random _random;
    private readonly Lock _lock = new();
    private readonly Queue<(string Method, L1Fault Fault)> _script = [];
    private readonly PoolRules _pool = new();
    private readonly SemaphoreSlim _poolTurn = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<L1Fault, int> _met = [];
    private TaskCompletionSource _passed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private L1FaultProxy(L1FaultProxyOptions options, WebApplication server)
    {
        _options = options;
        _server = server;
        _random = new Random(options.Seed);
        _http = new HttpClient { Timeout = TimeSpan.FromMinutes(1) };
        _nodeRpc = new HttpJsonRpc(options.Target, TimeSpan.FromMinutes(1), 64 << 20, TimeProvider.System);
        _node = new L1Client(_nodeRpc);
    }

    /// <summary>Where it listens: a free port of the loopback interface.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1");

    /// <summary>How many requests met each fault.</summary>
    public IReadOnlyDictionary<L1Fault, int> Met => _met;

    /// <summary>While true every connection breaks: the endpoint is dead.</summary>
    public bool IsDead { get; set; }

    /// <summary>While true no request meets a fault by chance.</summary>
    public bool IsHealthy { get; set; }

    /// <summary>Starts a proxy.</summary>
    /// <param name="options">How it behaves.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <returns>The proxy, listening.</returns>
    public static async Task<L1FaultProxy> StartAsync(L1FaultProxyOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = 8 << 20;
        });
        WebApplication server = builder.Build();
        L1FaultProxy proxy = new(options, server);
        server.Run(proxy.HandleAsync);
        await server.StartAsync(cancellationToken).ConfigureAwait(false);
        proxy.Address = new Uri(server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return proxy;
    }

    /// <summary>Lets the next request of a method meet a fault, whatever the rate.</summary>
    /// <param name="method">The method.</param>
    /// <param name="fault">The fault; <see cref="L1Fault.None"/> lets one pass.</param>
    public void Expect(string method, L1Fault fault)
    {
        lock (_lock)
        {
            _script.Enqueue((method, fault));
        }
    }

    /// <summary>Gives the node again what the pool holds and the node has lost: geth keeps transactions that anvil drops, and brings back those that a reorg removes.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task ReinjectAsync(CancellationToken cancellationToken = default)
    {
        await _poolTurn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (PooledTransaction transaction in _pool.Pooled.ToArray())
            {
                ulong nonce = (await _node.GetNonceAsync(transaction.Sender, BlockTag.Latest, cancellationToken).ConfigureAwait(false)).Require();
                if (transaction.Nonce < nonce)
                {
                    _pool.Mined(transaction.Sender, nonce);
                }
                else
                {
                    await _node.SendAsync(transaction.Raw.Memory, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            _poolTurn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _server.DisposeAsync().ConfigureAwait(false);
        _http.Dispose();
        _nodeRpc.Dispose();
        _poolTurn.Dispose();
        _stopping.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        using CancellationTokenSource ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopping.Token);
        try
        {
            using StreamReader reader = new(context.Request.Body, Encoding.UTF8);
            string body = await reader.ReadToEndAsync(ends.Token).ConfigureAwait(false);
            JsonObject request = JsonNode.Parse(body)!.AsObject();
            string method = request["method"]!.GetValue<string>();
            (L1Fault fault, TimeSpan delay) = IsDead ? (L1Fault.Disconnect, default) : Choose(method);
            _met.AddOrUpdate(fault, 1, (_, count) => count + 1);
            switch (fault)
            {
                case L1Fault.Disconnect:
                    context.Abort();
                    return;
                case L1Fault.ServerError:
                    context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                    return;
                case L1Fault.RateLimit:
                    await ReplyAsync(context, Error(request, L1Failure.Refused.LimitExceeded, "limit exceeded"), ends.Token).ConfigureAwait(false);
                    return;
                case L1Fault.TimeOut:
                    _options.TimedOut?.Invoke();
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ends.Token).ConfigureAwait(false);
                    return;
                case L1Fault.Delay:
                    await Task.Delay(delay, TimeProvider.System, ends.Token).ConfigureAwait(false);
                    break;
                case L1Fault.Reorder:
                    await Task.WhenAny(Volatile.Read(ref _passed).Task, Task.Delay(_options.MaxDelay, TimeProvider.System, ends.Token)).ConfigureAwait(false);
                    break;
            }

            string reply = await ForwardAsync(method, request, body, fault, ends.Token).ConfigureAwait(false);
            if (fault == L1Fault.Duplicate)
            {
                reply = await ForwardAsync(method, request, body, L1Fault.None, ends.Token).ConfigureAwait(false);
            }

            Interlocked.Exchange(ref _passed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
            if (fault == L1Fault.LoseReply)
            {
                context.Abort();
                return;
            }

            await ReplyAsync(context, reply, ends.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or JsonException or HttpRequestException or IOException)
        {
            context.Abort();
        }
    }

    private (L1Fault Fault, TimeSpan Delay) Choose(string method)
    {
        lock (_lock)
        {
            if (_script.TryPeek(out (string Method, L1Fault Fault) next) && next.Method == method)
            {
                return (_script.Dequeue().Fault, _options.MaxDelay);
            }

            bool meets = !IsHealthy && _random.NextDouble() < _options.FaultRate && _options.Faults.Count > 0;
            return meets ? (_options.Faults[_random.Next(_options.Faults.Count)], _options.MaxDelay * _random.NextDouble()) : (L1Fault.None, default);
        }
    }

    private async Task<string> ForwardAsync(string method, JsonObject request, string body, L1Fault fault, CancellationToken cancellationToken)
    {
        if (method == "eth_sendRawTransaction"
            && request["params"] is JsonArray { Count: 1 } parameters
            && Hex.TryDecode(parameters[0]!.GetValue<string>(), out byte[] raw)
            && PooledTransaction.Read(raw) is { } transaction)
        {
            return await SendAsync(transaction, request, body, fault, cancellationToken).ConfigureAwait(false);
        }

        return await PassAsync(body, cancellationToken).ConfigureAwait(false);
    }

    private async Task<string> SendAsync(PooledTransaction transaction, JsonObject request, string body, L1Fault fault, CancellationToken cancellationToken)
    {
        if (fault == L1Fault.Underprice)
        {
            return Error(request, -32000, "transaction underpriced");
        }

        if (fault == L1Fault.DropTransaction)
        {
            return new JsonObject { ["jsonrpc"] = "2.0", ["id"] = request["id"]!.DeepClone(), ["result"] = transaction.Hash.ToString() }.ToJsonString();
        }

        if (!_options.PoolRules)
        {
            return await PassAsync(body, cancellationToken).ConfigureAwait(false);
        }

        await _poolTurn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ulong nonce = (await _node.GetNonceAsync(transaction.Sender, BlockTag.Latest, cancellationToken).ConfigureAwait(false)).Require();
            if (_pool.Refuse(transaction, nonce) is { } refusal)
            {
                return Error(request, -32000, refusal);
            }

            string reply = await PassAsync(body, cancellationToken).ConfigureAwait(false);
            if (JsonNode.Parse(reply) is JsonObject answer && answer.ContainsKey("result"))
            {
                _pool.Add(transaction);
            }

            return reply;
        }
        finally
        {
            _poolTurn.Release();
        }
    }

    private async Task<string> PassAsync(string body, CancellationToken cancellationToken)
    {
        using StringContent content = new(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await _http.PostAsync(_options.Target, content, cancellationToken).ConfigureAwait(false);
        return await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
    }

    private static string Error(JsonObject request, long code, string message) => new JsonObject
    {
        ["jsonrpc"] = "2.0",
        ["id"] = request["id"]!.DeepClone(),
        ["error"] = new JsonObject { ["code"] = code, ["message"] = message },
    }.ToJsonString();

    private static Task ReplyAsync(HttpContext context, string reply, CancellationToken cancellationToken)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(reply, cancellationToken);
    }
}
