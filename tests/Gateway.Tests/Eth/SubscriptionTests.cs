using System.Text.Json;
using Cloud.Gateway.Tests.Support;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Tests.Eth;

/// <summary>What is pushed over a WebSocket. Numbers R are those of the catalogue in reference/flashblocks.md section 9.3.</summary>
public sealed class SubscriptionTests
{
    // PUSH1 0x2a PUSH1 0 PUSH1 0 LOG1 as init code.
    private static readonly byte[] Logger = Convert.FromHexString("602a60006000a100");

    [Fact]
    public async Task R15_R16_R17_R18_flashblocks_are_pushed_to_all_who_asked_until_they_leave()
    {
        await using TestChain chain = await TestChain.StartAsync();
        await using TestSocket first = await TestSocket.OpenAsync(chain.Address);
        await using TestSocket second = await TestSocket.OpenAsync(chain.Address);
        string one = await first.SubscribeAsync("newFlashblocks");
        string two = await second.SubscribeAsync("newFlashblocks");
        Assert.StartsWith("0x", one, StringComparison.Ordinal);
        await chain.SendAsync(chain.Transfer(0, 0));
        await chain.FlashblockAsync();
        JsonElement block = await first.NextAsync(one);
        Assert.Equal("0x1", block.GetProperty("number").GetString());
        Assert.Equal(1, block.GetProperty("transactions").GetArrayLength());
        Assert.Equal("0x0", block.GetProperty("flashblockIndex").GetString());
        for (ulong i = 0; i < 9; i++)
        {
            await chain.SendAsync(chain.Transfer(1, i));
        }

        await chain.FlashblockAsync();
        JsonElement next = await first.NextAsync(one);
        Assert.Equal(block.GetProperty("number").GetString(), next.GetProperty("number").GetString());
        Assert.Equal(10, next.GetProperty("transactions").GetArrayLength());
        Assert.Equal(block.GetRawText(), (await second.NextAsync(two)).GetRawText());
        Assert.Equal(next.GetRawText(), (await second.NextAsync(two)).GetRawText());
        Assert.True((await first.CallAsync("eth_unsubscribe", one)).GetProperty("result").GetBoolean());
        Assert.True((await first.CallAsync("eth_unsubscribe", one)).TryGetProperty("error", out _));
        await chain.FlashblockAsync();
        await second.NextAsync(two);
        _ = await first.CallAsync("eth_chainId");
        Assert.False(first.TryNext(one, out _));
    }

    [Fact]
    public async Task R53_a_transfer_and_a_call_of_a_contract_are_one_flashblock_away_in_receipts_and_streams_and_one_seal_from_new_heads()
    {
        await using TestChain chain = await TestChain.StartAsync();
        Address counter = await chain.DeployAsync(Contracts.Counter, 0, 0);
        await using TestSocket socket = await TestSocket.OpenAsync(chain.Address);
        string flashblocks = await socket.SubscribeAsync("newFlashblocks");
        string transactions = await socket.SubscribeAsync("newFlashblockTransactions");
        string heads = await socket.SubscribeAsync("newHeads");
        string[] sent = [$"{await chain.SendAsync(chain.Transfer(1, 0))}", $"{await chain.SendAsync(chain.Transfer(2, 0, counter, 0, 100_000))}"];
        await chain.FlashblockAsync();
        JsonElement shown = await socket.NextAsync(flashblocks);
        Assert.Equal(sent.Order(), shown.GetProperty("transactions").EnumerateArray().Select(transaction => transaction.GetProperty("hash").GetString()).TakeLast(2).Order());
        string[] heard = [(await socket.NextAsync(transactions)).GetString()!, (await socket.NextAsync(transactions)).GetString()!];
        Assert.Equal(sent.Order(), heard.Order());
        foreach (string hash in sent)
        {
            Assert.Equal("0x1", (await chain.ResultAsync("eth_getTransactionReceipt", hash)).GetProperty("status").GetString());
        }

        Assert.False(socket.TryNext(heads, out _));
        await chain.SealAsync();
        string head = (await socket.NextAsync(heads)).GetProperty("hash").GetString()!;
        foreach (string hash in sent)
        {
            Assert.Equal(head, (await chain.ResultAsync("eth_getTransactionReceipt", hash)).GetProperty("blockHash").GetString());
        }
    }

    [Fact]
    public async Task R19_new_heads_and_logs_come_when_the_chunk_is_sealed()
    {
        await using TestChain chain = await TestChain.StartAsync();
        await using TestSocket socket = await TestSocket.OpenAsync(chain.Address);
        string heads = await socket.SubscribeAsync("newHeads");
        string logs = await socket.SubscribeAsync("logs", new { topics = new[] { $"0x{new string('0', 62)}2a" } });
        string none = await socket.SubscribeAsync("logs", new { address = chain.User(0).ToString() });
        await chain.SendAsync(chain.Transfer(0, 0, gas: 100_000, value: 0, data: Logger, creates: true));
        await chain.SealAsync();
        JsonElement head = await socket.NextAsync(heads);
        JsonElement log = await socket.NextAsync(logs);
        Assert.Equal("0x1", head.GetProperty("number").GetString());
        Assert.Equal(head.GetProperty("hash").GetString(), log.GetProperty("blockHash").GetString());
        Assert.False(log.GetProperty("removed").GetBoolean());
        Assert.Equal(head.GetProperty("hash").GetString(), (await chain.ResultAsync("eth_getBlockByNumber", "latest", false)).GetProperty("hash").GetString());
        _ = await socket.CallAsync("eth_chainId");
        Assert.False(socket.TryNext(none, out _));
    }

