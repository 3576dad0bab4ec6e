using System.Text.Json;
using Cloud.Gateway.Tests.Support;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Gateway.Tests.Eth;

/// <summary>Numbers R and S are those of the catalogue in reference/flashblocks.md sections 9.2 and 9.3, T those of the traps in section 12.</summary>
public sealed class CatalogueTests
{
    private static readonly Address Identity = Address.Parse("0x0000000000000000000000000000000000000004");

    [Fact]
    public async Task R8_simulate_runs_one_block_of_three_calls_on_the_newest_flashblock()
    {
        await using TestChain chain = await TestChain.StartAsync();
        string counter = (await chain.DeployAsync(Contracts.Counter, 0, 0)).ToString();
        JsonElement blocks = await chain.ResultAsync(
            "eth_simulateV1", new { blockStateCalls = new[] { new { calls = new[] { new { to = counter }, new { to = counter }, new { to = counter } } } } }, "pending");
        Assert.Equal(1, blocks.GetArrayLength());
        Assert.Equal("0x2", blocks[0].GetProperty("number").GetString());
        Assert.Equal([1, 2, 3], blocks[0].GetProperty("calls").EnumerateArray().Select(call => Convert.ToInt32(call.GetProperty("returnData").GetString()![^8..], 16)));
        Assert.All(blocks[0].GetProperty("calls").EnumerateArray(), call => Assert.Equal("0x1", call.GetProperty("status").GetString()));
        Assert.Equal($"0x{0:x64}", (await chain.ResultAsync("eth_getStorageAt", counter, "0x5", "pending")).GetString());
    }

    [Fact]
    public async Task R25_R26_several_delegations_in_one_transaction_are_all_visible()
    {
        await using TestChain chain = await TestChain.StartAsync();
        Address contract = await chain.DeployAsync(Contracts.Counter, 0, 0);
        Transaction delegation = new TransactionFields
        {
            Type = TransactionType.SetCode,
            ChainId = TestChain.ChainId,
            Nonce = 1,
            MaxFeePerGas = 10_000_000_000,
            MaxPriorityFeePerGas = 1,
            GasLimit = 300_000,
            To = chain.User(1),
            Authorizations = [.. Enumerable.Range(1, 3).Select(user => Authorization.Sign(TestChain.ChainId, contract, 0, chain.Users[user]))],
        }.Sign(chain.Users[0]);
        await chain.SendAsync(delegation);
        await chain.FlashblockAsync();
        for (int user = 1; user <= 3; user++)
        {
            Assert.Equal($"0xef0100{contract.ToString()[2..]}", (await chain.ResultAsync("eth_getCode", chain.User(user).ToString(), "pending")).GetString());
        }

        Assert.EndsWith("1", (await chain.ResultAsync("eth_getStorageAt", chain.User(1).ToString(), "0x5", "pending")).GetString(), StringComparison.Ordinal);
        JsonElement receipt = await chain.ResultAsync("eth_getTransactionReceipt", delegation.Hash.ToString());
        Assert.Equal("0x4", receipt.GetProperty("type").GetString());
        Assert.Equal("0x1", receipt.GetProperty("status").GetString());
        Assert.Equal(3, (await chain.ResultAsync("eth_getTransactionByHash", delegation.Hash.ToString())).GetProperty("authorizationList").GetArrayLength());
    }

