using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Cloud.Protocol.Primitives;

/// <summary>An unsigned 256-bit integer: the EVM's word. Four 64-bit limbs, least significant first.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly partial struct UInt256 : IEquatable<UInt256>, IComparable<UInt256>
{
    /// <summary>Length of the fixed-width encoding in bytes.</summary>
    public const int Length = 32;

    /// <summary>Bits 0 to 63.</summary>
    public readonly ulong U0;

    /// <summary>Bits 64 to 127.</summary>
    public readonly ulong U1;

    /// <summary>Bits 128 to 191.</summary>
    public readonly ulong U2;

    /// <summary>Bits 192 to 255.</summary>
    public readonly ulong U3;

    /// <summary>Makes a value of four limbs, least significant first.</summary>
    public UInt256(ulong u0, ulong u1 = 0, ulong u2 = 0, ulong u3 = 0)
    {
        U0 = u0;
        U1 = u1;
        U2 = u2;
        U3 = u3;
    }

    /// <summary>Zero.</summary>
    public static UInt256 Zero => default;

    /// <summary>One.</summary>
    public static UInt256 One => new(1);

    /// <summary>2^256 - 1.</summary>
    public static UInt256 MaxValue => new(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue);

    /// <summary>Whether the value is zero.</summary>
    public bool IsZero => (U0 | U1 | U2 | U3) == 0;

    /// <summary>Whether the value fits in 64 bits.</summary>
    public bool IsUInt64 => (U1 | U2 | U3) == 0;

    /// <summary>Number of bits without leading zeros, 0 to 256.</summary>
    public int BitLength =>
        U3 != 0 ? 256 - BitOperations.LeadingZeroCount(U3)
        : U2 != 0 ? 192 - BitOperations.LeadingZeroCount(U2)
        : U1 != 0 ? 128 - BitOperations.LeadingZeroCount(U1)
        : 64 - BitOperations.LeadingZeroCount(U0);

    /// <summary>Number of bytes without leading zeros, 0 to 32.</summary>
    public int ByteLength => (BitLength + 7) / 8;

    /// <summary>Reads a big-endian number.</summary>
    /// <param name="bytes">0 to 32 bytes, most significant first.</param>
    /// <returns>The value.</returns>
    /// <exception cref="ArgumentException">More than 32 bytes.</exception>
    public static UInt256 FromBigEndian(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == Length)
        {
            return new UInt256(
                BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]),
                BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
                BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
                BinaryPrimitives.ReadUInt64BigEndian(bytes));
        }

        if (bytes.Length > Length)
        {
            throw new ArgumentException($"A 256-bit integer has at most {Length} bytes, got {bytes.Length}.", nameof(bytes));
        }

        Span<byte> padded = stackalloc byte[Length];
        padded.Clear();
        bytes.CopyTo(padded[(Length - bytes.Length)..]);
        return FromBigEndian(padded);
    }

    /// <summary>Writes 32 bytes, most significant first.</summary>
    /// <param name="destination">At least 32 bytes.</param>
    public void WriteBigEndian(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], U0);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], U1);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], U2);
        BinaryPrimitives.WriteUInt64BigEndian(destination, U3);
    }

    /// <summary>Reads decimal digits, or hex digits after 0x.</summary>
    /// <param name="text">The number.</param>
    /// <param name="value">The value, or zero where the text is refused.</param>
    /// <returns>False where the text is no number or has more than 256 bits.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out UInt256 value)
    {
        value = default;
        BigInteger big;
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            text = text[2..];
            if (text.IsEmpty || text.TrimStart('0').Length > 64
                || !BigInteger.TryParse($"0{text}", NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out big))
            {
                return false;
            }
        }
        else if (text.Length > 100 || !BigInteger.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out big) || big.GetBitLength() > 256)
        {
            return false;
        }

        value = (UInt256)big;
        return true;
    }

    /// <summary>Reads decimal digits, or hex digits after 0x.</summary>
    /// <param name="text">The number.</param>
    /// <returns>The value.</returns>
    /// <exception cref="FormatException">The text is no number of at most 256 bits.</exception>
    public static UInt256 Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out UInt256 value) ? value : throw new FormatException($"Not an unsigned integer of at most 256 bits: '{text}'.");

    /// <inheritdoc/>
    public bool Equals(UInt256 other) => ((U0 ^ other.U0) | (U1 ^ other.U1) | (U2 ^ other.U2) | (U3 ^ other.U3)) == 0;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is UInt256 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(U0, U1, U2, U3);

    /// <inheritdoc/>
    public int CompareTo(UInt256 other) =>
        U3 != other.U3 ? U3.CompareTo(other.U3)
        : U2 != other.U2 ? U2.CompareTo(other.U2)
        : U1 != other.U1 ? U1.CompareTo(other.U1)
        : U0.CompareTo(other.U0);

    /// <summary>Decimal digits.</summary>
    /// <returns>The number in base 10.</returns>
    public override string ToString() => ((BigInteger)this).ToString(CultureInfo.InvariantCulture);

    /// <summary>A JSON-RPC quantity: hex without leading zeros after 0x, and 0x0 for zero.</summary>
    /// <returns>The number in base 16.</returns>
    public string ToQuantity()
    {
        Span<byte> bytes = stackalloc byte[Length];
        WriteBigEndian(bytes);
        string digits = Convert.ToHexStringLower(bytes).TrimStart('0');
        return digits.Length == 0 ? "0x0" : string.Concat("0x", digits);
    }

    /// <summary>Widens a 64-bit value.</summary>
    public static implicit operator UInt256(ulong value) => new(value);

    /// <summary>The low 64 bits; the rest is cut off.</summary>
    public static explicit operator ulong(UInt256 value) => value.U0;

    /// <summary>Widens to an arbitrary-precision integer.</summary>
    public static explicit operator BigInteger(UInt256 value)
    {
        Span<byte> bytes = stackalloc byte[Length];
        value.WriteBigEndian(bytes);
        return new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
    }

    /// <summary>The value modulo 2^256, in two's complement for negative numbers.</summary>
    public static explicit operator UInt256(BigInteger value)
    {
        BigInteger reduced = value & ((BigInteger.One << 256) - 1);
        Span<byte> bytes = stackalloc byte[Length];
        bytes.Clear();
        reduced.TryWriteBytes(bytes, out int written, isUnsigned: true, isBigEndian: true);
        return FromBigEndian(bytes[..written]);
    }

    /// <summary>Whether two values are equal.</summary>
    public static bool operator ==(UInt256 left, UInt256 right) => left.Equals(right);

    /// <summary>Whether two values differ.</summary>
    public static bool operator !=(UInt256 left, UInt256 right) => !left.Equals(right);

    /// <summary>Unsigned comparison.</summary>
    public static bool operator <(UInt256 left, UInt256 right) => left.CompareTo(right) < 0;

    /// <summary>Unsigned comparison.</summary>
    public static bool operator >(UInt256 left, UInt256 right) => left.CompareTo(right) > 0;

    /// <summary>Unsigned comparison.</summary>
    public static bool operator <=(UInt256 left, UInt256 right) => left.CompareTo(right) <= 0;

    /// <summary>Unsigned comparison.</summary>
    public static bool operator >=(UInt256 left, UInt256 right) => left.CompareTo(right) >= 0;
}
