using System.Text.Json;
using Cloud.Gateway.Tests.Status;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Testing;

namespace Cloud.Host.Tests;

/// <summary>The product as its users meet it: the program as a process, foreign clients, a browser, a kill, and proofs that are checked offline.</summary>
[Trait("Category", "EndToEnd")]
public sealed class MainJobTests : IDisposable
{
    private const int Transfers = 40;
    private static readonly Dictionary<string, string?> Nothing = [];

    private readonly string _data = Directory.CreateTempSubdirectory("main-job-").FullName;
    private readonly HttpClient _client = new();

    public void Dispose()
    {
        _client.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task Trades_of_a_viem_client_climb_the_ladder_in_a_browser_survive_a_kill_in_the_middle_of_a_slot_and_are_proven_offline()
    {
        string? root = Tools.Root;
        Assert.SkipWhen(
            root is null || !Directory.Exists(Path.Combine(root, "tests/clients/node_modules/viem")) || !File.Exists(Path.Combine(root, "dashboard/dist/index.html")),
            "the foreign clients and the dashboard are not installed: run ./test.sh once");
        string swap;
        Dictionary<string, string> blocks = [];
        using (HostProcess host = new(Path.Combine(_data, "chain"), HostProcess.FreePort()))
        {
            await host.StartedAsync();
            string said = await Command.OutputAsync(Path.Combine(root!, "tests/clients"), ClientOf(host), "node", "trade.mjs");
            using JsonDocument traded = JsonDocument.Parse(said.TrimEnd().Split('\n')[^1]);
            swap = traded.RootElement.GetProperty("swap").GetString()!;
            foreach (JsonElement hash in traded.RootElement.GetProperty("hashes").EnumerateArray())
            {
                blocks[hash.GetString()!] = await ReceiptAsync(host, hash.GetString()!);
            }

            if (HasBrowser)
            {
                // The page is open before the rung is reached: it comes by the event stream, or the browser gives up.
                await Command.OutputAsync(
                    Path.Combine(root!, "dashboard"), Nothing, "node", "--import", "tsx", "tests/gateway/ladder.ts", host.Address.ToString(), swap, Path.Combine(root!, "artifacts/dashboard/main-job"));
            }

            await MiddleOfASlotAsync(host);
            TestAccount account = TestAccount.Of(2);
            for (ulong nonce = 0; nonce < Transfers; nonce++)
            {
                string hash = (await host.AskAsync(_client, "eth_sendRawTransaction", Transfer(account, nonce))).GetString()!;
                blocks[hash] = "";
                if (nonce % 10 == 9)
                {
                    // A promise is a receipt: from then on the transaction may not go away.
                    blocks[hash] = await ReceiptAsync(host, hash);
                }
            }

            host.KillNow();
        }

        using (HostProcess host = new(Path.Combine(_data, "chain"), HostProcess.FreePort()))
        {
            await host.StartedAsync();
            ulong last = 0;
            foreach ((string hash, string before) in blocks)
            {
                string number = await ReceiptAsync(host, hash);
                Assert.True(before.Length == 0 || before == number, $"{hash} was in block {before} and is in {number}.");
                last = Math.Max(last, Convert.ToUInt64(number, 16));
            }

            while (Convert.ToUInt64((await host.AskAsync(_client, "eth_getBlockByNumber", "safe", false)).GetProperty("number").GetString(), 16) < last)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, TestContext.Current.CancellationToken);
            }

            using JsonDocument promises = JsonDocument.Parse(await _client.GetStringAsync(new Uri(host.Address, "/api/v1/broken-promises"), TestContext.Current.CancellationToken));
            Assert.Empty(promises.RootElement.GetProperty("items").EnumerateArray());
            await ProvenOfflineAsync(host, root!, swap);
            await ProvenOfflineAsync(host, root!, blocks.Keys.Last());
            host.Interrupt();
            Assert.Equal((0, ""), await host.EndedAsync());
        }
    }

    private static bool HasBrowser => File.Exists("/usr/bin/chromium") || Environment.GetEnvironmentVariable("CHROMIUM") is not null;

    private static Dictionary<string, string?> ClientOf(HostProcess host) => new()
    {
        ["RPC_URL"] = new Uri(host.Address, "rpc").ToString(),
        ["WS_URL"] = new UriBuilder(host.Address) { Scheme = "ws", Path = "/ws" }.Uri.ToString(),
        ["CHAIN_ID"] = "7357",
        ["KEYS"] = string.Join(',', Enumerable.Range(0, 2).Select(number => TestAccount.Of(number).PrivateKey)),
    };

    private static string Transfer(TestAccount account, ulong nonce) => account.Sign(new TransactionFields
    {
        ChainId = 7357,
        Nonce = nonce,
        GasLimit = 21_000,
        MaxFeePerGas = 10_000_000_000,
        MaxPriorityFeePerGas = 1_000_000,
        To = Address.Parse(new string('d', 40)),
        Value = 1,
    }).Raw.ToString();

    /// <summary>The highest rung's proof, by the two verifiers that share no code, as a user gets it.</summary>
    private async Task ProvenOfflineAsync(HostProcess host, string root, string hash)
    {
        string cloud = Path.Combine(AppContext.BaseDirectory, "cloud.dll");
        string proof = Path.Combine(_data, $"{hash}.json");
        await Command.OutputAsync(_data, Nothing, "dotnet", cloud, "tx", hash, "--url", host.Address.ToString(), "--proof", proof);
        using JsonDocument verdict = JsonDocument.Parse(await Command.OutputAsync(_data, Nothing, "dotnet", cloud, "verify", proof, "--json"));
        Assert.True(verdict.RootElement.GetProperty("isValid").GetBoolean());
        string rung = verdict.RootElement.GetProperty("proven").GetString()!;
        Assert.Contains(rung, (string[])["checkpointed", "proven", "finalized"]);
        Assert.Contains($"valid: {rung}", await Command.OutputAsync(Path.Combine(root, "clients/verify"), Nothing, "node", "--import", "tsx", "src/cli.ts", proof), StringComparison.Ordinal);
    }

    /// <summary>Waits until a slot is built and has a chunk or two of several.</summary>
    private async Task MiddleOfASlotAsync(HostProcess host)
    {
        while (true)
        {
            using JsonDocument overview = JsonDocument.Parse(await _client.GetStringAsync(new Uri(host.Address, "/api/v1/overview"), TestContext.Current.CancellationToken));
            if (overview.RootElement.GetProperty("building") is { ValueKind: JsonValueKind.Object } building && building.GetProperty("items").GetArrayLength() is 1 or 2)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    private async Task<string> ReceiptAsync(HostProcess host, string hash)
    {
        while (true)
        {
            JsonElement receipt = await host.AskAsync(_client, "eth_getTransactionReceipt", hash);
            if (receipt.ValueKind == JsonValueKind.Object)
            {
                return receipt.GetProperty("blockNumber").GetString()!;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
