using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;

namespace Cloud.Bench.Gateway;

/// <summary>One client that follows newFlashblocks and notes how long after it was shown each one came.</summary>
internal sealed class Subscriber : IDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly ConcurrentDictionary<(ulong Block, ulong Flashblock), long> _shown;
    private Task _reading = Task.CompletedTask;

    private Subscriber(ConcurrentDictionary<(ulong Block, ulong Flashblock), long> shown) => _shown = shown;

    public static ReadOnlyMemory<byte> Request { get; } = """{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newFlashblocks"]}"""u8.ToArray();

    /// <summary>Milliseconds from shown to received.</summary>
    public List<double> Times { get; } = [];

    public bool IsClosed { get; private set; }

    public static async Task<Subscriber> OpenAsync(Uri address, ConcurrentDictionary<(ulong Block, ulong Flashblock), long> shown, CancellationToken cancellation)
    {
        Subscriber subscriber = new(shown);
        subscriber._socket.Options.KeepAliveInterval = TimeSpan.Zero;
        await subscriber._socket.ConnectAsync(address, cancellation).ConfigureAwait(false);
        await subscriber._socket.SendAsync(Request, WebSocketMessageType.Text, true, cancellation).ConfigureAwait(false);
        return subscriber;
    }

    public void Begin(CancellationToken stop) => _reading = ReadAsync(stop);

    public async Task EndAsync()
    {
        await _reading.ConfigureAwait(false);
        Dispose();
    }

    public void Dispose() => _socket.Dispose();

    private async Task ReadAsync(CancellationToken stop)
    {
        byte[] buffer = new byte[8192];
        int length = 0;
        try
        {
            while (true)
            {
                ValueWebSocketReceiveResult result = await _socket.ReceiveAsync(buffer.AsMemory(Math.Min(length, buffer.Length - 1)), stop).ConfigureAwait(false);
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    IsClosed = true;
                    return;
                }

                // The header's fields come first; what follows does not matter.
                length += length < buffer.Length - 1 ? result.Count : 0;
                if (result.EndOfMessage)
                {
                    Note(buffer.AsSpan(0, Math.Min(length, buffer.Length)));
                    length = 0;
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or WebSocketException)
        {
            IsClosed = !stop.IsCancellationRequested;
        }
    }

    private void Note(ReadOnlySpan<byte> message)
    {
        long now = Stopwatch.GetTimestamp();
        if (TryRead(message, "\"number\":\"0x"u8, out ulong block) && TryRead(message, "\"flashblockIndex\":\"0x"u8, out ulong index) && _shown.TryGetValue((block, index), out long shown))
        {
            Times.Add(Math.Max(0, (now - shown) * 1000.0 / Stopwatch.Frequency));
        }
    }

    private static bool TryRead(ReadOnlySpan<byte> message, ReadOnlySpan<byte> key, out ulong value)
    {
        value = 0;
        int at = message.IndexOf(key);
        return at >= 0 && Utf8Parser.TryParse(message[(at + key.Length)..], out value, out _, 'x');
    }
}
