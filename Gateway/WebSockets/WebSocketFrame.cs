using System.Buffers;
using System.Buffers.Binary;
using System.Net.WebSockets;

namespace Cloud.Gateway.WebSockets;

/// <summary>A server's data frame: whole messages, not masked (RFC 6455 section 5.2).</summary>
internal static class WebSocketFrame
{
    private const byte Final = 0x80;
    private const byte TextCode = 1;
    private const byte BinaryCode = 2;
    private const byte TwoByteLength = 126;
    private const byte EightByteLength = 127;
    private const int MaxHeader = 10;

    /// <summary>Sends a message as one frame.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="head">The message's first part, may be empty.</param>
    /// <param name="body">The rest.</param>
    /// <param name="type">Text or binary.</param>
    /// <returns>As <see cref="SocketPipeWriter.SendAsync"/>.</returns>
    public static ValueTask SendAsync(SocketPipeWriter writer, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body, WebSocketMessageType type)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(MaxHeader + head.Length + body.Length);
        ValueTask sending = writer.SendAsync(rented.AsSpan(0, Write(rented, head, body, type)));
        ArrayPool<byte>.Shared.Return(rented);
        return sending;
    }

    private static int Write(Span<byte> frame, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body, WebSocketMessageType type)
    {
        int length = head.Length + body.Length;
        frame[0] = (byte)(Final | (type == WebSocketMessageType.Text ? TextCode : BinaryCode));
        int at;
        if (length < TwoByteLength)
        {
            frame[1] = (byte)length;
            at = 2;
        }
        else if (length <= ushort.MaxValue)
        {
            frame[1] = TwoByteLength;
            BinaryPrimitives.WriteUInt16BigEndian(frame[2..], (ushort)length);
            at = 4;
        }
        else
        {
            frame[1] = EightByteLength;
            BinaryPrimitives.WriteUInt64BigEndian(frame[2..], (ulong)length);
            at = MaxHeader;
        }

        head.CopyTo(frame[at..]);
        body.CopyTo(frame[(at + head.Length)..]);
        return at + length;
    }
}
