using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Gateway.Tests.Support;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Testing.L1;

namespace Cloud.Gateway.Tests.Eth;

/// <summary>The same transactions on this chain and on anvil, and the same questions to both.</summary>
[Trait("Category", "EndToEnd")]
public sealed class AnvilComparisonTests
{
    private static readonly string[] OfTheBlock = ["blockHash", "blockNumber", "blockTimestamp", "transactionIndex", "cumulativeGasUsed", "effectiveGasPrice", "gasPrice", "blobGasPrice", "logIndex"];

    [Fact]
    public async Task Receipts_transactions_calls_traces_and_proofs_are_the_same_as_anvils()
    {
        if (AnvilProcess.Find() is null)
        {
            Assert.Skip("anvil is not installed: run npm ci in contracts/, or ./test.sh");
        }

        await using TestChain chain = await TestChain.StartAsync();
        await using AnvilProcess anvil = await AnvilProcess.StartAsync(
            ["--chain-id", TestChain.ChainId.ToString(CultureInfo.InvariantCulture), "--hardfork", "prague", "--steps-tracing"], TestContext.Current.CancellationToken);
        foreach (byte[] user in chain.Users)
        {
            await anvil.AskAsync("anvil_setBalance", [TestChain.AddressOf(user).ToString(), "0x21e19e0c9bab2400000"]);
        }

        Address counter = CreatedBy(chain, 0);
        Address reverter = CreatedBy(chain, 1);
        Address forwarder = CreatedBy(chain, 2);
        Address creator = CreatedBy(chain, 3);
        Address logger = CreatedBy(chain, 4);
        byte[] toCounter = Convert.FromHexString($"{new string('0', 24)}{counter.ToString()[2..]}");
        Transaction[] transactions =
        [
            Create(chain, 0, Contracts.Counter), Create(chain, 1, Contracts.Reverter), Create(chain, 2, Contracts.Forwarder), Create(chain, 3, Contracts.Creator), Create(chain, 4, Contracts.Logger),
            chain.Transfer(0, 5, counter, 0, 100_000), chain.Transfer(0, 6, reverter, 0, 100_000), chain.Transfer(0, 7, forwarder, 0, 200_000, toCounter),
            chain.Transfer(0, 8, creator, 0, 500_000, Contracts.InitCode(Contracts.Counter)), chain.Transfer(0, 9, logger, 0, 100_000), chain.Transfer(0, 10, value: 5),
            chain.Transfer(0, 11, counter, 0, 26_000),
        ];
        foreach (Transaction transaction in transactions)
        {
            await chain.SendAsync(transaction);
            await anvil.AskAsync("eth_sendRawTransaction", [transaction.Raw.ToString()]);
        }

        await chain.SealAsync();
        foreach (Transaction transaction in transactions)
        {
            string hash = transaction.Hash.ToString();
            await CompareAsync("eth_getTransactionReceipt", hash);
            await CompareAsync("eth_getTransactionByHash", hash);
            await CompareTraceAsync(hash);
            await CompareAsync("debug_traceTransaction", hash, new { tracer = "4byteTracer" });
            await CompareAsync("debug_traceTransaction", hash, new { disableStorage = true });
        }

        foreach (Address contract in (Address[])[counter, reverter, forwarder, creator, logger])
        {
            await CompareAsync("eth_getCode", contract.ToString(), "latest");
            await CompareAsync("eth_getStorageAt", contract.ToString(), "0x5", "latest");
            await CompareAsync("eth_getTransactionCount", contract.ToString(), "latest");
            await CompareAsync("eth_call", new { to = contract.ToString(), data = $"0x{Convert.ToHexStringLower(toCounter)}" }, "latest");
            // Where the call reverts, anvil gives an error, and go-ethereum, as we do, the list with the error beside it.
            if (contract != reverter)
            {
                await CompareAsync("eth_createAccessList", new { from = chain.User(1).ToString(), to = contract.ToString(), data = $"0x{Convert.ToHexStringLower(toCounter)}" }, "latest");
            }
        }

        JsonNode ours = await OursAsync("eth_getProof", counter.ToString(), new[] { $"0x{5:x64}", $"0x{6:x64}" }, "latest");
        JsonNode theirs = await TheirsAsync("eth_getProof", counter.ToString(), new[] { $"0x{5:x64}", $"0x{6:x64}" }, "latest");
        Assert.True(theirs["error"] is null && ours["error"] is null, $"eth_getProof: anvil {theirs["error"]}, ours {ours["error"]}");
        foreach (string key in (string[])["address", "balance", "codeHash", "nonce", "storageHash", "storageProof"])
        {
            Compare($"eth_getProof.{key}", theirs["result"]![key], ours["result"]![key]);
        }

        JsonNode block = await OursAsync("eth_getBlockByNumber", "latest", false);
        JsonNode anvilBlock = await TheirsAsync("eth_getBlockByNumber", "latest", false);
        Assert.Empty(((JsonObject)anvilBlock["result"]!).Select(property => property.Key).Except(["totalDifficulty"]).Except(((JsonObject)block["result"]!).Select(property => property.Key)));
        await CompareAsync("eth_nothing");
        await CompareAsync("eth_getBalance", "0x12", "latest");
        await CompareAsync("eth_getTransactionReceipt", default(Hash256).ToString());
        await CompareAsync("eth_sendRawTransaction", "0x01");

        // Anvil gives the outermost call the gas that is left of the limit, go-ethereum, as we do, the limit.
        async Task CompareTraceAsync(string hash)
        {
            JsonObject theirTrace = (JsonObject)(await TheirsAsync("debug_traceTransaction", hash, new { tracer = "callTracer" }))["result"]!;
            theirTrace.Remove("gas");
            Compare($"callTracer {hash}", theirTrace, (await OursAsync("debug_traceTransaction", hash, new { tracer = "callTracer" }))["result"]);
        }

        async Task CompareAsync(string method, params object[] parameters)
        {
            JsonNode our = await OursAsync(method, parameters);
            JsonNode their = await TheirsAsync(method, parameters);
            string question = $"{method} {JsonSerializer.Serialize(parameters)}";
            if (their["error"] is { } error)
            {
                Assert.True(our["error"] is not null, $"{question}: anvil {error}, ours {our}");
                if ((int)error["code"]! == 3)
                {
                    Assert.Equal(error["data"]?.ToString(), our["error"]!["data"]?.ToString());
                    Assert.Equal(3, (int)our["error"]!["code"]!);
                }

                return;
            }

            Assert.True(our["error"] is null, $"{question}: ours {our["error"]}");
            Compare(question, their["result"], our["result"]);
        }

        Task<JsonNode> OursAsync(string method, params object[] parameters) => AskAsync(chain.Address, method, parameters);
        Task<JsonNode> TheirsAsync(string method, params object[] parameters) => AskAsync(anvil.Address, method, parameters);
        async Task<JsonNode> AskAsync(Uri address, string method, object[] parameters)
        {
            string request = JsonSerializer.Serialize(new Dictionary<string, object> { ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = method, ["params"] = parameters });
            using StringContent content = new(request, System.Text.Encoding.UTF8, "application/json");
            using HttpResponseMessage response = await chain.Http.PostAsync(address, content, TestContext.Current.CancellationToken);
            return JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        }
    }

