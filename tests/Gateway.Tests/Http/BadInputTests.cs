using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Cloud.Gateway.Limits;
using Cloud.Gateway.Tests.Support;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Tests.Http;

/// <summary>What is bad gets its error quickly, with the limit named. Numbers T are those of the traps in reference/flashblocks.md section 12.</summary>
public sealed class BadInputTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bodies_kinds_keys_and_verbs_that_are_wrong_are_refused_over_http()
    {
        await using TestChain chain = await TestChain.StartAsync();
        string large = await SendRawAsync(chain, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5242881\r\n\r\n{");
        Assert.StartsWith("HTTP/1.1 413", large, StringComparison.Ordinal);
        Assert.Contains("at most 5242880 bytes", large, StringComparison.Ordinal);
        (HttpStatusCode status, string body) = await PostAsync(chain, "{}", "application/xml");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, status);
        Assert.Contains("only application/json is supported", body, StringComparison.Ordinal);
        using HttpRequestMessage keyed = new(HttpMethod.Post, "/") { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        keyed.Headers.Add("X-Api-Key", "nobody's");
        using HttpResponseMessage refused = await chain.Http.SendAsync(keyed, Token);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using HttpResponseMessage plain = await chain.Http.GetAsync("/ws", Token);
        Assert.Equal(HttpStatusCode.UpgradeRequired, plain.StatusCode);
        using HttpResponseMessage put = await chain.Http.PutAsync("/rpc", null, Token);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, put.StatusCode);
        (status, body) = await PostAsync(chain, $"[{string.Join(',', Enumerable.Repeat("{}", 1001))}]");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("batch too large: 1001 requests, at most 1000", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Giant_ranges_and_expensive_calls_and_traces_are_cut_off_with_their_limit()
    {
        await using TestChain chain = await TestChain.StartAsync(configure: builder =>
        {
            builder.Configuration["Gateway:Rpc:MaxLogBlocks"] = "2";
            builder.Configuration["Gateway:Rpc:MaxTraceSteps"] = "1000";
            builder.Configuration["Gateway:Rpc:CallGasLimit"] = "10000000";
        });
        for (int i = 0; i < 3; i++)
        {
            await chain.SealAsync();
        }

        (int code, string message, _) = await chain.ErrorAsync("eth_getLogs", new { fromBlock = "0x0", toBlock = "latest" });
        Assert.Equal((-32005, "query exceeds max block range 2: from 0x0 to 0x3"), (code, message));
        // JUMPDEST PUSH1 0 JUMP: for ever.
        object loop = new Dictionary<string, object> { ["0x00000000000000000000000000000000000000ee"] = new { code = "0x5b600056" } };
        object call = new { to = "0x00000000000000000000000000000000000000ee", gas = "0xffffffffffff" };
        Assert.Equal((-32000, "out of gas"), await CodeAsync("eth_call", call, "latest", loop));
        Assert.Equal(-32000, (await CodeAsync("eth_estimateGas", call, "latest", loop)).Code);
        JsonElement trace = await chain.ResultAsync("debug_traceCall", call, "latest", new { stateOverrides = loop });
        Assert.Equal(1000, trace.GetProperty("structLogs").GetArrayLength());
        Assert.True(trace.GetProperty("failed").GetBoolean());
        Assert.Equal(10_000_000UL, trace.GetProperty("gas").GetUInt64());
        Assert.Equal(-32601, (await chain.ErrorAsync("eth_mine")).Code);
        Assert.Equal(-32602, (await chain.ErrorAsync("eth_getBalance", 5)).Code);

        async Task<(int Code, string Message)> CodeAsync(string method, params object[] parameters)
        {
            (int number, string text, _) = await chain.ErrorAsync(method, parameters);
            return (number, text);
        }
    }

    [Fact]
    public async Task Headers_that_are_too_long_or_come_too_slowly_end_the_connection()
    {
        await using TestChain chain = await TestChain.StartAsync(configure: builder => builder.Configuration["Gateway:Limits:HeaderTimeout"] = "00:00:01");
        string answer = await SendRawAsync(chain, $"POST / HTTP/1.1\r\nHost: x\r\nX-Long: {new string('a', 40 << 10)}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 431", answer, StringComparison.Ordinal);
        answer = await SendRawAsync(chain, "POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ");
        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        answer = await SendRawAsync(chain, "nonsense\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Equal("0x385", (await chain.ResultAsync("eth_chainId")).GetString());
    }

    [Fact]
    public async Task A_body_that_comes_byte_by_byte_ends_the_connection()
    {
        await using TestChain chain = await TestChain.StartAsync();
        string answer = await SendRawAsync(chain, "POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4096\r\n\r\n{");
        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        Assert.Equal("0x385", (await chain.ResultAsync("eth_chainId")).GetString());
    }

    [Theory]
    [InlineData("POST", "/rpc/wrong", false)]
    [InlineData("GET", "/ws/wrong", true)]
    [InlineData("GET", "/ws", true)]
    [InlineData("GET", "/flashblocks/wrong", true)]
    [InlineData("GET", "/flashblocks", true)]
    [InlineData("GET", "/api/v1/overview", false)]
    [InlineData("GET", "/api/v1/events", false)]
    [InlineData("GET", "/api/v1/events/ws", true)]
    [InlineData("GET", "/operator/v1/state", false)]
    public async Task A_wrong_key_is_refused_at_every_door(string method, string path, bool isUpgrade)
    {
        await using TestChain chain = await TestChain.StartAsync();
        string rest = isUpgrade
            ? "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            : "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        string answer = await SendRawAsync(chain, $"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer nobody's\r\n{rest}");
        Assert.StartsWith("HTTP/1.1 401", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_over_a_websocket_that_is_bad_json_or_too_large_gets_its_error_or_its_code_with_the_limit()
    {
        await using TestChain chain = await TestChain.StartAsync();
        using ClientWebSocket socket = new();
        await socket.ConnectAsync(new UriBuilder(chain.Address) { Scheme = "ws", Path = "/ws" }.Uri, Token);
        byte[] buffer = new byte[4096];
        await socket.SendAsync("{\"id\":1,"u8.ToArray(), WebSocketMessageType.Text, true, Token);
        WebSocketReceiveResult result = await socket.ReceiveAsync(buffer, Token);
        Assert.Contains("-32700", Encoding.UTF8.GetString(buffer, 0, result.Count), StringComparison.Ordinal);
        byte[] part = new byte[1 << 20];
        for (int i = 0; i < 6 && socket.State == WebSocketState.Open; i++)
        {
            await socket.SendAsync(part, WebSocketMessageType.Binary, false, Token);
        }

        result = await socket.ReceiveAsync(buffer, Token);
        Assert.Equal((WebSocketCloseStatus.MessageTooBig, "message too large: at most 5242880 bytes are allowed"), (result.CloseStatus, result.CloseStatusDescription));
    }

    [Fact]
    public async Task T14_pings_come_whatever_a_filter_lets_through()
    {
        await using TestChain chain = await TestChain.StartAsync(configure: builder => builder.Configuration["Gateway:Push:PingInterval"] = "00:00:01");
        using TcpClient client = new();
        await client.ConnectAsync(chain.Address.Host, chain.Address.Port, Token);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes("GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"), Token);
        byte[] subscribe = Encoding.ASCII.GetBytes($$"""{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["pendingLogs",{"address":"{{default(Address)}}"}]}""");
        // A text frame, masked with zeros (RFC 6455 section 5.2).
        await stream.WriteAsync((byte[])[0x81, 0xfe, (byte)(subscribe.Length >> 8), (byte)subscribe.Length, 0, 0, 0, 0, .. subscribe], Token);
        List<byte> received = [];
        byte[] buffer = new byte[4096];
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        while (!received.Contains(0x89))
        {
            int count = await stream.ReadAsync(buffer, patience.Token);
            Assert.True(count > 0, "the connection was closed");
            received.AddRange(buffer.AsSpan(0, count));
        }
    }

    [Fact]
    public void Header_limits_have_bounds()
    {
        Assert.True(new LimitOptionsValidator().Validate(null, new LimitOptions()).Succeeded);
        Assert.Contains("HeaderTimeout must be at least 1 s", new LimitOptionsValidator().Validate(null, new LimitOptions { HeaderTimeout = TimeSpan.Zero }).FailureMessage, StringComparison.Ordinal);
    }

    private static async Task<(HttpStatusCode Status, string Body)> PostAsync(TestChain chain, string body, string type = "application/json")
    {
        using StringContent content = new(body, Encoding.UTF8, type);
        using HttpResponseMessage response = await chain.Http.PostAsync("/", content, Token);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Token));
    }

    private static async Task<string> SendRawAsync(TestChain chain, string request)
    {
        using TcpClient client = new();
        await client.ConnectAsync(chain.Address.Host, chain.Address.Port, Token);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), Token);
        byte[] buffer = new byte[4096];
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        int count = await stream.ReadAsync(buffer, patience.Token);
        return Encoding.ASCII.GetString(buffer, 0, count);
    }
}
