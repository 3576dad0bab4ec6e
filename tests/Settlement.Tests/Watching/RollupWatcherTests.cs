using System.Text.Json.Nodes;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.JsonRpc;
using Cloud.Settlement.L1;
using Cloud.Settlement.Tests.Support;
using Cloud.Settlement.Watching;
using Cloud.Testing.L1;

namespace Cloud.Settlement.Tests.Watching;

[Collection(AnvilCollection.Name)]
public sealed class RollupWatcherTests(Anvil anvil)
{
    private const int Depth = 10;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_a_start_it_catches_up_although_L1_grows_with_every_look()
    {
        (TestRollup rollup, WatcherOptions options) = await StartAsync();
        await rollup.ProposeInAsync(1);
        await anvil.AskAsync("anvil_mine", 40);
        RollupWatcher watcher = new(anvil.Client, options);
        for (int look = 0; watcher.View is null; look++)
        {
            Assert.True(look < 100, $"still {watcher.Behind} blocks behind");
            (await watcher.PollAsync(Cancel)).Require();
            await anvil.AskAsync("evm_mine");
        }

        Assert.Equal(1UL, watcher.State.Pending.Number);
    }

    [Fact]
    public async Task What_it_missed_while_events_could_not_be_had_is_read_again()
    {
        (TestRollup rollup, WatcherOptions options) = await StartAsync();
        await using L1FaultProxy proxy = await L1FaultProxy.StartAsync(new L1FaultProxyOptions { Target = anvil.Address }, Cancel);
        using HttpJsonRpc rpc = new(proxy.Address, TimeSpan.FromMinutes(1), 64 << 20, TimeProvider.System);
        RollupWatcher watcher = new(new L1Client(rpc), options);
        await CatchUpAsync(watcher);
        int failed = 0;
        for (ulong slot = 1; slot <= 3; slot++)
        {
            await rollup.ProposeInAsync(slot);
            for (int block = 0; block < Depth / 2; block++)
            {
                await anvil.AskAsync("evm_mine");
                if (block == 0 || watcher.Problem is not null)
                {
                    proxy.Expect("eth_getBlockReceipts", L1Fault.ServerError);
                }

                await watcher.PollAsync(Cancel);
                failed += watcher.Problem is L1Failure.Unreachable ? 1 : 0;
            }
        }

        Assert.InRange(failed, Depth / 2, 3 * Depth / 2);
        await FollowsAsync(watcher, 3);
    }