    /// <summary>Everything that anvil says, we say too; what only we say does not matter. The price of a creation has what it gives on at anvil, and not at go-ethereum and here.</summary>
    private static void Compare(string path, JsonNode? theirs, JsonNode? ours)
    {
        switch (theirs)
        {
            case JsonObject expected:
                JsonObject actual = Assert.IsType<JsonObject>(ours);
                foreach ((string key, JsonNode? value) in expected)
                {
                    if (!OfTheBlock.Contains(key) && value is not null && !(key == "error" && path.Contains("structLogs", StringComparison.Ordinal) && actual.ContainsKey(key)) && !(key == "refund" && (ulong)value == 0) && !(key == "gasCost" && (string)expected["op"]! is ("CREATE" or "CREATE2")))
                    {
                        Assert.True(actual.ContainsKey(key), $"{path}.{key} is missing");
                        Compare($"{path}.{key}", value, actual[key]);
                    }
                }

                break;
            case JsonArray expected:
                JsonArray list = Assert.IsType<JsonArray>(ours);
                Assert.True(expected.Count == list.Count, $"{path}: anvil has {expected.Count}, ours {list.Count}");
                for (int i = 0; i < expected.Count; i++)
                {
                    Compare($"{path}[{i}]", expected[i], list[i]);
                }

                break;
            default:
                Assert.True(Normal(theirs) == Normal(ours), $"{path}: anvil {theirs}, ours {ours}");
                break;
        }
    }

    private static string? Normal(JsonNode? node) => node?.ToJsonString().ToLowerInvariant();

    private static Address CreatedBy(TestChain chain, ulong nonce) => Execution.Evm.VirtualMachine.ContractAddress(chain.User(0), nonce);

    private static Transaction Create(TestChain chain, ulong nonce, string runtime) => chain.Transfer(0, nonce, gas: 300_000, value: 0, data: Contracts.InitCode(runtime), creates: true);
}