    [Fact]
    public async Task R20_R21_R51_only_new_transactions_are_pushed_as_hashes_in_full_or_filtered()
    {
        await using TestChain chain = await TestChain.StartAsync();
        await using TestSocket socket = await TestSocket.OpenAsync(chain.Address);
        string hashes = await socket.SubscribeAsync("newFlashblockTransactions");
        string full = await socket.SubscribeAsync("newFlashblockTransactions", true);
        string filtered = await socket.SubscribeAsync("newFlashblockTransactions", new { topics = new[] { $"0x{new string('0', 62)}2a" } });
        string pendingLogs = await socket.SubscribeAsync("pendingLogs", new { });
        Hash256 transfer = await chain.SendAsync(chain.Transfer(0, 0));
        await chain.FlashblockAsync();
        Assert.Equal(transfer.ToString(), (await socket.NextAsync(hashes)).GetString());
        Hash256 logging = await chain.SendAsync(chain.Transfer(1, 0, gas: 100_000, value: 0, data: Logger, creates: true));
        await chain.FlashblockAsync();
        Assert.Equal(logging.ToString(), (await socket.NextAsync(hashes)).GetString());
        Assert.Equal(transfer.ToString(), (await socket.NextAsync(full)).GetProperty("hash").GetString());
        JsonElement rich = await socket.NextAsync(full);
        Assert.Equal("0x1", rich.GetProperty("blockNumber").GetString());
        Assert.Equal("0x1", rich.GetProperty("status").GetString());
        Assert.Equal(1, rich.GetProperty("logs").GetArrayLength());
        Assert.NotEqual(JsonValueKind.Null, rich.GetProperty("contractAddress").ValueKind);
        Assert.Equal(logging.ToString(), (await socket.NextAsync(filtered)).GetProperty("hash").GetString());
        Assert.Equal(logging.ToString(), (await socket.NextAsync(pendingLogs)).GetProperty("transactionHash").GetString());
        _ = await socket.CallAsync("eth_chainId");
        Assert.False(socket.TryNext(hashes, out _) || socket.TryNext(full, out _) || socket.TryNext(filtered, out _) || socket.TryNext(pendingLogs, out _));
    }

    [Fact]
    public async Task R50_each_of_five_transactions_appears_exactly_once_on_each_stream()
    {
        await using TestChain chain = await TestChain.StartAsync();
        await using TestSocket socket = await TestSocket.OpenAsync(chain.Address);
        string pool = await socket.SubscribeAsync("newPendingTransactions");
        string flashblocks = await socket.SubscribeAsync("newFlashblockTransactions", false);
        string logs = await socket.SubscribeAsync("logs", new { });
        List<string> sent = [];
        for (ulong i = 0; i < 5; i++)
        {
            sent.Add((await chain.SendAsync(chain.Transfer(0, i, gas: 100_000, value: 0, data: Logger, creates: true))).ToString());
            await chain.FlashblockAsync();
        }

        await chain.SealAsync();
        foreach ((string subscription, Func<JsonElement, string> name) in ((string, Func<JsonElement, string>)[])[
            (pool, push => push.GetString()!), (flashblocks, push => push.GetString()!), (logs, push => push.GetProperty("transactionHash").GetString()!)])
        {
            List<string> got = [];
            for (int i = 0; i < 5; i++)
            {
                got.Add(name(await socket.NextAsync(subscription)));
            }

            Assert.Equal(sent, got);
            _ = await socket.CallAsync("eth_chainId");
            Assert.False(socket.TryNext(subscription, out _));
        }
    }

    [Fact]
    public async Task R52_what_is_missing_or_wrong_is_refused_with_its_code()
    {
        await using TestChain chain = await TestChain.StartAsync();
        await using TestSocket socket = await TestSocket.OpenAsync(chain.Address);
        async Task<int> CodeAsync(params object?[] parameters) => (await socket.CallAsync("eth_subscribe", parameters)).GetProperty("error").GetProperty("code").GetInt32();
        Assert.Equal(-32602, await CodeAsync());
        Assert.Equal(-32602, await CodeAsync("nothing"));
        Assert.Equal(-32602, await CodeAsync("logs", "all"));
        Assert.Equal(-32602, await CodeAsync("newFlashblocks", true));
        Assert.Equal(-32602, await CodeAsync("newFlashblockTransactions", 1));
        Assert.Equal(-32000, (await chain.ErrorAsync("eth_subscribe", "newHeads")).Code);
        for (int i = 0; i < 128; i++)
        {
            await socket.SubscribeAsync("newHeads");
        }

        Assert.Equal(-32005, await CodeAsync("newHeads"));
    }
}
