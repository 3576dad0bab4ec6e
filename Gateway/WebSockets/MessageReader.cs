using System.Buffers;
using System.Net.WebSockets;

namespace Cloud.Gateway.WebSockets;

/// <summary>Reads whole messages of bounded length from a WebSocket.</summary>
/// <param name="socket">The socket.</param>
/// <param name="limit">Longest message in bytes.</param>
internal sealed class MessageReader(WebSocket socket, int limit) : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(Math.Min(limit, 4096));

    /// <summary>Reads the next message.</summary>
    /// <param name="cancellationToken">Gives up, and aborts the socket.</param>
    /// <returns>The message, valid until the next call; or how the connection ended.</returns>
    public async ValueTask<MessageReading> ReadAsync(CancellationToken cancellationToken)
    {
        int length = 0;
        while (true)
        {
            if (length == _buffer.Length)
            {
                if (length >= limit)
                {
                    return MessageReading.TooLarge;
                }

                byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Min(limit, length * 2));
                _buffer.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_buffer);
                _buffer = larger;
            }

            ValueWebSocketReceiveResult result;
            try
            {
                result = await socket.ReceiveAsync(_buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
            {
                return MessageReading.Closed;
            }

            if (result.MessageType == WebSocketMessageType.Close)
            {
                return MessageReading.Closed;
            }

            length += result.Count;
            if (length > limit)
            {
                return MessageReading.TooLarge;
            }

            if (result.EndOfMessage)
            {
                return new MessageReading(MessageReadingKind.Message, _buffer.AsMemory(0, length));
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        byte[] buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
