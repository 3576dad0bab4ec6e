using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Cloud.Gateway.Tests.Support;
using Cloud.Gateway.WebSockets;

namespace Cloud.Gateway.Tests.WebSockets;

/// <summary>Writing past the server, over a real connection.</summary>
public sealed class SocketPipeWriterTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_sent_and_what_is_flushed_arrives_whole_and_in_order_when_the_reader_lags_and_the_network_takes_parts_only()
    {
        using SocketPair connection = await SocketPair.OpenAsync();
        List<Task> sending = [];
        List<byte> expected = [];
        for (int number = 0; number < 400; number++)
        {
            byte[] message = new byte[1 + (number * 613 % 9000)];
            Array.Fill(message, (byte)number);
            expected.AddRange(message);
            if (number % 3 == 0)
            {
                connection.Writer.Write(message);
                sending.Add(connection.Writer.FlushAsync(Token).AsTask());
            }
            else
            {
                sending.Add(connection.Writer.SendAsync(message).AsTask());
                Array.Clear(message);
            }
        }

        // Far more than the buffers of both sides hold.
        Assert.Contains(sending, task => !task.IsCompleted);
        byte[] received = new byte[expected.Count];
        int length = 0;
        while (length < received.Length)
        {
            length += await connection.Client.ReceiveAsync(received.AsMemory(length, Math.Min(3001, received.Length - length)), Token);
        }

        await Task.WhenAll(sending);
        Assert.Equal(expected, received);
    }

    [Fact]
    public async Task Frames_with_one_body_and_many_heads_and_of_changing_messages_arrive_as_they_were_written()
    {
        using SocketPair connection = await SocketPair.OpenAsync();
        ReadOnlyMemory<byte>[] bodies = [.. ((int[])[0, 3, 7_000, 70_000, 300_000]).Select((length, number) => (ReadOnlyMemory<byte>)Enumerable.Repeat((byte)('a' + number), length).ToArray())];
        List<(WebSocketMessageType Type, byte[] Message)> expected = [];
        List<Task> sending = [];
        foreach (ReadOnlyMemory<byte> body in (ReadOnlyMemory<byte>[])[.. bodies, bodies[2][..100], .. bodies.Reverse()])
        {
            foreach (string head in (string[])["first", "other", "longer than those", "", ""])
            {
                WebSocketMessageType type = expected.Count % 7 == 0 ? WebSocketMessageType.Binary : WebSocketMessageType.Text;
                byte[] start = Encoding.ASCII.GetBytes(head);
                sending.Add(WebSocketFrame.SendAsync(connection.Writer, start, body, type).AsTask());
                expected.Add((type, [.. start, .. body.Span]));
                Array.Clear(start);
            }
        }

        using WebSocket reader = WebSocket.CreateFromStream(new NetworkStream(connection.Client), isServer: false, subProtocol: null, Timeout.InfiniteTimeSpan);
        byte[] buffer = new byte[1 << 19];
        foreach ((WebSocketMessageType type, byte[] message) in expected)
        {
            int length = 0;
            ValueWebSocketReceiveResult result;
            do
            {
                result = await reader.ReceiveAsync(buffer.AsMemory(length), Token);
                length += result.Count;
            }
            while (!result.EndOfMessage);
            Assert.Equal(type, result.MessageType);
            Assert.Equal(message, buffer[..length]);
        }

        await Task.WhenAll(sending);
    }

    [Fact]
    public async Task A_flush_that_is_cancelled_returns_and_its_bytes_still_arrive_before_those_that_come_after()
    {
        using SocketPair connection = await SocketPair.OpenAsync();
        byte[] large = new byte[1 << 20];
        Array.Fill(large, (byte)1);
        connection.Writer.Write(large);
        Task<FlushResult> flushing = connection.Writer.FlushAsync(Token).AsTask();
        Assert.False(flushing.IsCompleted);
        connection.Writer.CancelPendingFlush();
        Assert.True((await flushing).IsCanceled);
        Task after = connection.Writer.SendAsync([2]).AsTask();
        byte[] received = new byte[large.Length + 1];
        int length = 0;
        while (length < received.Length)
        {
            length += await connection.Client.ReceiveAsync(received.AsMemory(length), Token);
        }

        await after;
        Assert.Equal([.. large, 2], received);
        connection.Writer.CancelPendingFlush();
        Assert.True((await connection.Writer.FlushAsync(Token)).IsCanceled);
        Assert.False((await connection.Writer.FlushAsync(Token)).IsCanceled);
    }

    [Fact]
    public async Task What_is_written_but_not_flushed_leaves_when_the_writer_completes_and_only_then_does_the_transport()
    {
        using SocketPair connection = await SocketPair.OpenAsync();
        connection.Writer.Write("bye"u8);
        Assert.Equal(3, connection.Writer.UnflushedBytes);
        connection.Writer.Complete();
        byte[] received = new byte[16];
        Assert.Equal(3, await connection.Client.ReceiveAsync(received, Token));
        Assert.True((await connection.Transport.Reader.ReadAsync(Token)).IsCompleted);
    }

    [Fact]
    public async Task A_connection_that_is_gone_is_told_to_both_ways_of_writing()
    {
        using SocketPair connection = await SocketPair.OpenAsync();
        connection.Server.Dispose();
        await Assert.ThrowsAsync<IOException>(async () => await connection.Writer.SendAsync([1]));
        connection.Writer.Write("late"u8);
        Assert.True((await connection.Writer.FlushAsync(Token)).IsCompleted);
    }
}
