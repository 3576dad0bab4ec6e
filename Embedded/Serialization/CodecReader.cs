using System.Buffers.Binary;
using System.Text;
using Orleans.Serialization;

namespace Cloud.Embedded.Serialization;

/// <summary>Reads what <see cref="CodecWriter"/> wrote; never past the end.</summary>
internal sealed class CodecReader(ReadOnlyMemory<byte> data)
{
    public int Position { get; set; }

    public int Remaining => data.Length - Position;

    public ReadOnlySpan<byte> Take(int length)
    {
        if (length < 0 || length > Remaining)
        {
            throw new SerializerException($"The encoding ends early: {length} bytes are needed at position {Position}, {Remaining} are left.");
        }

        ReadOnlySpan<byte> span = data.Span.Slice(Position, length);
        Position += length;
        return span;
    }

    public byte ReadByte() => Take(1)[0];

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = ReadByte();
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new SerializerException("A number is longer than 64 bits.");
    }

    /// <summary>A number of elements, each at least one byte long unless said otherwise.</summary>
    public int ReadCount()
    {
        ulong count = ReadVarint();
        return count <= (uint)Remaining ? (int)count : throw new SerializerException($"{count} elements cannot be in {Remaining} bytes.");
    }

    public string ReadText() => Encoding.UTF8.GetString(Take(ReadCount()));
}
