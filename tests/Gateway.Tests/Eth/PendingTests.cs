using System.Globalization;
using System.Text.Json;
using Cloud.Gateway.Tests.Support;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Gateway.Tests.Eth;

/// <summary>What readers see between a flashblock and its seal. Numbers R and S are those of the catalogue in reference/flashblocks.md sections 9.2 and 9.3, T those of the traps in section 12.</summary>
public sealed class PendingTests
{
    private static readonly Address Receiver = Address.Parse("0x00000000000000000000000000000000000abcde");
    private static readonly string ZeroHash = default(Hash256).ToString();

    // PUSH1 5 SLOAD PUSH1 1 ADD DUP1 PUSH1 5 SSTORE, then returns the counter.
    private const string Counter = "60055460010180600555" + "60005260206000f3";
    private static readonly byte[] CounterInit = Convert.FromHexString($"60{Counter.Length / 2:x2}600c60003960{Counter.Length / 2:x2}6000f3{Counter}");

    [Fact]
    public async Task R1_R22_the_pending_block_is_latest_without_flashblocks_and_grows_with_them()
    {
        await using TestChain chain = await TestChain.StartAsync();
        Assert.Equal("0x0", (await chain.ResultAsync("eth_getBlockByNumber", "pending", false)).GetProperty("number").GetString());
        await chain.SendAsync(chain.Transfer(0, 0));
        await chain.FlashblockAsync();
        JsonElement first = await chain.ResultAsync("eth_getBlockByNumber", "pending", true);
        Assert.Equal("0x1", first.GetProperty("number").GetString());
        Assert.Equal(1, first.GetProperty("transactions").GetArrayLength());
        for (ulong i = 0; i < 9; i++)
        {
            await chain.SendAsync(chain.Transfer(1, i));
        }

        await chain.FlashblockAsync();
        JsonElement second = await chain.ResultAsync("eth_getBlockByNumber", "pending", false);
        Assert.Equal("0x1", second.GetProperty("number").GetString());
        Assert.Equal(10, second.GetProperty("transactions").GetArrayLength());
        Assert.Equal("0xa", (await chain.ResultAsync("eth_getBlockTransactionCountByNumber", "pending")).GetString());
        Assert.Equal("0x0", (await chain.ResultAsync("eth_getBlockTransactionCountByNumber", "latest")).GetString());
        Assert.Equal("0x0", (await chain.ResultAsync("eth_blockNumber")).GetString());
        Assert.Equal(first.GetProperty("transactions")[0].GetProperty("hash").GetString(), second.GetProperty("transactions")[0].GetString());
    }

    [Fact]
    public async Task R2_R3_R4_T11_T12_balances_transactions_and_receipts_are_preconfirmed_with_placeholders()
    {
        await using TestChain chain = await TestChain.StartAsync();
        Transaction transfer = chain.Transfer(0, 0, value: 77);
        string hash = transfer.Hash.ToString();
        Assert.Equal(JsonValueKind.Null, (await chain.ResultAsync("eth_getTransactionByHash", hash)).ValueKind);
        Assert.Equal(JsonValueKind.Null, (await chain.ResultAsync("eth_getTransactionReceipt", hash)).ValueKind);
        await chain.SendAsync(transfer);
        JsonElement waiting = await chain.ResultAsync("eth_getTransactionByHash", hash);
        Assert.Equal(JsonValueKind.Null, waiting.GetProperty("blockNumber").ValueKind);
        await chain.FlashblockAsync();
        Assert.Equal("0x4d", (await chain.ResultAsync("eth_getBalance", Receiver.ToString(), "pending")).GetString());
        Assert.Equal("0x0", (await chain.ResultAsync("eth_getBalance", Receiver.ToString(), "latest")).GetString());
        JsonElement shown = await chain.ResultAsync("eth_getTransactionByHash", hash);
        Assert.Equal(chain.User(0).ToString(), shown.GetProperty("from").GetString());
        Assert.Equal(JsonValueKind.Null, shown.GetProperty("blockHash").ValueKind);
        Assert.Equal("0x1", shown.GetProperty("blockNumber").GetString());
        JsonElement receipt = await chain.ResultAsync("eth_getTransactionReceipt", hash);
        Assert.Equal(ZeroHash, receipt.GetProperty("blockHash").GetString());
        Assert.Equal("0x5208", receipt.GetProperty("gasUsed").GetString());
        Assert.Equal("0x1", receipt.GetProperty("status").GetString());

        await chain.SealAsync();
        JsonElement final = await chain.ResultAsync("eth_getTransactionReceipt", hash);
        JsonElement block = await chain.ResultAsync("eth_getBlockByHash", final.GetProperty("blockHash").GetString(), false);
        Assert.Equal("0x1", block.GetProperty("number").GetString());
        foreach (string field in (string[])["gasUsed", "cumulativeGasUsed", "logsBloom", "effectiveGasPrice", "transactionIndex", "blockNumber", "from", "to", "type"])
        {
            Assert.Equal(receipt.GetProperty(field).GetString(), final.GetProperty(field).GetString());
        }
    }

