using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.JsonRpc;
using Cloud.Settlement.L1;
using Cloud.Settlement.Tests.Support;
using Cloud.Testing.L1;

namespace Cloud.Settlement.Tests.L1;

[Collection(AnvilCollection.Name)]
public sealed class WebSocketJsonRpcTests(Anvil anvil)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_socket_gives_the_same_answers_as_HTTP_also_to_many_calls_at_once()
    {
        L1Client client = L1Client.Create(new L1Options { Endpoints = [SocketOf(anvil.Address)], ChainId = Anvil.ChainId, Rollup = Anvil.Rich }, TimeProvider.System);
        L1Block head = await anvil.HeadAsync();
        L1Block?[] blocks = await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ => (await client.GetBlockAsync(BlockTag.Of(head.Number), Cancel)).Require()));
        Assert.All(blocks, block => Assert.Equal(head, block));
        Assert.IsType<L1Failure.Refused>(Assert.IsType<L1Result<Bytes>.Failed>(await client.GetCodeAsync(Anvil.Rich, BlockTag.Of(ulong.MaxValue), Cancel)).Failure);
    }

    [Fact]
    public async Task After_a_broken_connection_the_next_call_makes_another_one()
    {
        using HttpListener server = new();
        using (System.Net.Sockets.TcpListener free = new(IPAddress.Loopback, 0))
        {
            free.Start();
            server.Prefixes.Add($"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/");
        }

        server.Start();
        Task serving = Task.Run(
            async () =>
            {
                // The first connection breaks in the middle of a call, the second one answers.
                for (int id = 1; id <= 2; id++)
                {
                    WebSocket socket = (await (await server.GetContextAsync()).AcceptWebSocketAsync(null)).WebSocket;
                    await socket.ReceiveAsync(new byte[1000], Cancel);
                    if (id == 1)
                    {
                        await socket.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, null, Cancel);
                        continue;
                    }

                    await socket.SendAsync(Encoding.UTF8.GetBytes($"{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":\"0x7\"}}"), WebSocketMessageType.Text, true, Cancel);
                }
            },
            Cancel);
        using WebSocketJsonRpc rpc = new(SocketOf(new Uri(server.Prefixes.Single())), TimeSpan.FromMinutes(1), 1 << 20, TimeProvider.System);
        L1Client client = new(rpc);
        L1Failure failure = Assert.IsType<L1Result<ulong>.Failed>(await client.GetChainIdAsync(Cancel)).Failure;
        Assert.Contains("L1:Endpoints", Assert.IsType<L1Failure.Unreachable>(failure).Message, StringComparison.Ordinal);
        Assert.Equal(7UL, (await client.GetChainIdAsync(Cancel)).Require());
        await serving;
    }

    [Fact]
    public async Task A_call_that_is_not_answered_in_time_and_an_answer_that_is_too_long_say_so()
    {
        TimeOutsOnDemand time = new();
        using WebSocketJsonRpc slow = new(SocketOf(anvil.Address), TimeSpan.FromSeconds(9), 1 << 20, time);
        Task<L1Result<System.Text.Json.JsonElement>> call = slow.CallAsync("eth_chainId", [], Cancel);
        while (!call.IsCompleted)
        {
            time.Elapse();
            await Task.Yield();
        }

        Assert.True(await call is L1Result<System.Text.Json.JsonElement>.Ok or L1Result<System.Text.Json.JsonElement>.Failed { Failure: L1Failure.TimedOut });
        using WebSocketJsonRpc narrow = new(SocketOf(anvil.Address), TimeSpan.FromMinutes(1), 100, TimeProvider.System);
        L1Result<System.Text.Json.JsonElement> block = await narrow.CallAsync("eth_getBlockByNumber", new JsonArray("latest", false), Cancel);
        Assert.Contains("longer than 100 bytes", Assert.IsType<L1Failure.BadReply>(Assert.IsType<L1Result<System.Text.Json.JsonElement>.Failed>(block).Failure).Message, StringComparison.Ordinal);
    }

    private static Uri SocketOf(Uri http) => new UriBuilder(http) { Scheme = "ws" }.Uri;
}