    [Fact]
    public async Task R28_R29_R30_R31_a_contract_and_a_proxy_of_it_are_deployed_and_used_and_pending_calls_see_each_step()
    {
        await using TestChain chain = await TestChain.StartAsync();
        string counter = (await chain.DeployAsync(Contracts.Counter, 0, 0)).ToString();
        Assert.NotEqual("0x", (await chain.ResultAsync("eth_getCode", counter, "pending")).GetString());
        Assert.Equal("0x", (await chain.ResultAsync("eth_getCode", counter, "latest")).GetString());
        Address proxy = await chain.DeployAsync(Contracts.ProxyOf(counter), 0, 1);
        Assert.Equal($"0x{1:x64}", (await chain.ResultAsync("eth_call", new { to = proxy.ToString() }, "pending")).GetString());
        await chain.SendAsync(chain.Transfer(0, 2, gas: 100_000, value: 0, to: proxy));
        await chain.FlashblockAsync();
        Assert.Equal($"0x{2:x64}", (await chain.ResultAsync("eth_call", new { to = proxy.ToString() }, "pending")).GetString());
        Assert.Equal($"0x{1:x64}", (await chain.ResultAsync("eth_call", new { to = counter }, "pending")).GetString());
        Assert.Equal("0x", (await chain.ResultAsync("eth_call", new { to = proxy.ToString() }, "latest")).GetString());
    }

    [Fact]
    public async Task R32_R34_flashblocks_are_on_and_pending_is_ahead_of_the_sealed_block()
    {
        await using TestChain chain = await TestChain.StartAsync();
        Assert.True((await chain.ResultAsync("eth_flashblocksEnabled")).GetBoolean());
        await chain.SealAsync();
        await chain.FlashblockAsync();
        Assert.Equal("0x1", (await chain.ResultAsync("eth_blockNumber")).GetString());
        Assert.Equal("0x2", (await chain.ResultAsync("eth_getBlockByNumber", "pending", false)).GetProperty("number").GetString());
    }

    [Fact]
    public async Task R36_S15_created_code_has_the_address_that_create2_computes_and_lives_through_flashblocks_and_blocks()
    {
        await using TestChain chain = await TestChain.StartAsync();
        Address creator = await chain.DeployAsync(Contracts.Creator, 0, 0);
        byte[] init = Contracts.InitCode(Contracts.Counter);
        string promised = (await chain.ResultAsync("eth_call", new { to = creator.ToString(), data = $"0x{Convert.ToHexStringLower(init)}" }, "pending")).GetString()!;
        await chain.SendAsync(chain.Transfer(0, 1, creator, 0, 300_000, init));
        await chain.FlashblockAsync();
        string created = $"0x{promised[^40..]}";
        Assert.Equal($"0x{Contracts.Counter}", (await chain.ResultAsync("eth_getCode", created, "pending")).GetString());
        await chain.FlashblockAsync();
        Assert.Equal($"0x{Contracts.Counter}", (await chain.ResultAsync("eth_getCode", created, "pending")).GetString());
        await chain.SealAsync();
        Assert.Equal($"0x{Contracts.Counter}", (await chain.ResultAsync("eth_getCode", created)).GetString());
    }

    [Fact]
    public async Task R37_code_stays_after_selfdestruct_in_a_later_transaction()
    {
        await using TestChain chain = await TestChain.StartAsync();
        Address contract = await chain.DeployAsync(Contracts.Destroyer, 0, 0);
        await chain.SendAsync(chain.Transfer(0, 1, contract, 5, 100_000));
        await chain.FlashblockAsync();
        Assert.Equal($"0x{Contracts.Destroyer}", (await chain.ResultAsync("eth_getCode", contract.ToString(), "pending")).GetString());
        Assert.Equal("0x0", (await chain.ResultAsync("eth_getBalance", contract.ToString(), "pending")).GetString());
    }

    [Fact]
    public async Task R38_R39_precompiled_contracts_are_called_and_paid()
    {
        await using TestChain chain = await TestChain.StartAsync();
        Assert.Equal("0x1234", (await chain.ResultAsync("eth_call", new { to = Identity.ToString(), data = "0x1234" }, "pending")).GetString());
        await chain.SendAsync(chain.Transfer(0, 0, Identity, 5, 30_000));
        await chain.FlashblockAsync();
        Assert.Equal("0x5", (await chain.ResultAsync("eth_getBalance", Identity.ToString(), "pending")).GetString());
    }

