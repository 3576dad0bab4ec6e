using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Rlp;

/// <summary>Writes canonical RLP into a pooled buffer. Rent one, write, copy the result out, dispose. Not safe for use by several threads.</summary>
/// <remarks>A list's header is put in when the list ends: one byte is kept free for it, and longer lists are moved up by the few bytes more that they need.</remarks>
public sealed class RlpWriter : IDisposable
{
    private const int InitialCapacity = 1024;

    /// <summary>Buffers above this size go back to the pool instead of staying with the thread.</summary>
    private const int MaxKeptCapacity = 1 << 20;

    [ThreadStatic]
    private static RlpWriter? s_cached;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialCapacity);
    private int _length;
    private int _openLists;

    private RlpWriter()
    {
    }

    /// <summary>What was written so far. Valid until the next write and until <see cref="Dispose"/>.</summary>
    /// <exception cref="InvalidOperationException">A list is still open.</exception>
    public ReadOnlySpan<byte> WrittenSpan =>
        _openLists == 0 ? _buffer.AsSpan(0, _length) : throw new InvalidOperationException($"{_openLists} RLP lists are still open.");

    /// <summary>Bytes written so far.</summary>
    public int Length => _length;

    /// <summary>An empty writer, this thread's cached one where it is free.</summary>
    /// <returns>A writer to dispose.</returns>
    public static RlpWriter Rent()
    {
        RlpWriter writer = s_cached ?? new RlpWriter();
        s_cached = null;
        return writer;
    }

    /// <summary>Length of the encoding of a byte string, header included.</summary>
    /// <param name="value">The string.</param>
    /// <returns>Bytes.</returns>
    public static int LengthOf(ReadOnlySpan<byte> value) =>
        value.Length == 1 && value[0] < 0x80 ? 1 : LengthOfHeader(value.Length) + value.Length;

    /// <summary>Length of the encoding of an integer, header included.</summary>
    /// <param name="value">The integer.</param>
    /// <returns>Bytes, 1 to 9.</returns>
    public static int LengthOf(ulong value) => value < 0x80 ? 1 : 1 + BytesOf(value);

    /// <summary>Length of a header in front of a payload.</summary>
    /// <param name="payloadLength">Length of the payload in bytes.</param>
    /// <returns>Bytes, 1 to 5.</returns>
    public static int LengthOfHeader(int payloadLength) => payloadLength <= 55 ? 1 : 1 + BytesOf((ulong)payloadLength);

    /// <summary>Opens a list. Everything up to the matching <see cref="EndList"/> is in it.</summary>
    /// <returns>What to hand to <see cref="EndList"/>.</returns>
    public int BeginList()
    {
        Reserve(1);
        _openLists++;
        return _length++;
    }

    /// <summary>Closes a list.</summary>
    /// <param name="list">What <see cref="BeginList"/> gave.</param>
    public void EndList(int list)
    {
        int start = list + 1;
        int payload = _length - start;
        int extra = LengthOfHeader(payload) - 1;
        if (extra > 0)
        {
            Reserve(extra);
            _buffer.AsSpan(start, payload).CopyTo(_buffer.AsSpan(start + extra));
            _length += extra;
        }

        WriteHeaderAt(list, payload, 0xc0);
        _openLists--;
    }

    /// <summary>Writes a byte string.</summary>
    /// <param name="value">Any bytes.</param>
    public void Write(ReadOnlySpan<byte> value)
    {
        Reserve(value.Length + 5);
        if (value.Length != 1 || value[0] >= 0x80)
        {
            _length += WriteHeaderAt(_length, value.Length, 0x80);
        }

        value.CopyTo(_buffer.AsSpan(_length));
        _length += value.Length;
    }

    /// <summary>Writes a byte string.</summary>
    /// <param name="value">Any bytes.</param>
    public void Write(Bytes value) => Write(value.Span);

    /// <summary>Writes an integer: big-endian without leading zeros; zero is the empty string.</summary>
    /// <param name="value">The integer.</param>
    public void Write(ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        Write(bytes[(sizeof(ulong) - BytesOf(value))..]);
    }

    /// <summary>Writes an integer that is not negative.</summary>
    /// <param name="value">The integer.</param>
    public void Write(int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        Write((ulong)value);
    }

    /// <summary>Writes an integer: big-endian without leading zeros; zero is the empty string.</summary>
    /// <param name="value">The integer.</param>
    public void Write(in UInt256 value)
    {
        Span<byte> bytes = stackalloc byte[UInt256.Length];
        value.WriteBigEndian(bytes);
        Write(bytes[(UInt256.Length - value.ByteLength)..]);
    }

    /// <summary>Writes a truth value as the integer 0 or 1.</summary>
    /// <param name="value">The truth value.</param>
    public void Write(bool value) => Write(value ? 1UL : 0UL);

    /// <summary>Writes 20 bytes.</summary>
    /// <param name="value">The address.</param>
    public void Write(in Address value) => Write(Address.AsSpan(in value));

    /// <summary>Writes 20 bytes, or the empty string for no address.</summary>
    /// <param name="value">The address, or null.</param>
    public void Write(Address? value)
    {
        if (value is { } address)
        {
            Write(in address);
        }
        else
        {
            Write(ReadOnlySpan<byte>.Empty);
        }
    }

    /// <summary>Writes 32 bytes.</summary>
    /// <param name="value">The hash.</param>
    public void Write(in Hash256 value) => Write(Hash256.AsSpan(in value));

    /// <summary>Writes bytes as they are: items encoded before, or a type byte in front of an envelope.</summary>
    /// <param name="encoded">Bytes that go in without a header.</param>
    public void WriteRaw(ReadOnlySpan<byte> encoded)
    {
        Reserve(encoded.Length);
        encoded.CopyTo(_buffer.AsSpan(_length));
        _length += encoded.Length;
    }

    /// <summary>Writes one byte as it is, such as a transaction's type.</summary>
    /// <param name="value">The byte.</param>
    public void WriteRaw(byte value)
    {
        Reserve(1);
        _buffer[_length++] = value;
    }

    /// <summary>What was written since a position, even inside a list that is still open. Valid until the next write.</summary>
    /// <param name="start">An earlier <see cref="Length"/>, in the innermost open list.</param>
    /// <returns>A view of the buffer.</returns>
    public ReadOnlySpan<byte> WrittenFrom(int start) => _buffer.AsSpan(start, _length - start);

    /// <summary>Takes back what was written since a position.</summary>
    /// <param name="start">An earlier <see cref="Length"/>, in the innermost open list.</param>
    public void TruncateTo(int start)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, _length);
        _length = start;
    }

    /// <summary>A copy of what was written.</summary>
    /// <returns>An array of its own.</returns>
    /// <exception cref="InvalidOperationException">A list is still open.</exception>
    public byte[] ToArray() => WrittenSpan.ToArray();

    /// <summary>Forgets what was written and keeps the buffer.</summary>
    public void Clear()
    {
        _length = 0;
        _openLists = 0;
    }

    /// <summary>Hands the writer back for the next <see cref="Rent"/> of this thread. Nobody may use it after that.</summary>
    public void Dispose()
    {
        Clear();
        if (_buffer.Length > MaxKeptCapacity)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(InitialCapacity);
        }

        s_cached = this;
    }

    private static int BytesOf(ulong value) => (64 - BitOperations.LeadingZeroCount(value) + 7) / 8;

    private int WriteHeaderAt(int position, int payloadLength, byte offset)
    {
        if (payloadLength <= 55)
        {
            _buffer[position] = (byte)(offset + payloadLength);
            return 1;
        }

        int bytes = BytesOf((ulong)payloadLength);
        _buffer[position] = (byte)(offset + 55 + bytes);
        for (int i = 0; i < bytes; i++)
        {
            _buffer[position + bytes - i] = (byte)(payloadLength >> (8 * i));
        }

        return 1 + bytes;
    }

    private void Reserve(int count)
    {
        if (_buffer.Length - _length < count)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(checked(Math.Max(_buffer.Length * 2, _length + count)));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }
}