    [Fact]
    public async Task T19_the_block_of_a_preconfirmed_receipt_can_be_read_at_the_same_endpoint()
    {
        await using TestChain chain = await TestChain.StartAsync();
        Hash256 hash = await chain.SendAsync(chain.Transfer(0, 0));
        await chain.FlashblockAsync();
        JsonElement receipt = await chain.ResultAsync("eth_getTransactionReceipt", hash.ToString());
        JsonElement byNumber = await chain.ResultAsync("eth_getBlockByNumber", receipt.GetProperty("blockNumber").GetString(), false);
        JsonElement byHash = await chain.ResultAsync("eth_getBlockByHash", receipt.GetProperty("blockHash").GetString(), false);
        Assert.Equal(hash.ToString(), byNumber.GetProperty("transactions")[0].GetString());
        Assert.Equal(byNumber.GetRawText(), byHash.GetRawText());
    }

    [Fact]
    public async Task R5_S18_nonces_count_flashblocks_and_what_waits()
    {
        await using TestChain chain = await TestChain.StartAsync();
        string user = chain.User(0).ToString();
        Assert.Equal("0x0", (await chain.ResultAsync("eth_getTransactionCount", user, "pending")).GetString());
        await chain.SendAsync(chain.Transfer(0, 0));
        await chain.SendAsync(chain.Transfer(0, 1));
        Assert.Equal("0x2", (await chain.ResultAsync("eth_getTransactionCount", user, "pending")).GetString());
        Assert.Equal("0x0", (await chain.ResultAsync("eth_getTransactionCount", user, "latest")).GetString());
        await chain.FlashblockAsync();
        await chain.SendAsync(chain.Transfer(0, 2));
        Assert.Equal("0x3", (await chain.ResultAsync("eth_getTransactionCount", user, "pending")).GetString());
        await chain.SealAsync();
        Assert.Equal("0x3", (await chain.ResultAsync("eth_getTransactionCount", user, "pending")).GetString());
        Assert.Equal("0x3", (await chain.ResultAsync("eth_getTransactionCount", user, "latest")).GetString());
    }

