using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Testing;
using Cloud.Testing.L1;
using Microsoft.Extensions.Logging;

namespace Cloud.Bench.Gateway;

/// <summary>What clients get from the gateway of a whole chain in this process (committee, publisher and L1 run along), and from anvil alone, in turns.</summary>
public sealed class GatewaySubject : ISubject
{
    private const int Connections = 8;
    private const int Accounts = 64;
    private const int TransactionsOfAccount = 24;
    private const string Counter = "6005546001018060055560005260206000f3";

    public string Name => "gateway";

    public string Summary => "JSON-RPC throughput and p99 beside anvil; pushes to 5,000 subscribers with a slow one among them";

    public async Task RunAsync(BenchRun bench, CancellationToken cancellation)
    {
        if (AnvilProcess.Find() is null)
        {
            throw new InvalidOperationException("anvil is not installed: run npm ci in contracts/.");
        }

        await using PreconfCloud cloud = await StartAsync(cancellation).ConfigureAwait(false);
        await using AnvilProcess anvil = await AnvilProcess.StartAsync(["--chain-id", $"{cloud.ChainId}", "--block-time", "2"], cancellation).ConfigureAwait(false);
        foreach (TestAccount account in cloud.Accounts)
        {
            await anvil.AskAsync("anvil_setBalance", [account.Address.ToString(), "0x21e19e0c9bab2400000"], cancellation).ConfigureAwait(false);
        }

        using HttpClient http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 2 * Connections });
        Endpoint ours = new(http, cloud.RpcUrl);
        Endpoint theirs = new(http, anvil.Address);
        Transaction creation = Sign(cloud, 0, 0, null, Convert.FromHexString($"60{Counter.Length / 2:x2}600c60003960{Counter.Length / 2:x2}6000f3{Counter}"), 300_000);
        string contract = "";
        foreach (Endpoint endpoint in (Endpoint[])[ours, theirs])
        {
            await endpoint.AskAsync("eth_sendRawTransaction", [creation.Raw.ToString()], cancellation).ConfigureAwait(false);
            JsonElement receipt = default;
            while (receipt.ValueKind != JsonValueKind.Object || receipt.GetProperty("blockHash").GetString() == default(Hash256).ToString())
            {
                await Task.Delay(100, cancellation).ConfigureAwait(false);
                receipt = await endpoint.AskAsync("eth_getTransactionReceipt", [creation.Hash.ToString()], cancellation).ConfigureAwait(false);
            }

            contract = receipt.GetProperty("contractAddress").GetString()!;
        }

        TimeSpan span = bench.Budget * 4;
        await CompareAsync(bench, ours, theirs, "eth_getTransactionReceipt", span, _ => new JsonArray(creation.Hash.ToString()), int.MaxValue, cancellation).ConfigureAwait(false);
        await CompareAsync(bench, ours, theirs, "eth_call", span, _ => new JsonArray(new JsonObject { ["to"] = contract }, "latest"), int.MaxValue, cancellation).ConfigureAwait(false);
        string[] raw =
        [
            .. Enumerable.Range(0, TransactionsOfAccount).SelectMany(nonce => Enumerable.Range(1, Accounts - 1)
                .Select(account => Sign(cloud, account, (ulong)nonce, cloud.Accounts[0].Address, [], 21_000).Raw.ToString())),
        ];
        await CompareAsync(bench, ours, theirs, "eth_sendRawTransaction", TimeSpan.FromMinutes(2), number => new JsonArray(raw[number]), raw.Length, cancellation).ConfigureAwait(false);
        await PushSubject.MeasureAsync(bench, cloud, cancellation).ConfigureAwait(false);
    }

    /// <summary>A chain whose slots are so long that load from the same machine does not cost it any: that is what the pipeline's measurement is for.</summary>
    internal static Task<PreconfCloud> StartAsync(CancellationToken cancellation) => PreconfCloud.StartAsync(
        new PreconfCloudOptions
        {
            Accounts = Accounts + 1,
            Plan = PreconfCloudOptions.Quick with { Slot = TimeSpan.FromSeconds(60), Chunk = TimeSpan.FromSeconds(2) },
            LogLevel = LogLevel.Critical,
            Configure = builder =>
            {
                builder.Configuration["Gateway:Limits:MaxConnectionsPerAddress"] = "20000";
                builder.Configuration["Gateway:Push:MaxQueuedMessages"] = "64";
            },
        },
        cancellation);

    private static Transaction Sign(PreconfCloud cloud, int account, ulong nonce, Address? to, byte[] data, ulong gas) => cloud.Accounts[account].Sign(new TransactionFields
    {
        ChainId = cloud.ChainId, Nonce = nonce, MaxFeePerGas = 100_000_000_000, MaxPriorityFeePerGas = 1_000_000_000, GasLimit = gas, To = to, Data = data,
    });

    private static async Task CompareAsync(
        BenchRun bench, Endpoint ours, Endpoint theirs, string method, TimeSpan span, Func<int, JsonArray> parameters, int limit, CancellationToken cancellation)
    {
        (double rate, double p99) = await LoadAsync(ours, method, span, parameters, limit, cancellation).ConfigureAwait(false);
        (double peerRate, double peerP99) = await LoadAsync(theirs, method, span, parameters, limit, cancellation).ConfigureAwait(false);
        bench.AddHigherIsBetter($"{method}, {Connections} connections", "requests/s", rate, peerRate);
        bench.AddLowerIsBetter($"{method}, p99", "ms", p99, peerP99);
    }

    private static async Task<(double Rate, double P99)> LoadAsync(
        Endpoint endpoint, string method, TimeSpan span, Func<int, JsonArray> parameters, int limit, CancellationToken cancellation)
    {
        int next = -1;
        long start = Stopwatch.GetTimestamp();
        List<double>[] times = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(
            async () =>
            {
                List<double> own = [];
                while (Stopwatch.GetElapsedTime(start) < span && Interlocked.Increment(ref next) is int number && number < limit)
                {
                    long begin = Stopwatch.GetTimestamp();
                    await endpoint.AskAsync(method, parameters(number), cancellation).ConfigureAwait(false);
                    own.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
                }

                return own;
            },
            cancellation))).ConfigureAwait(false);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double[] all = [.. times.SelectMany(own => own)];
        return (all.Length / seconds, BenchRun.Percentile(all, 0.99));
    }

    private sealed class Endpoint(HttpClient http, Uri address)
    {
        public async Task<JsonElement> AskAsync(string method, JsonArray parameters, CancellationToken cancellation)
        {
            JsonObject request = new() { ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = method, ["params"] = parameters };
            using ByteArrayContent content = new(Encoding.UTF8.GetBytes(request.ToJsonString()));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using HttpResponseMessage response = await http.PostAsync(address, content, cancellation).ConfigureAwait(false);
            byte[] body = await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
            using JsonDocument answer = JsonDocument.Parse(body);
            return answer.RootElement.TryGetProperty("result", out JsonElement result) ? result.Clone() : throw new InvalidOperationException($"{method}: {answer.RootElement}");
        }
    }
}
