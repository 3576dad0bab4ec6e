using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Cloud.Storage.Journals;

/// <summary>
/// Layout of a journal file. Header, 96 bytes: magic (8), number of the first record (8), length of the format text (4), format text (64), zero (8), CRC-32C of all
/// that (4). Record: length of the content (4), CRC-32C of the rest of the record (4), number (8), durable length (8), content, zeros up to a multiple of 8.
/// All integers are little-endian.
/// </summary>
/// <remarks>
/// The durable length says how much of the file was on disk when the record was written. So a damaged record can be told from a half-written one: if any later record
/// counts on the place where the damage is, then that place had been written completely.
/// </remarks>
internal static class JournalFormat
{
    public const int HeaderLength = 96;
    public const int RecordHeaderLength = 24;
    public const int MaxFormatLength = 64;
    public const int Alignment = 8;

    private const ulong Magic = 0x314c4e4a44554c43; // "CLUDJNL1"

    /// <summary>Bytes that a record takes in the file.</summary>
    public static long LengthInFile(int contentLength) => (RecordHeaderLength + (long)contentLength + Alignment - 1) / Alignment * Alignment;

    public static byte[] Header(string format, long firstSequence)
    {
        byte[] header = new byte[HeaderLength];
        BinaryPrimitives.WriteUInt64LittleEndian(header, Magic);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(8), firstSequence);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), Encoding.UTF8.GetBytes(format, header.AsSpan(20, MaxFormatLength)));
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(92), Crc32C(header.AsSpan(0, 92)));
        return header;
    }

    public static bool TryReadHeader(ReadOnlySpan<byte> header, out string format, out long firstSequence)
    {
        format = "";
        firstSequence = 0;
        if (header.Length < HeaderLength || BinaryPrimitives.ReadUInt64LittleEndian(header) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(header[92..]) != Crc32C(header[..92]))
        {
            return false;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(header[16..]);
        if (length is < 0 or > MaxFormatLength)
        {
            return false;
        }

        format = Encoding.UTF8.GetString(header.Slice(20, length));
        firstSequence = BinaryPrimitives.ReadInt64LittleEndian(header[8..]);
        return true;
    }

    /// <summary>Writes a record with its padding.</summary>
    public static void WriteRecord(Span<byte> destination, ReadOnlySpan<byte> content, long sequence, long durableLength)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination, content.Length);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], sequence);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], durableLength);
        content.CopyTo(destination[RecordHeaderLength..]);
        destination[(RecordHeaderLength + content.Length)..].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], Crc32C(destination.Slice(8, RecordHeaderLength - 8 + content.Length)));
    }

    /// <summary>Reads the record at the start of a span.</summary>
    public static bool TryReadRecord(ReadOnlySpan<byte> source, int maxLength, out ReadOnlySpan<byte> content, out long sequence, out long durableLength)
    {
        content = default;
        sequence = 0;
        durableLength = 0;
        if (source.Length < RecordHeaderLength)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(source);
        if (length < 0 || length > maxLength || LengthInFile(length) > source.Length
            || BinaryPrimitives.ReadUInt32LittleEndian(source[4..]) != Crc32C(source.Slice(8, RecordHeaderLength - 8 + length)))
        {
            return false;
        }

        sequence = BinaryPrimitives.ReadInt64LittleEndian(source[8..]);
        durableLength = BinaryPrimitives.ReadInt64LittleEndian(source[16..]);
        content = source.Slice(RecordHeaderLength, length);
        return true;
    }

    /// <summary>Whether a record that is whole says that the file was durable beyond a place, anywhere behind that place.</summary>
    public static bool AnyLaterRecordCountsOn(ReadOnlySpan<byte> file, int place, int maxLength, long sequenceAfter)
    {
        for (int at = place + Alignment; at + RecordHeaderLength <= file.Length; at += Alignment)
        {
            // The number and the durable length are looked at first: they rule out nearly every place without a checksum over the content.
            long sequence = BinaryPrimitives.ReadInt64LittleEndian(file[(at + 8)..]);
            long durable = BinaryPrimitives.ReadInt64LittleEndian(file[(at + 16)..]);
            if (sequence >= sequenceAfter && sequence - sequenceAfter <= file.Length && durable > place && durable <= at
                && TryReadRecord(file[at..], maxLength, out _, out _, out _))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>CRC-32C (Castagnoli, RFC 3720 appendix B.4).</summary>
    public static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }
}
