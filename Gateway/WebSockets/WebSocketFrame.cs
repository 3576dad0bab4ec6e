using System.Buffers;
using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Numerics;

namespace Cloud.Gateway.WebSockets;

/// <summary>A server's data frame: whole messages, not masked (RFC 6455 section 5.2).</summary>
internal static class WebSocketFrame
{
    private const byte Final = 0x80;
    private const byte TextCode = 1;
    private const byte BinaryCode = 2;
    private const byte PingCode = 9;
    private const byte TwoByteLength = 126;
    private const byte EightByteLength = 127;
    private const int MaxHeader = 10;

    // Longer frames are not kept: each pushing thread may hold one.
    private const int MaxKept = 1 << 18;

    [ThreadStatic]
    private static Kept? _kept;

    /// <summary>A ping without anything in it (RFC 6455 section 5.5.2).</summary>
    public static ReadOnlySpan<byte> Ping => [Final | PingCode, 0];

    /// <summary>Sends a message as one frame. The frame of the last message is kept: of one that goes to thousands with heads of one length, only the head is written for each.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="head">The message's first part, may be empty.</param>
    /// <param name="body">The rest. Shared between connections: nobody writes to it.</param>
    /// <param name="type">Text or binary.</param>
    /// <returns>As <see cref="SocketPipeWriter.SendAsync"/>.</returns>
    public static ValueTask SendAsync(SocketPipeWriter writer, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, WebSocketMessageType type)
    {
        int room = MaxHeader + head.Length + body.Length;
        if (room > MaxKept)
        {
            byte[] rented = ArrayPool<byte>.Shared.Rent(room);
            ValueTask sending = writer.SendAsync(rented.AsSpan(0, Write(rented, head.Span, body.Span, type)));
            ArrayPool<byte>.Shared.Return(rented);
            return sending;
        }

        Kept kept = _kept ??= new Kept();
        if (kept.Holds(head.Length, body, type))
        {
            head.Span.CopyTo(kept.Head);
        }
        else
        {
            kept.Fill(head, body, type);
        }

        // The writer is done with the bytes, or has a copy, when it returns.
        return writer.SendAsync(kept.Frame);
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

    /// <summary>A thread's last frame.</summary>
    private sealed class Kept
    {
        private byte[] _bytes = [];
        private ReadOnlyMemory<byte> _body;
        private WebSocketMessageType _type;
        private int _length;
        private int _headLength;

        public ReadOnlySpan<byte> Frame => _bytes.AsSpan(0, _length);

        public Span<byte> Head => _bytes.AsSpan(_length - _body.Length - _headLength, _headLength);

        /// <summary>Whether the frame has the same body, and a head of the same length.</summary>
        public bool Holds(int headLength, ReadOnlyMemory<byte> body, WebSocketMessageType type) =>
            headLength == _headLength && type == _type && !body.IsEmpty && body.Equals(_body);

        public void Fill(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, WebSocketMessageType type)
        {
            if (_bytes.Length < MaxHeader + head.Length + body.Length)
            {
                _bytes = GC.AllocateUninitializedArray<byte>((int)BitOperations.RoundUpToPowerOf2((uint)(MaxHeader + head.Length + body.Length)));
            }

            _length = Write(_bytes, head.Span, body.Span, type);
            _body = body;
            _type = type;
            _headLength = head.Length;
        }
    }
}