    [Fact]
    public async Task R6_R7_R35_T6_calls_and_estimates_run_on_the_newest_flashblock_in_its_own_block()
    {
        await using TestChain chain = await TestChain.StartAsync();
        await chain.SendAsync(chain.Transfer(0, 0, gas: 200_000, value: 0, data: CounterInit, creates: true));
        await chain.FlashblockAsync();
        Hash256 deployed = chain.Node.View.Pending!.Transactions[0].Hash;
        string contract = (await chain.ResultAsync("eth_getTransactionReceipt", deployed.ToString())).GetProperty("contractAddress").GetString()!;
        Assert.Equal($"0x{Counter}", (await chain.ResultAsync("eth_getCode", contract, "pending")).GetString());
        Assert.Equal("0x", (await chain.ResultAsync("eth_getCode", contract, "latest")).GetString());
        await chain.SendAsync(chain.Transfer(0, 1, Address.Parse(contract), 0, 100_000));
        await chain.FlashblockAsync();
        Assert.EndsWith("1", (await chain.ResultAsync("eth_getStorageAt", contract, "0x5", "pending")).GetString(), StringComparison.Ordinal);
        Assert.EndsWith("2", (await chain.ResultAsync("eth_call", new { to = contract }, "pending")).GetString(), StringComparison.Ordinal);
        ulong estimate = Convert.ToUInt64((await chain.ResultAsync("eth_estimateGas", new { from = chain.User(1).ToString(), to = contract })).GetString(), 16);
        Assert.InRange(estimate, 26_000UL, 60_000UL);

        // NUMBER PUSH1 0 MSTORE PUSH1 32 PUSH1 0 RETURN, as the code of an account that does not exist.
        object overrides = new Dictionary<string, object> { ["0x00000000000000000000000000000000000000ee"] = new { code = "0x4360005260206000f3" } };
        JsonElement number = await chain.ResultAsync("eth_call", new { to = "0x00000000000000000000000000000000000000ee" }, "pending", overrides);
        Assert.Equal(1, int.Parse(number.GetString()![2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task R9_R47_T18_sending_synchronously_gives_the_preconfirmed_receipt_and_the_transaction_is_visible()
    {
        await using TestChain chain = await TestChain.StartAsync();
        Transaction transfer = chain.Transfer(0, 0);
        Task<JsonElement> receipt = chain.ResultAsync("eth_sendRawTransactionSync", transfer.Raw.ToString(), 5000);
        await TestChain.UntilAsync(() => chain.Node.Pool.TryGet(transfer.Hash, out _));
        await chain.FlashblockAsync();
        Assert.Equal(transfer.Hash.ToString(), (await receipt).GetProperty("transactionHash").GetString());
        Assert.Equal("0x1", (await receipt).GetProperty("blockNumber").GetString());
        JsonElement shown = await chain.ResultAsync("eth_getTransactionByHash", transfer.Hash.ToString());
        Assert.Equal(("0x1", transfer.Hash.ToString()), (shown.GetProperty("blockNumber").GetString(), shown.GetProperty("hash").GetString()));
        JsonElement again = await chain.ResultAsync("eth_sendRawTransactionSync", transfer.Raw.ToString());
        Assert.Equal("0x1", again.GetProperty("status").GetString());
    }

    [Fact]
    public async Task R10_sending_synchronously_times_out_with_its_own_code_and_the_hash()
    {
        await using TestChain chain = await TestChain.StartAsync();
        Transaction transfer = chain.Transfer(0, 0);
        (int code, string message, string? data) = await chain.ErrorAsync("eth_sendRawTransactionSync", transfer.Raw.ToString(), "0x32");
        Assert.Equal((4, transfer.Hash.ToString()), (code, data));
        Assert.StartsWith("transaction confirmation timeout", message, StringComparison.Ordinal);
        Assert.Equal(-32602, (await chain.ErrorAsync("eth_sendRawTransactionSync", transfer.Raw.ToString(), 6001)).Code);
    }

    [Fact]
    public async Task R11_R12_R13_R14_logs_of_flashblocks_come_once_and_only_to_those_who_ask()
    {
        await using TestChain chain = await TestChain.StartAsync();
        // PUSH1 0x2a PUSH1 0 PUSH1 0 LOG1 as init code: two creations, two logs.
        byte[] logger = Convert.FromHexString("602a60006000a100");
        await chain.SendAsync(chain.Transfer(0, 0, gas: 100_000, value: 0, data: logger, creates: true));
        await chain.SealAsync();
        await chain.SendAsync(chain.Transfer(0, 1, gas: 100_000, value: 0, data: logger, creates: true));
        await chain.FlashblockAsync();
        async Task<JsonElement> Logs(object filter) => await chain.ResultAsync("eth_getLogs", filter);
        Assert.Equal(2, (await Logs(new { fromBlock = "0x0", toBlock = "pending" })).GetArrayLength());
        Assert.Equal(2, (await Logs(new { fromBlock = "latest", toBlock = "pending" })).GetArrayLength());
        JsonElement pending = await Logs(new { fromBlock = "pending", toBlock = "pending" });
        Assert.Equal(1, pending.GetArrayLength());
        Assert.Equal(ZeroHash, pending[0].GetProperty("blockHash").GetString());
        Assert.Equal("0x2", pending[0].GetProperty("blockNumber").GetString());
        Assert.Equal(1, (await Logs(new { fromBlock = "0x0", toBlock = "latest" })).GetArrayLength());
        Assert.Equal(0, (await Logs(new { fromBlock = "0x0", toBlock = "pending", address = Receiver.ToString() })).GetArrayLength());
        string topic = $"0x{new string('0', 62)}2a";
        Assert.Equal(2, (await Logs(new { fromBlock = "0x0", toBlock = "pending", topics = new[] { topic } })).GetArrayLength());
        Assert.Equal(0, (await Logs(new { fromBlock = "0x0", toBlock = "pending", topics = new[] { topic, topic } })).GetArrayLength());
    }

    [Fact]
    public async Task R23_a_pending_block_has_all_fields_of_a_header_and_each_prefix_its_own_hash()
    {
        await using TestChain chain = await TestChain.StartAsync();
        await chain.SendAsync(chain.Transfer(0, 0));
        await chain.FlashblockAsync();
        JsonElement block = await chain.ResultAsync("eth_getBlockByNumber", "pending", false);
        Assert.Equal(ZeroHash, block.GetProperty("hash").GetString());
        Assert.Equal(chain.Node.View.Pending!.Flashblocks[^1].Payload.Diff.BlockHash.ToString(), block.GetProperty("flashblockHash").GetString());
        foreach (string field in (string[])["parentHash", "stateRoot", "receiptsRoot", "transactionsRoot", "parentBeaconBlockRoot", "withdrawalsRoot", "requestsHash", "baseFeePerGas", "mixHash", "size"])
        {
            Assert.Equal(JsonValueKind.String, block.GetProperty(field).ValueKind);
        }
    }

    [Fact]
    public async Task R45_every_preconfirmed_answer_is_the_same_when_it_is_sealed()
    {
        await using TestChain chain = await TestChain.StartAsync();
        for (int user = 0; user < 8; user++)
        {
            await chain.SendAsync(chain.Transfer(user, 0, value: (ulong)user + 1));
        }

        await chain.FlashblockAsync();
        JsonElement pending = await chain.ResultAsync("eth_getBlockReceipts", "pending");
        Assert.Equal(8, pending.GetArrayLength());
        await chain.SealAsync();
        JsonElement confirmed = await chain.ResultAsync("eth_getBlockReceipts", "0x1");
        string sealedHash = confirmed[0].GetProperty("blockHash").GetString()!;
        Assert.Equal(pending.GetRawText().Replace($"\"{ZeroHash}\"", $"\"{sealedHash}\"", StringComparison.Ordinal), confirmed.GetRawText());
    }

    [Fact]
    public async Task R48_what_does_not_exist_is_null_and_what_is_wrong_is_an_error()
    {
        await using TestChain chain = await TestChain.StartAsync();
        string unknown = $"0x{new string('1', 64)}";
        foreach ((string method, object[] parameters) in ((string, object[])[])[
            ("eth_getBlockByHash", [unknown, false]), ("eth_getBlockByNumber", ["0x99", false]), ("eth_getTransactionByHash", [unknown]),
            ("eth_getTransactionReceipt", [unknown]), ("eth_getHeaderByNumber", ["0x99"]), ("eth_getTransactionByBlockNumberAndIndex", ["0x0", "0x0"]), ("eth_getBlockReceipts", ["0x99"])])
        {
            Assert.Equal(JsonValueKind.Null, (await chain.ResultAsync(method, parameters)).ValueKind);
        }

        Assert.Equal(-32000, (await chain.ErrorAsync("eth_sendRawTransaction", "0x02")).Code);
        Assert.Equal((-32000, "header not found"), await CodeAndTextAsync("eth_getBalance", Receiver.ToString(), "0x99"));
        Assert.StartsWith("nonce too low", (await RefusedAsync()).Message, StringComparison.Ordinal);

        async Task<(int, string)> CodeAndTextAsync(string method, params object[] parameters)
        {
            (int code, string message, _) = await chain.ErrorAsync(method, parameters);
            return (code, message);
        }

        async Task<(int Code, string Message, string? Data)> RefusedAsync()
        {
            await chain.SendAsync(chain.Transfer(0, 0));
            await chain.SealAsync();
            return await chain.ErrorAsync("eth_sendRawTransaction", chain.Transfer(0, 0, value: 9).Raw.ToString());
        }
    }

    [Fact]
    public async Task R24_R27_a_delegation_is_visible_in_the_flashblock_and_can_be_executed()
    {
        await using TestChain chain = await TestChain.StartAsync();
        await chain.SendAsync(chain.Transfer(0, 0, gas: 200_000, value: 0, data: CounterInit, creates: true));
        await chain.FlashblockAsync();
        string contract = (await chain.ResultAsync("eth_getTransactionReceipt", chain.Node.View.Pending!.Transactions[0].Hash.ToString())).GetProperty("contractAddress").GetString()!;
        Transaction delegation = new TransactionFields
        {
            Type = TransactionType.SetCode,
            ChainId = TestChain.ChainId,
            Nonce = 1,
            MaxFeePerGas = 10_000_000_000,
            MaxPriorityFeePerGas = 1,
            GasLimit = 200_000,
            To = chain.User(1),
            Authorizations = [Authorization.Sign(TestChain.ChainId, Address.Parse(contract), 0, chain.Users[1])],
        }.Sign(chain.Users[0]);
        await chain.SendAsync(delegation);
        await chain.FlashblockAsync();
        Assert.Equal($"0xef0100{contract[2..]}", (await chain.ResultAsync("eth_getCode", chain.User(1).ToString(), "pending")).GetString());
        Assert.EndsWith("2", (await chain.ResultAsync("eth_call", new { to = chain.User(1).ToString() }, "pending")).GetString(), StringComparison.Ordinal);
        Assert.Equal("0x4", (await chain.ResultAsync("eth_getTransactionReceipt", delegation.Hash.ToString())).GetProperty("type").GetString());
    }

    [Fact]
    public async Task Reads_never_go_back_behind_the_position_that_a_caller_has_seen()
    {
        await using TestChain chain = await TestChain.StartAsync();
        await chain.SendAsync(chain.Transfer(0, 0));
        await chain.FlashblockAsync();
        using HttpRequestMessage request = new(HttpMethod.Post, "/") { Content = new StringContent("""{"id":1,"method":"eth_blockNumber"}""", System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Add("Preconf-Min-Position", "1.0");
        using HttpResponseMessage reached = await chain.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal("1.0", reached.Headers.GetValues("Preconf-Position").Single());
        using HttpRequestMessage ahead = new(HttpMethod.Post, "/") { Content = new StringContent("""{"id":1,"method":"eth_blockNumber"}""", System.Text.Encoding.UTF8, "application/json") };
        ahead.Headers.Add("Preconf-Min-Position", "1.1");
        ahead.Headers.Add("Preconf-Wait", "5000");
        Task<HttpResponseMessage> waiting = chain.Http.SendAsync(ahead, TestContext.Current.CancellationToken);
        await chain.FlashblockAsync();
        Assert.Equal(System.Net.HttpStatusCode.OK, (await waiting).StatusCode);
        using HttpRequestMessage far = new(HttpMethod.Post, "/") { Content = new StringContent("""{"id":1,"method":"eth_blockNumber"}""", System.Text.Encoding.UTF8, "application/json") };
        far.Headers.Add("Preconf-Min-Position", "9.0");
        far.Headers.Add("Preconf-Wait", "1");
        using HttpResponseMessage refused = await chain.Http.SendAsync(far, TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, refused.StatusCode);
    }
}