    [Fact]
    public async Task R40_R49_S37_logs_are_found_by_number_by_hash_and_across_the_boundary_in_order()
    {
        await using TestChain chain = await TestChain.StartAsync();
        Address logger = await chain.DeployAsync(Contracts.Logger, 0, 0);
        await chain.SendAsync(chain.Transfer(0, 1, logger, 0, 100_000));
        await chain.SealAsync();
        await chain.SendAsync(chain.Transfer(0, 2, logger, 0, 100_000));
        await chain.SendAsync(chain.Transfer(1, 0, logger, 0, 100_000));
        await chain.FlashblockAsync();
        JsonElement all = await chain.ResultAsync("eth_getLogs", new { fromBlock = "0x0", toBlock = "pending" });
        Assert.Equal(["0x1", "0x2", "0x2"], all.EnumerateArray().Select(log => log.GetProperty("blockNumber").GetString()));
        Assert.Equal(["0x0", "0x0", "0x1"], all.EnumerateArray().Select(log => log.GetProperty("logIndex").GetString()));
        JsonElement byNumber = await chain.ResultAsync("eth_getLogs", new { fromBlock = "0x1", toBlock = "0x1" });
        JsonElement byHash = await chain.ResultAsync("eth_getLogs", new { blockHash = byNumber[0].GetProperty("blockHash").GetString() });
        Assert.Equal(byNumber.GetRawText(), byHash.GetRawText());
        Assert.EndsWith(chain.User(0).ToString()[2..], byNumber[0].GetProperty("data").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task R41_S24_S25_contracts_call_each_other_and_later_flashblocks_see_earlier_ones()
    {
        await using TestChain chain = await TestChain.StartAsync();
        Address counter = await chain.DeployAsync(Contracts.Counter, 0, 0);
        Address forwarder = await chain.DeployAsync(Contracts.Forwarder, 0, 1);
        string argument = $"0x{new string('0', 24)}{counter.ToString()[2..]}";
        await chain.SendAsync(chain.Transfer(0, 2, forwarder, 0, 200_000, Convert.FromHexString(argument[2..])));
        await chain.FlashblockAsync();
        await chain.SendAsync(chain.Transfer(0, 3, forwarder, 0, 200_000, Convert.FromHexString(argument[2..])));
        await chain.FlashblockAsync();
        Assert.EndsWith("3", (await chain.ResultAsync("eth_call", new { to = forwarder.ToString(), data = argument }, "pending")).GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task R42_R43_balances_move_by_exactly_value_and_fee_and_the_nonce_by_one()
    {
        await using TestChain chain = await TestChain.StartAsync();
        string user = chain.User(0).ToString();
        UInt256 before = await BalanceAsync("latest");
        Hash256 hash = await chain.SendAsync(chain.Transfer(0, 0, value: 1000));
        await chain.FlashblockAsync();
        JsonElement receipt = await chain.ResultAsync("eth_getTransactionReceipt", hash.ToString());
        UInt256 fee = Quantity(receipt.GetProperty("gasUsed")) * Quantity(receipt.GetProperty("effectiveGasPrice"));
        Assert.Equal(before - 1000 - fee, await BalanceAsync("pending"));
        Assert.Equal(before, await BalanceAsync("latest"));
        await chain.SealAsync();
        Assert.Equal(before - 1000 - fee, await BalanceAsync("0x1"));
        Assert.Equal(before, await BalanceAsync("0x0"));
        Assert.Equal("0x1", (await chain.ResultAsync("eth_getTransactionCount", user, "0x1")).GetString());
        Assert.Equal("0x0", (await chain.ResultAsync("eth_getTransactionCount", user, "0x0")).GetString());

        async Task<UInt256> BalanceAsync(string block) => Quantity(await chain.ResultAsync("eth_getBalance", user, block));
        static UInt256 Quantity(JsonElement element) => UInt256.FromBigEndian(Convert.FromHexString(element.GetString()![2..].PadLeft(64, '0')));
    }

    [Fact]
    public async Task R46_S16_every_method_answers_the_same_for_a_confirmed_block_with_and_without_flashblocks_above_it()
    {
        await using TestChain chain = await TestChain.StartAsync();
        Address counter = await chain.DeployAsync(Contracts.Counter, 0, 0);
        Hash256 call = await chain.SendAsync(chain.Transfer(0, 1, counter, 0, 100_000));
        await chain.SealAsync();
        string hash = (await chain.ResultAsync("eth_getBlockByNumber", "0x1", false)).GetProperty("hash").GetString()!;
        string user = chain.User(0).ToString();
        (string Method, object[] Parameters)[] questions =
        [
            ("eth_getBlockByNumber", ["0x1", true]), ("eth_getBlockByHash", [hash, false]), ("eth_getHeaderByNumber", ["0x1"]), ("eth_getHeaderByHash", [hash]),
            ("eth_getBlockTransactionCountByNumber", ["0x1"]), ("eth_getBlockTransactionCountByHash", [hash]), ("eth_getUncleCountByBlockNumber", ["0x1"]),
            ("eth_getBlockReceipts", ["0x1"]), ("eth_getTransactionByHash", [call.ToString()]), ("eth_getTransactionReceipt", [call.ToString()]),
            ("eth_getTransactionByBlockNumberAndIndex", ["0x1", "0x1"]), ("eth_getTransactionByBlockHashAndIndex", [hash, "0x0"]), ("eth_getRawTransactionByHash", [call.ToString()]),
            ("eth_getBalance", [user, "0x1"]), ("eth_getTransactionCount", [user, "0x1"]), ("eth_getCode", [counter.ToString(), "0x1"]), ("eth_getStorageAt", [counter.ToString(), "0x5", "0x1"]),
            ("eth_call", [new { to = counter.ToString() }, "0x1"]), ("eth_estimateGas", [new { to = counter.ToString() }, "0x1"]), ("eth_getLogs", [new { fromBlock = "0x0", toBlock = "0x1" }]),
            ("eth_getProof", [counter.ToString(), new[] { "0x5" }, "0x1"]), ("eth_createAccessList", [new { to = counter.ToString() }, "0x1"]),
            ("debug_traceTransaction", [call.ToString(), new { tracer = "callTracer" }]), ("debug_getRawBlock", ["0x1"]), ("debug_getRawReceipts", ["0x1"]),
        ];
        List<string> answers = [];
        foreach ((string method, object[] parameters) in questions)
        {
            answers.Add((await chain.ResultAsync(method, parameters)).GetRawText());
        }

        for (ulong i = 2; i < 5; i++)
        {
            await chain.SendAsync(chain.Transfer(0, i, counter, 0, 100_000));
            await chain.FlashblockAsync();
        }

        await chain.SealAsync();
        for (int i = 0; i < questions.Length; i++)
        {
            Assert.Equal(answers[i], (await chain.ResultAsync(questions[i].Method, questions[i].Parameters)).GetRawText());
        }
    }

    [Fact]
    public async Task T4_T5_S39_the_pending_block_knows_its_parents_hash_before_its_first_transaction()
    {
        await using TestChain chain = await TestChain.StartAsync();
        await chain.SealAsync();
        await chain.FlashblockAsync();
        string parent = (await chain.ResultAsync("eth_getBlockByNumber", "latest", false)).GetProperty("hash").GetString()!;
        // EIP-2935's contract, asked for block 1.
        JsonElement history = await chain.ResultAsync("eth_call", new { to = "0x0000f90827f1c53a10cb7a02335b175320002935", data = $"0x{1:x64}" }, "pending");
        Assert.Equal(parent, history.GetString());
        // PUSH1 1 NUMBER SUB BLOCKHASH.
        object code = new Dictionary<string, object> { ["0x00000000000000000000000000000000000000ee"] = new { code = "0x600143034060005260206000f3" } };
        Assert.Equal(parent, (await chain.ResultAsync("eth_call", new { to = "0x00000000000000000000000000000000000000ee" }, "pending", code)).GetString());
    }

    [Fact]
    public async Task S18_S29_the_pending_nonce_is_right_through_the_arrival_of_blocks_and_blocks_alone_go_on()
    {
        await using TestChain chain = await TestChain.StartAsync();
        string user = chain.User(0).ToString();
        await chain.SealAsync();
        await chain.SealAsync();
        Assert.Equal("0x2", (await chain.ResultAsync("eth_blockNumber")).GetString());
        await chain.SendAsync(chain.Transfer(0, 0));
        await chain.FlashblockAsync();
        Assert.Equal("0x1", (await chain.ResultAsync("eth_getTransactionCount", user, "pending")).GetString());
        await chain.SendAsync(chain.Transfer(0, 1));
        await chain.FlashblockAsync();
        Assert.Equal("0x2", (await chain.ResultAsync("eth_getTransactionCount", user, "pending")).GetString());
        await chain.SealAsync();
        Assert.Equal("0x2", (await chain.ResultAsync("eth_getTransactionCount", user, "pending")).GetString());
    }

    [Fact]
    public async Task S38_receipts_tell_success_revert_and_every_type()
    {
        await using TestChain chain = await TestChain.StartAsync();
        Address reverter = await chain.DeployAsync(Contracts.Reverter, 0, 0);
        Hash256 reverted = await chain.SendAsync(chain.Transfer(0, 1, reverter, 0, 100_000));
        Transaction legacy = new TransactionFields
        {
            Type = TransactionType.Legacy, ChainId = TestChain.ChainId, MaxFeePerGas = 10_000_000_000, MaxPriorityFeePerGas = 10_000_000_000, GasLimit = 30_000, To = Identity,
        }.Sign(chain.Users[1]);
        await chain.SendAsync(legacy);
        await chain.FlashblockAsync();
        Assert.Equal("0x0", (await chain.ResultAsync("eth_getTransactionReceipt", reverted.ToString())).GetProperty("status").GetString());
        JsonElement receipt = await chain.ResultAsync("eth_getTransactionReceipt", legacy.Hash.ToString());
        Assert.Equal(("0x1", "0x0"), (receipt.GetProperty("status").GetString(), receipt.GetProperty("type").GetString()));
        (int code, string message, string? data) = await chain.ErrorAsync("eth_call", new { to = reverter.ToString() }, "pending");
        Assert.Equal((3, "execution reverted", "0xc0ffee00"), (code, message, data));
    }

    [Fact]
    public async Task Calls_and_transactions_may_name_the_state_that_they_were_made_against()
    {
        await using TestChain chain = await TestChain.StartAsync();
        await chain.SealAsync();
        JsonElement block = await chain.ResultAsync("eth_getBlockByNumber", "latest", false);
        string root = block.GetProperty("stateRoot").GetString()!;
        Assert.Equal("0x", (await chain.ResultAsync("eth_call", new { to = chain.User(0).ToString() }, new { stateRoot = root })).GetString());
        Assert.Equal(-32000, (await chain.ErrorAsync("eth_call", new { to = chain.User(0).ToString() }, new { stateRoot = $"0x{new string('7', 64)}" })).Code);
        Transaction transfer = chain.Transfer(0, 0);
        string unknown = $"0x{new string('7', 64)}";
        (int code, string message, _) = await chain.ErrorAsync("eth_sendRawTransaction", transfer.Raw.ToString(), new { anchor = unknown });
        Assert.Equal((-32000, $"anchor not in the chain: {unknown}"), (code, message));
        Assert.Equal(transfer.Hash.ToString(), (await chain.ResultAsync("eth_sendRawTransaction", transfer.Raw.ToString(), new { anchor = root })).GetString());
    }
}
