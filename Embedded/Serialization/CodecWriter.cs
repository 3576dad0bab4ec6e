using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Cloud.Embedded.Serialization;

/// <summary>Writes to a pooled buffer that grows.</summary>
internal sealed class CodecWriter : IDisposable
{
    /// <summary>Deeper graphs are refused: they are cyclic or a mistake.</summary>
    public const int MaxDepth = 256;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(256);

    public int Position { get; private set; }

    public int Depth { get; set; }

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Position);

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    public void Reset()
    {
        Position = 0;
        Depth = 0;
    }

    public Span<byte> Take(int length)
    {
        if (_buffer.Length - Position < length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, checked(Position + length)));
            Written.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        Span<byte> span = _buffer.AsSpan(Position, length);
        Position += length;
        return span;
    }

    public void WriteByte(byte value) => Take(1)[0] = value;

    public void WriteBytes(ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Take(4), value);

    public void WriteVarint(ulong value)
    {
        while (value >= 0x80)
        {
            WriteByte((byte)(value | 0x80));
            value >>= 7;
        }

        WriteByte((byte)value);
    }

    public void WriteText(string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        WriteVarint((uint)length);
        Encoding.UTF8.GetBytes(value, Take(length));
    }

    /// <summary>Leaves room for a length that is known later.</summary>
    public int BeginLength()
    {
        Take(4);
        return Position;
    }

    public void EndLength(int start) => BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(start - 4), Position - start);
}
