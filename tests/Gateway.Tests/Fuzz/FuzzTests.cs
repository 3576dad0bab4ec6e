using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using Cloud.Gateway.JsonRpc;
using Cloud.Gateway.Metrics;
using Cloud.Gateway.Tests.Support;
using Cloud.Protocol.Primitives;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cloud.Gateway.Tests.Fuzz;

/// <summary>Anything may come in: no 5xx, no exception, no leak. <c>GATEWAY_FUZZ_REQUESTS</c> says how many requests, <c>GATEWAY_FUZZ_SEED</c> which ones.</summary>
public sealed class FuzzTests
{
    private const int Workers = 4;
    private const int Seconds = 60;
    private const long MostGrowth = 96 << 20;

    private static int Requests => Number("GATEWAY_FUZZ_REQUESTS", 12_000);

    private static int Seed => Number("GATEWAY_FUZZ_SEED", 1);

    [Fact]
    public async Task Whatever_comes_in_over_http_and_websocket_gets_an_answer_and_leaves_nothing_behind()
    {
        Exceptions log = new();
        await using TestChain chain = await TestChain.StartAsync(configure: builder =>
        {
            builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Error);
            // The chain stands still: who waits for a transaction waits in vain, and should not do so for long.
            builder.Configuration["Gateway:Rpc:DefaultSyncWait"] = "00:00:00.020";
            builder.Configuration["Gateway:Rpc:MaxSyncWait"] = "00:00:00.050";
        });
        using MeterListener meters = new();
        long defects = 0;
        long connections = 0;
        // Other tests of the process have gateways and connections of their own.
        IMeterFactory own = chain.Services.GetRequiredService<IMeterFactory>();
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, own) && instrument.Meter.Name == GatewayMetrics.MeterName
                && (instrument.Name is "preconf.gateway.defects" or "preconf.gateway.connections"))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        meters.SetMeasurementEventCallback<long>((instrument, value, _, _) => _ = instrument.Name == "preconf.gateway.defects" ? Interlocked.Add(ref defects, value) : Interlocked.Add(ref connections, value));
        meters.Start();
        Address counter = await chain.DeployAsync(Contracts.Counter, 0, 0);
        Hash256 sealedCall = await chain.SendAsync(chain.Transfer(0, 1, counter, 0, 100_000));
        await chain.SealAsync();
        Hash256 pending = await chain.SendAsync(chain.Transfer(0, 2, counter, 0, 100_000));
        await chain.FlashblockAsync();
        string[] methods = [.. chain.Services.GetRequiredService<RpcMethodTable>().Names.Order(StringComparer.Ordinal)];
        string[] values =
        [
            "latest", "pending", "earliest", "safe", "finalized", "0x0", "0x1", "0x2", "0x5", "0xffffffffffffffff", counter.ToString(), chain.User(0).ToString(), sealedCall.ToString(), pending.ToString(),
            chain.Node.View.Latest.Hash.ToString(), chain.Node.View.Latest.Header.StateRoot.ToString(), "callTracer", "prestateTracer", "newHeads", "logs", "newFlashblocks", "newFlashblockTransactions", "pendingLogs",
            "newPendingTransactions", chain.Transfer(1, 0, counter).Raw.ToString(), "0x", "",
        ];
        // Once around, so that caches and pools are full before memory is looked at.
        await RoundAsync(chain, methods, values, Math.Min(Requests, 4_000), Seed + 1_000_000);
        long before = Memory();
        await RoundAsync(chain, methods, values, Requests, Seed);
        await TestChain.UntilAsync(() => Volatile.Read(ref connections) == 0);
        long growth = Memory() - before;
        Assert.Equal(0, defects);
        Assert.Empty(log.Entries);
        Assert.True(growth < MostGrowth, $"memory grew by {growth >> 20} MiB over {Requests} requests");
        Assert.Equal("0x385", (await chain.ResultAsync("eth_chainId")).GetString());
        TestContext.Current.TestOutputHelper?.WriteLine($"{Requests} requests, memory grew by {growth >> 20} MiB");
    }

    private static int Number(string name, int standard) => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int number) ? number : standard;

    private static long Memory()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static async Task RoundAsync(TestChain chain, string[] methods, string[] values, int requests, int seed)
    {
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            RequestFuzzer fuzzer = new((seed * Workers) + worker, methods, values);
            if (worker % 2 == 0)
            {
                await PostAsync(chain, fuzzer, requests / Workers);
            }
            else
            {
                await PushAsync(chain, fuzzer, requests / Workers);
            }
        })));
    }

    private static async Task PostAsync(TestChain chain, RequestFuzzer fuzzer, int requests)
    {
        for (int i = 0; i < requests; i++)
        {
            byte[] request = fuzzer.Next();
            using ByteArrayContent content = new(request);
            content.Headers.ContentType = new("application/json");
            using HttpResponseMessage response = await chain.Http.PostAsync("/", content);
            byte[] body = await response.Content.ReadAsByteArrayAsync();
            Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.NoContent, $"{(int)response.StatusCode} on {Convert.ToHexString(request)}");
            if (body.Length > 0)
            {
                Check(body, request);
            }
        }
    }

    private static async Task PushAsync(TestChain chain, RequestFuzzer fuzzer, int requests)
    {
        const int PerConnection = 500;
        byte[] buffer = new byte[1 << 20];
        for (int sent = 0; sent < requests; sent += PerConnection)
        {
            using ClientWebSocket socket = new();
            using CancellationTokenSource patience = new(TimeSpan.FromSeconds(Seconds));
            await socket.ConnectAsync(new UriBuilder(chain.Address) { Scheme = "ws", Path = "/ws" }.Uri, patience.Token);
            Task reading = Task.Run(async () =>
            {
                while ((await socket.ReceiveAsync(buffer, CancellationToken.None)).MessageType != WebSocketMessageType.Close)
                {
                }
            });
            for (int i = 0; i < PerConnection; i++)
            {
                // A text that is not UTF-8 ends a connection (RFC 6455 section 8.1); as bytes it is refused like any other.
                byte[] request = fuzzer.Next();
                bool isText = i % 3 != 0 && System.Text.Unicode.Utf8.IsValid(request);
                await socket.SendAsync(request, isText ? WebSocketMessageType.Text : WebSocketMessageType.Binary, true, patience.Token);
            }

            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
            await reading.WaitAsync(patience.Token);
            Assert.NotEqual(WebSocketCloseStatus.InternalServerError, socket.CloseStatus);
        }
    }

    private static void Check(byte[] body, byte[] request)
    {
        using JsonDocument document = JsonDocument.Parse(body);
        foreach (JsonElement answer in document.RootElement.ValueKind == JsonValueKind.Array ? [.. document.RootElement.EnumerateArray()] : (JsonElement[])[document.RootElement])
        {
            Assert.Equal("2.0", answer.GetProperty("jsonrpc").GetString());
            if (answer.TryGetProperty("error", out JsonElement error))
            {
                Assert.True(error.GetProperty("code").GetInt32() != RpcErrorCode.Internal, $"{error} on {System.Text.Encoding.UTF8.GetString(request)}");
                Assert.NotEmpty(error.GetProperty("message").GetString()!);
            }
            else
            {
                Assert.True(answer.TryGetProperty("result", out _));
            }
        }
    }

    private sealed class Exceptions : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Entries { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Entries.Enqueue($"{formatter(state, exception)} {exception}");
            }
        }

        public void Dispose()
        {
        }
    }
}
