using System.Diagnostics.Metrics;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Net.WebSockets;
using Cloud.Gateway.Metrics;
using Cloud.Gateway.Tests.Support;
using Cloud.Gateway.WebSockets;
using Microsoft.Extensions.DependencyInjection;

namespace Cloud.Gateway.Tests.WebSockets;

public sealed class PingSweepTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_that_answers_is_pinged_again_and_one_that_does_not_is_given_up()
    {
        TimeSpan minute = TimeSpan.FromSeconds(60);
        ManualTime time = new();
        PushOptions options = new() { PingInterval = TimeSpan.FromSeconds(45), PongTimeout = minute };
        using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using GatewayMetrics metrics = new(services.GetRequiredService<IMeterFactory>());
        using PingSweep sweep = new(options, time);
        using SocketPair answering = await SocketPair.OpenAsync();
        using SocketPair silent = await SocketPair.OpenAsync();
        await using PushConnection first = Open(answering);
        await using PushConnection second = Open(silent);
        using IDisposable? pinging = sweep.Add(first, answering.Writer);
        using IDisposable? pingingSilent = sweep.Add(second, silent.Writer);
        Pipe received = new();
        NotingPipeReader reader = new(received.Reader, answering.Writer);

        time.Advance(minute);
        await ReadPingAsync(answering.Client);
        await ReadPingAsync(silent.Client);
        await AnswerAsync();
        time.Advance(minute);
        await ReadPingAsync(answering.Client);
        await AnswerAsync();
        time.Advance(minute);
        await ReadPingAsync(answering.Client);
        while (await silent.Client.ReceiveAsync(new byte[64], Token) > 0)
        {
            // It is told why, before the end.
        }

        Assert.True(first.TryPush("more"u8.ToArray()));
        Assert.False(second.TryPush("more"u8.ToArray()));

        PushConnection Open(SocketPair pair)
        {
            // A stream wants a socket whose calls wait, when it is made.
            pair.Server.Blocking = true;
            WebSocket socket = WebSocket.CreateFromStream(new NetworkStream(pair.Server, ownsSocket: true), new WebSocketCreationOptions { IsServer = true });
            pair.Server.Blocking = false;
            return new PushConnection(socket, pair.Writer, "test", options, 1, metrics, TimeProvider.System);
        }

        async Task AnswerAsync()
        {
            await received.Writer.WriteAsync((byte[])[0x8a, 0x80, 0, 0, 0, 0], Token);
            reader.AdvanceTo((await reader.ReadAsync(Token)).Buffer.End);
        }
    }

    private static async Task ReadPingAsync(Socket client)
    {
        byte[] frame = new byte[2];
        int length = 0;
        while (length < frame.Length)
        {
            int count = await client.ReceiveAsync(frame.AsMemory(length), Token);
            Assert.True(count > 0, "the connection was closed");
            length += count;
        }

        Assert.Equal([0x89, 0], frame);
    }
}
