using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State;

/// <summary>A storage slot's value as it is stored (big-endian without leading zeros) and as it is hashed (RLP of that).</summary>
internal static class SlotValue
{
    public static int RlpLength(in UInt256 value)
    {
        int length = value.ByteLength;
        return length == 1 && value.U0 < 0x80 ? 1 : 1 + length;
    }

    /// <summary>Writes the form that is hashed.</summary>
    /// <param name="value">Not zero.</param>
    /// <param name="destination">At least <see cref="RlpLength"/> bytes.</param>
    public static void WriteRlp(in UInt256 value, Span<byte> destination)
    {
        int length = value.ByteLength;
        if (length == 1 && value.U0 < 0x80)
        {
            destination[0] = (byte)value.U0;
            return;
        }

        destination[0] = (byte)(0x80 + length);
        Write(in value, destination[1..]);
    }

    public static byte[] ToRlp(in UInt256 value)
    {
        byte[] rlp = new byte[RlpLength(in value)];
        WriteRlp(in value, rlp);
        return rlp;
    }

    /// <summary>Writes the form for the disk.</summary>
    /// <returns>Bytes written.</returns>
    public static int Write(in UInt256 value, Span<byte> destination)
    {
        Span<byte> bytes = stackalloc byte[UInt256.Length];
        value.WriteBigEndian(bytes);
        int length = value.ByteLength;
        bytes[(UInt256.Length - length)..].CopyTo(destination);
        return length;
    }

    public static UInt256 Read(ReadOnlySpan<byte> stored) =>
        stored.Length <= UInt256.Length ? UInt256.FromBigEndian(stored) : throw new StateCorruptException($"A slot's record has {stored.Length} bytes.");
}
