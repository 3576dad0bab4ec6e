using System.Net;
using System.Text;
using System.Text.Json;
using Cloud.Gateway.JsonRpc;
using Cloud.Gateway.Limits;
using Cloud.Gateway.Tests.Support;

namespace Cloud.Gateway.Tests.JsonRpc;

public sealed class JsonRpcServerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_gets_its_result_under_its_id()
    {
        using TestServer server = new();
        Assert.Equal("""{"jsonrpc":"2.0","id":7,"result":"31337"}""", await server.SendAsync("""{"jsonrpc":"2.0","id":7,"method":"net_version","params":[]}"""));
    }

    [Theory]
    [InlineData("\"a\\u0041 b\"")]
    [InlineData("-1.5e3")]
    [InlineData("null")]
    [InlineData("18446744073709551616")]
    public async Task An_id_comes_back_as_it_was_written(string id)
    {
        using TestServer server = new();
        Assert.StartsWith($"{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":", await server.SendAsync($"{{\"id\":{id},\"jsonrpc\":\"2.0\",\"method\":\"net_listening\"}}"));
    }

    [Theory]
    [InlineData("", -32700)]
    [InlineData("{", -32700)]
    [InlineData("{\"a\":1,\"a\":2}", -32700)]
    [InlineData("nope", -32700)]
    [InlineData("{\"id\":\"\\ud800\",\"method\":\"net_version\"}", -32700, true)]
    [InlineData("[]", -32600)]
    [InlineData("1", -32600)]
    [InlineData("{}", -32600, true)]
    [InlineData("{\"id\":{},\"method\":\"net_version\"}", -32600)]
    [InlineData("{\"id\":[1],\"method\":\"net_version\"}", -32600)]
    [InlineData("{\"id\":1,\"jsonrpc\":\"1.0\",\"method\":\"net_version\"}", -32600)]
    [InlineData("{\"id\":1,\"method\":5}", -32600)]
    [InlineData("{\"id\":1,\"method\":\"\"}", -32600)]
    [InlineData("{\"id\":1,\"method\":\"\\udfff\"}", -32600)]
    [InlineData("{\"id\":1,\"method\":\"eth_nothing\"}", -32601)]
    [InlineData("{\"id\":1,\"method\":\"web3_sha3\",\"params\":{\"data\":\"0x\"}}", -32602)]
    [InlineData("{\"id\":1,\"method\":\"web3_sha3\",\"params\":[]}", -32602)]
    [InlineData("{\"id\":1,\"method\":\"web3_sha3\",\"params\":[null]}", -32602)]
    [InlineData("{\"id\":1,\"method\":\"web3_sha3\",\"params\":[\"0x1\"]}", -32602)]
    [InlineData("{\"id\":1,\"method\":\"web3_sha3\",\"params\":[\"11\"]}", -32602)]
    [InlineData("{\"id\":1,\"method\":\"web3_sha3\",\"params\":[\"0xzz\"]}", -32602)]
    [InlineData("{\"id\":1,\"method\":\"web3_sha3\",\"params\":[\"0x\",\"0x\"]}", -32602)]
    public async Task A_faulty_request_gets_the_code_of_its_fault(string request, int code, bool mayBeSilent = false)
    {
        using TestServer server = new();
        string answer = await server.SendAsync(request);
        if (mayBeSilent && answer.Length == 0)
        {
            return;
        }

        using JsonDocument document = JsonDocument.Parse(answer);
        Assert.True(document.RootElement.TryGetProperty("error", out JsonElement error) || mayBeSilent, answer);
        if (error.ValueKind == JsonValueKind.Object)
        {
            Assert.Equal(code, error.GetProperty("code").GetInt32());
        }

        Assert.Empty(server.Defects);
    }

    [Fact]
    public async Task An_id_that_is_not_utf8_is_never_sent_back()
    {
        using TestServer server = new();
        byte[] request = [.. "{\"jsonrpc\":\"2.0\",\"method\":\"net_version\",\"id\":\""u8, 0xff, .. "\"}"u8];
        (string text, _) = await server.SendAsync(request);
        Assert.Contains("-32700", text, StringComparison.Ordinal);
        Assert.Contains("\"id\":null", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_have_the_words_of_other_clients()
    {
        using TestServer server = new();
        Assert.Equal((-32601, "the method eth_nothing does not exist/is not available"), await server.ErrorAsync("""{"id":1,"method":"eth_nothing"}"""));
        Assert.Equal((-32602, "missing value for required argument 0"), await server.ErrorAsync("""{"id":1,"method":"web3_sha3"}"""));
        Assert.Equal((-32602, "too many arguments, want at most 1"), await server.ErrorAsync("""{"id":1,"method":"web3_sha3","params":["0x","0x"]}"""));
        Assert.Equal((-32602, "invalid argument 0: hex string without 0x prefix"), await server.ErrorAsync("""{"id":1,"method":"web3_sha3","params":["ff"]}"""));
        Assert.Equal((-32602, "non-array args"), await server.ErrorAsync("""{"id":1,"method":"web3_sha3","params":5}"""));
        Assert.Equal((-32600, "empty batch"), await server.ErrorAsync("[]"));
    }

    [Fact]
    public async Task A_batch_is_answered_in_order_without_its_notifications()
    {
        using TestServer server = new();
        string answer = await server.SendAsync(
            """[{"id":1,"method":"net_version"},{"method":"net_version"},{"id":2,"method":"nope"},5,{"id":3,"method":"net_listening"}]""");
        using JsonDocument document = JsonDocument.Parse(answer);
        Assert.Equal(["1", "2", "null", "3"], document.RootElement.EnumerateArray().Select(one => one.GetProperty("id").GetRawText()));
    }

    [Fact]
    public async Task Notifications_get_no_answer()
    {
        using TestServer server = new();
        (string text, RpcReply reply) = await server.SendAsync(Encoding.UTF8.GetBytes("""[{"method":"net_version"},{"method":"nope"}]"""));
        Assert.Equal("", text);
        Assert.False(reply.HasResponse);
    }

    [Fact]
    public async Task A_batch_with_too_many_requests_is_refused_with_the_limit()
    {
        using TestServer server = new(options: new RpcOptions { MaxBatch = 3 });
        string batch = $"[{string.Join(',', Enumerable.Repeat("""{"id":1,"method":"net_version"}""", 4))}]";
        Assert.Equal((-32600, "batch too large: 4 requests, at most 3 are allowed"), await server.ErrorAsync(batch));
    }

    [Fact]
    public async Task Nesting_beyond_the_bound_is_refused()
    {
        using TestServer server = new(options: new RpcOptions { MaxDepth = 8 });
        string deep = new string('[', 20_000) + new string(']', 20_000);
        Assert.Equal((-32700, "parse error: nested deeper than 8"), await server.ErrorAsync($$"""{"id":1,"method":"web3_sha3","params":[{{deep}}]}"""));
    }

    [Fact]
    public async Task A_response_beyond_its_bound_is_an_error_and_leaves_the_rest_of_the_batch_alone()
    {
        RpcMethod large = new("large", 0, call =>
        {
            call.Result.WriteStringValue(new string('x', 100_000));
            return default;
        });
        using TestServer server = new([large], new RpcOptions { MaxResponseBytes = 70_000 });
        string answer = await server.SendAsync("""[{"id":1,"method":"net_version"},{"id":2,"method":"large"},{"id":3,"method":"net_version"}]""");
        using JsonDocument document = JsonDocument.Parse(answer);
        Assert.Equal(["31337", "31337"], document.RootElement.EnumerateArray().Where(one => one.TryGetProperty("result", out _)).Select(one => one.GetProperty("result").GetString()));
        Assert.Equal(-32003, document.RootElement[1].GetProperty("error").GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task An_exception_is_an_internal_error_that_tells_nothing()
    {
        RpcMethod faulty = new("faulty", 0, _ => throw new InvalidOperationException("secret"));
        using TestServer server = new([faulty]);
        Assert.Equal((-32603, "internal error"), await server.ErrorAsync("""{"id":1,"method":"faulty"}"""));
        Assert.Single(server.Defects);
    }

    [Fact]
    public async Task A_method_that_takes_too_long_is_cut_off()
    {
        ManualTime time = new();
        TaskCompletionSource started = new();
        RpcMethod slow = new("slow", 0, async call =>
        {
            started.SetResult();
            await Task.Delay(Timeout.Infinite, call.Cancellation);
            return null;
        })
        { Duration = RpcDuration.Call };
        using TestServer server = new([slow], time: time);
        Task<(int, string)> answer = server.ErrorAsync("""{"id":1,"method":"slow"}""");
        await started.Task;
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal((-32002, "request timed out: slow may take 5 s"), await answer);
    }

    [Fact]
    public async Task A_batch_that_takes_too_long_is_cut_off_with_an_error_for_each_request_left()
    {
        ManualTime time = new();
        RpcMethod slow = new("slow", 0, call =>
        {
            time.Advance(TimeSpan.FromSeconds(10));
            call.Result.WriteBooleanValue(true);
            return default;
        });
        using TestServer server = new([slow], time: time);
        using JsonDocument document = JsonDocument.Parse(
            await server.SendAsync("""[{"id":1,"method":"slow"},{"id":2,"method":"slow"},{"id":3,"method":"slow"},{"method":"slow"}]"""));
        Assert.Equal([1, 2, 3], document.RootElement.EnumerateArray().Select(one => one.GetProperty("id").GetInt32()));
        Assert.Equal(-32002, document.RootElement[2].GetProperty("error").GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task A_client_that_asks_too_much_is_told_when_to_come_back()
    {
        ManualTime time = new();
        using TestServer server = new(limits: new LimitOptions { AddressPerSecond = 10, AddressBurst = 100 }, time: time);
        RpcSession session = new(ClientId.Of(IPAddress.Parse("192.0.2.7")));
        byte[] request = Encoding.UTF8.GetBytes("""{"id":1,"method":"net_version"}""");
        for (int i = 0; i < 100; i++)
        {
            Assert.Null((await server.SendAsync(request, session)).Reply.RetryAfter);
        }

        (string text, RpcReply refused) = await server.SendAsync(request, session);
        Assert.Contains("\"code\":-32005,\"message\":\"rate limit exceeded: 10 units a second, 100 at once; ask again in 100 ms\"", text, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromMilliseconds(100), refused.RetryAfter);
        Assert.Null((await server.SendAsync(request, new RpcSession(ClientId.Of(IPAddress.Parse("192.0.2.8"))))).Reply.RetryAfter);
        time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Null((await server.SendAsync(request, session)).Reply.RetryAfter);
    }

    [Fact]
    public async Task Subscriptions_need_a_connection()
    {
        RpcMethod subscribe = new("eth_subscribe", 2, _ => throw new InvalidOperationException()) { NeedsConnection = true };
        using TestServer server = new([subscribe]);
        Assert.Equal((-32000, "notifications not supported"), await server.ErrorAsync("""{"id":1,"method":"eth_subscribe","params":["newHeads"]}"""));
    }

    [Fact]
    public async Task A_caller_that_is_gone_ends_the_request()
    {
        RpcMethod slow = new("slow", 0, async call =>
        {
            await Task.Delay(Timeout.Infinite, call.Cancellation);
            return null;
        });
        using TestServer server = new([slow]);
        using CancellationTokenSource caller = new();
        using PooledBuffer output = new(1 << 20);
        ValueTask<RpcReply> answer = server.Server.HandleAsync(
            Encoding.UTF8.GetBytes("""{"id":1,"method":"slow"}"""), new RpcSession(ClientId.Local), output, caller.Token);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await answer);
        Assert.Empty(server.Defects);
        Assert.False(Token.IsCancellationRequested);
    }
}
