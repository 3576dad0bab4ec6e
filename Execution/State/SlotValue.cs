using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Execution.State;

/// <summary>A storage slot's value as it is stored (big-endian without leading zeros) and as it is hashed (RLP of that).</summary>
internal static class SlotValue
{
    public static byte[] ToRlp(in UInt256 value)
    {
        int length = value.ByteLength;
        Span<byte> bytes = stackalloc byte[UInt256.Length];
        value.WriteBigEndian(bytes);
        if (length == 1 && value.U0 < 0x80)
        {
            return [(byte)value.U0];
        }

        byte[] rlp = new byte[1 + length];
        rlp[0] = (byte)(0x80 + length);
        bytes[(UInt256.Length - length)..].CopyTo(rlp.AsSpan(1));
        return rlp;
    }

    public static UInt256 FromRlp(ReadOnlySpan<byte> rlp)
    {
        RlpReader reader = new(rlp);
        return reader.TryReadUInt256(out UInt256 value) && reader.TryEnd() ? value : throw new StateCorruptException("A slot's leaf is malformed.");
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
