using System.Net;
using System.Text;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.JsonRpc;
using Cloud.Settlement.L1;
using Cloud.Settlement.Tests.Support;

namespace Cloud.Settlement.Tests.L1;

[Collection(AnvilCollection.Name)]
public sealed class L1ClientTests(Anvil anvil)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Blocks_balances_code_and_prices_are_read()
    {
        L1Block head = (await anvil.Client.GetBlockAsync(BlockTag.Latest, Cancel)).Require()!;
        Assert.Equal(head, (await anvil.Client.GetBlockAsync(head.Hash, Cancel)).Require());
        Assert.Equal(head, (await anvil.Client.GetBlockAsync(BlockTag.Of(head.Number), Cancel)).Require());
        Assert.Null((await anvil.Client.GetBlockAsync(BlockTag.Of(head.Number + 1_000_000), Cancel)).Require());
        Assert.Null((await anvil.Client.GetBlockAsync(new Hash256(new byte[32]), Cancel)).Require());
        Assert.True((await anvil.Client.GetBalanceAsync(Anvil.Rich, BlockTag.Latest, Cancel)).Require() > UInt256.Zero);
        Assert.True((await anvil.Client.GetCodeAsync(Anvil.Rich, BlockTag.Latest, Cancel)).Require().IsEmpty);
        Assert.True((await anvil.Client.GetBlobBaseFeeAsync(Cancel)).Require() > UInt256.Zero);
        Assert.True((await anvil.Client.GetPriorityFeeAsync(Cancel)).Require() > UInt256.Zero);
        Assert.Equal(21_000UL, (await anvil.Client.EstimateGasAsync(new L1Call(Anvil.Rich, Bytes.Empty, Anvil.Rich), Cancel)).Require());
        Assert.Null((await anvil.Client.GetReceiptAsync(new Hash256(new byte[32]), Cancel)).Require());
        Assert.Null((await anvil.Client.GetTransactionAsync(new Hash256(new byte[32]), Cancel)).Require());
    }

    [Fact]
    public async Task Events_of_a_range_come_in_order()
    {
        TestRollup rollup = await TestRollup.DeployAsync(anvil, committee: 3);
        L1Block head = await anvil.HeadAsync();
        L1Log[] logs = [.. (await anvil.Client.GetLogsAsync(new LogFilter(rollup.Address, 0, head.Number), Cancel)).Require()];
        Assert.Equal(6, logs.Length);
        Assert.All(logs, log => Assert.Equal(rollup.Address, log.Address));
        Assert.Equal(logs.OrderBy(log => log.BlockNumber).ThenBy(log => log.Index), logs);
    }

    [Fact]
    public async Task Start_up_says_everything_that_is_wrong_with_the_settings()
    {
        TestRollup rollup = await TestRollup.DeployAsync(anvil, committee: 3);
        TimeProvider time = new FixedTime(DateTimeOffset.FromUnixTimeSeconds((long)(await anvil.HeadAsync()).Timestamp + 10));
        L1Options good = new() { Endpoints = [anvil.Address], ChainId = Anvil.ChainId, Rollup = rollup.Address };
        Address poor = Anvil.AddressOf(TestRollup.Key("poor"));
        async Task<string[]> CheckAsync(L1Options options, RollupParameters? expected = null, TimeProvider? clock = null, params Address[] publishers) =>
            [.. (await L1Startup.CheckAsync(anvil.Client, "node", options, expected ?? rollup.Parameters, publishers, 1_000_000UL, clock ?? time, Cancel)).Select(failure => failure.Message)];
        Assert.Empty(await CheckAsync(good, publishers: Anvil.Rich));
        Assert.Equal(["L1 endpoint node is on chain 31337, L1:ChainId says 1. Correct L1:ChainId or the endpoint."], await CheckAsync(good with { ChainId = 1 }));
        Assert.Equal(
            [$"There is no contract at {poor} on node. Set L1:Rollup to the rollup's address, or wait until the node is in sync."], await CheckAsync(good with { Rollup = poor }));
        Assert.Equal(
            [$"The contract at {rollup.Parameters.Verifier} is no rollup of this product. Check L1:Rollup."], await CheckAsync(good with { Rollup = rollup.Parameters.Verifier }));
        Assert.Equal(
            ["Rollup:SlotDuration is 7, but the rollup contract was deployed with 1000. Set Rollup:SlotDuration to 1000."],
            await CheckAsync(good, rollup.Parameters with { SlotDuration = 7 }));
        Assert.StartsWith($"Publisher {poor} has 0 wei and needs 1000000.", Assert.Single(await CheckAsync(good, publishers: poor)), StringComparison.Ordinal);
        Assert.Contains("NTP", Assert.Single(await CheckAsync(good, clock: new FixedTime(time.GetUtcNow().AddHours(1)))), StringComparison.Ordinal);
        Assert.Contains("in the future", Assert.Single(await CheckAsync(good, clock: new FixedTime(time.GetUtcNow().AddHours(-1)))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_contract_of_another_version_is_named()
    {
        // Returns 7 to every call.
        byte[] code = Hex.Decode("0x600760005260206000f3");
        byte[] creation = [0x60, (byte)code.Length, 0x80, 0x60, 0x0b, 0x60, 0x00, 0x39, 0x60, 0x00, 0xf3, .. code];
        Address other = (await anvil.SendAsync(null, creation)).ContractAddress!.Value;
        TimeProvider time = new FixedTime(DateTimeOffset.FromUnixTimeSeconds((long)(await anvil.HeadAsync()).Timestamp));
        L1Options options = new() { Endpoints = [anvil.Address], ChainId = Anvil.ChainId, Rollup = other };
        L1Failure failure = Assert.Single(await L1Startup.CheckAsync(anvil.Client, "node", options, null, [], default, time, Cancel));
        Assert.Equal(new L1Failure.WrongVersion(other, 1, 7), failure);
    }

    [Theory]
    [InlineData("not json", 200, typeof(L1Failure.BadReply))]
    [InlineData("not json", 502, typeof(L1Failure.Unreachable))]
    [InlineData("[]", 200, typeof(L1Failure.BadReply))]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1}", 200, typeof(L1Failure.BadReply))]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":77,\"result\":\"0x1\"}", 200, typeof(L1Failure.BadReply))]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"one\"}", 200, typeof(L1Failure.BadReply))]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":7}", 200, typeof(L1Failure.BadReply))]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x10000000000000000\"}", 200, typeof(L1Failure.BadReply))]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32601,\"message\":\"no such method\"}}", 200, typeof(L1Failure.Refused))]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{}}", 400, typeof(L1Failure.Refused))]
    public async Task A_server_that_is_no_node_gives_a_failure_that_says_so(string body, int status, Type failure)
    {
        using StubServer server = new(body, status);
        using HttpJsonRpc rpc = new(server.Address, TimeSpan.FromSeconds(20), 1 << 16, TimeProvider.System);
        L1Failure met = Assert.IsType<L1Result<ulong>.Failed>(await new L1Client(rpc).GetChainIdAsync(Cancel)).Failure;
        Assert.IsType(failure, met);
        Assert.Contains(server.Address.GetLeftPart(UriPartial.Authority), met.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_beyond_the_limit_is_cut_off()
    {
        using StubServer server = new(new string(' ', 100_000), 200);
        using HttpJsonRpc rpc = new(server.Address, TimeSpan.FromSeconds(20), 1 << 16, TimeProvider.System);
        L1Failure met = Assert.IsType<L1Result<ulong>.Failed>(await new L1Client(rpc).GetChainIdAsync(Cancel)).Failure;
        Assert.Contains("longer than 65536 bytes", met.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_listening_is_unreachable_and_a_message_shows_no_credentials()
    {
        using HttpJsonRpc rpc = new(new Uri("http://user:secret@127.0.0.1:9/v3/apikey"), TimeSpan.FromSeconds(20), 1 << 16, TimeProvider.System);
        L1Failure met = Assert.IsType<L1Result<ulong>.Failed>(await new L1Client(rpc).GetChainIdAsync(Cancel)).Failure;
        Assert.IsType<L1Failure.Unreachable>(met);
        Assert.DoesNotContain("secret", met.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("apikey", met.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_outside_their_range_are_named()
    {
        L1Options good = new() { Endpoints = [anvil.Address], ChainId = 1, Rollup = Anvil.Rich };
        Assert.Empty(good.Check());
        (string Setting, L1Options Options)[] cases =
        [
            ("L1:Endpoints", good with { Endpoints = [] }),
            ("L1:Endpoints", good with { Endpoints = [new Uri("ftp://x")] }),
            ("L1:HeadsEndpoint", good with { HeadsEndpoint = new Uri("http://x") }),
            ("L1:ChainId", good with { ChainId = 0 }),
            ("L1:Rollup", good with { Rollup = default }),
            ("L1:RequestTimeout", good with { RequestTimeout = TimeSpan.FromMilliseconds(99) }),
            ("L1:Attempts", good with { Attempts = 0 }),
            ("L1:Backoff", good with { Backoff = TimeSpan.Zero }),
            ("L1:MaxReplyLength", good with { MaxReplyLength = 1 }),
            ("L1:PollInterval", good with { PollInterval = TimeSpan.Zero }),
        ];
        foreach ((string setting, L1Options options) in cases)
        {
            Assert.StartsWith(setting, Assert.Single(options.Check()), StringComparison.Ordinal);
        }
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    /// <summary>Answers everything with the same.</summary>
    private sealed class StubServer : IDisposable
    {
        private readonly HttpListener _listener = new();

        public StubServer(string body, int status)
        {
            using System.Net.Sockets.TcpListener free = new(IPAddress.Loopback, 0);
            free.Start();
            Address = new Uri($"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/");
            free.Stop();
            _listener.Prefixes.Add(Address.ToString());
            _listener.Start();
            _ = AnswerAsync(Encoding.UTF8.GetBytes(body), status);
        }

        public Uri Address { get; }

        public void Dispose() => _listener.Close();

        private async Task AnswerAsync(byte[] body, int status)
        {
            HttpListenerContext context = await _listener.GetContextAsync();
            context.Response.StatusCode = status;
            try
            {
                await context.Response.OutputStream.WriteAsync(body);
                context.Response.Close();
            }
            catch (HttpListenerException)
            {
                // The client has seen enough.
            }
        }
    }
}