    [Theory]
    [InlineData("a header that does not give its hash")]
    [InlineData("a parent that is not there")]
    [InlineData("events left out")]
    [InlineData("events added")]
    [InlineData("events changed")]
    [InlineData("no receipts")]
    public async Task An_endpoint_that_lies_about_a_block_is_named_with_the_setting_and_another_one_is_asked(string what)
    {
        (TestRollup rollup, WatcherOptions options) = await StartAsync();
        LyingRpc liar = new(anvil.Rpc);
        RollupWatcher watcher = new(ClientOf(liar), options);
        await CatchUpAsync(watcher);
        for (ulong slot = 1; slot <= 3; slot++)
        {
            await rollup.ProposeInAsync(slot);
        }

        JsonNode first = JsonNode.Parse((await anvil.AskAsync("eth_getBlockByNumber", "0x0", false)).GetRawText())!;
        liar.Lie = (method, answer) => (what, method) switch
        {
            ("a header that does not give its hash", "eth_getBlockByNumber") => With(answer, "parentHash"),
            ("a parent that is not there", "eth_getBlockByHash") => first.DeepClone(),
            ("events left out", "eth_getBlockReceipts") => WithLogs(answer, _ => []),
            ("events added", "eth_getBlockReceipts") => WithLogs(answer, logs => [.. logs.Select(log => log!.DeepClone()), .. logs.Select(log => log!.DeepClone())]),
            ("events changed", "eth_getBlockReceipts") => WithLogs(answer, logs => [.. logs.Select(log => With(log!, "data"))]),
            ("no receipts", "eth_getBlockReceipts") => new JsonArray(),
            _ => null,
        };
        await watcher.PollAsync(Cancel);
        L1Failure.Lie failure = Assert.IsType<L1Failure.Lie>(watcher.Problem);
        Assert.StartsWith("L1 endpoint liar gave data that cannot be true: ", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("Remove it from L1:Endpoints.", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0UL, watcher.State.Pending.Number);

        // The liar rests, and what the other one says is followed.
        await FollowsAsync(watcher, 3);
    }

    [Theory]
    [InlineData("CheckpointProposed")]
    [InlineData("DepositQueued")]
    [InlineData("CommitteeDrawn")]
    [InlineData("EpochProven")]
    [InlineData("all")]
    public async Task An_endpoint_whose_history_always_lacks_the_same_events_is_named_and_another_one_is_asked(string missing)
    {
        (TestRollup rollup, WatcherOptions options) = await StartAsync();
        await rollup.SendAsync(RollupCalls.Deposit(Anvil.Rich, 100_000, []), UInt256.One);
        await rollup.ProposeInAsync(1);
        await rollup.SendAsync(RollupCalls.SubmitProof(1, rollup.Tip, null, await rollup.ProofAsync(1)));
        await rollup.ProposeInAsync(2);
        await anvil.AskAsync("anvil_mine", 40);
        LyingRpc liar = new(anvil.Rpc)
        {
            Lie = (method, answer) => method == "eth_getLogs"
                ? new JsonArray([.. answer.AsArray().Where(log => missing != "all" && log!["topics"]![0]!.GetValue<string>() != TopicOf(missing)).Select(log => log!.DeepClone())])
                : null,
        };
        RollupWatcher alone = new(new L1Client(liar), options);
        RollupWatcher watcher = new(ClientOf(liar), options);
        foreach (RollupWatcher each in (RollupWatcher[])[alone, watcher])
        {
            for (int look = 0; each.Problem is null; look++)
            {
                Assert.True(look < 100, $"believed: checkpoint {each.State.Pending.Number}, {each.State.Inbox.Count} messages");
                await each.PollAsync(Cancel);
            }

            Assert.Null(each.View);
            Assert.StartsWith("L1 endpoint liar gave data that cannot be true: ", each.Problem.Message, StringComparison.Ordinal);
            Assert.EndsWith("Remove it from L1:Endpoints.", each.Problem.Message, StringComparison.Ordinal);
        }

        await FollowsAsync(watcher, 2);
        Assert.Equal((1UL, 1UL), (watcher.State.Proven.Number, watcher.State.Inbox.Count));
    }

    [Fact]
    public async Task A_lie_that_was_believed_is_found_by_what_contradicts_it_and_everything_is_read_again()
    {
        (TestRollup rollup, WatcherOptions options) = await StartAsync();
        LyingRpc liar = new(anvil.Rpc) { Lie = (method, _) => method switch { "eth_getLogs" => new JsonArray(), "eth_call" => JsonValue.Create("0x"), _ => null } };
        await rollup.ProposeInAsync(1);
        await anvil.AskAsync("anvil_mine", 40);
        RollupWatcher watcher = new(new L1Client(liar), options);
        await CatchUpAsync(watcher);
        Assert.Equal(0UL, watcher.State.Pending.Number);
        liar.Lie = null;
        await rollup.ProposeInAsync(2);
        int refused = 0;
        for (int look = 0; watcher.State.Pending.Number != 2; look++)
        {
            Assert.True(look < 50, "never read again");
            await watcher.PollAsync(Cancel);
            refused += watcher.Problem?.Message.Contains("checkpoint 2 is posted after checkpoint 0", StringComparison.Ordinal) == true ? 1 : 0;
        }

        Assert.Equal(3, refused);
    }

    private static JsonNode With(JsonNode node, string field)
    {
        JsonNode changed = node.DeepClone();
        changed[field] = Keccak256.Hash([1]).ToString();
        return changed;
    }

    private static JsonArray WithLogs(JsonNode receipts, Func<JsonArray, JsonNode[]> change) => new([.. receipts.AsArray().Select(receipt =>
    {
        JsonNode changed = receipt!.DeepClone();
        changed["logs"] = new JsonArray(change(receipt["logs"]!.AsArray()));
        return changed;
    })]);

    private static string TopicOf(string name) => ContractArtifact.Rollup.Topic(name).ToString();

    private static async Task FollowsAsync(RollupWatcher watcher, ulong number)
    {
        for (int look = 0; watcher.State.Pending.Number != number || watcher.View is null || watcher.Behind > 0; look++)
        {
            Assert.True(look < 200, $"the other one is not followed: {watcher.Problem}");
            await watcher.PollAsync(Cancel);
        }
    }

    private static async Task CatchUpAsync(RollupWatcher watcher)
    {
        do
        {
            (await watcher.PollAsync(Cancel)).Require();
        }
        while (watcher.View is null || watcher.Behind > 0);
    }

    private L1Client ClientOf(LyingRpc liar) =>
        new(new FailoverJsonRpc([liar, anvil.Rpc], 4, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1), new InstantTime()));

    private async Task<(TestRollup Rollup, WatcherOptions Options)> StartAsync()
    {
        ulong before = (await anvil.HeadAsync()).Number;
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        return (rollup, new WatcherOptions { Rollup = rollup.Address, GenesisHash = rollup.Parameters.GenesisHash, DeploymentBlock = before, LogRange = 5, ReorgDepth = Depth });
    }
}
