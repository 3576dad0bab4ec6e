using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cloud.Protocol.Primitives;

/// <summary>A 32-byte value such as a Keccak-256 digest, a state root or a storage key, in wire byte order.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct Hash256 : IEquatable<Hash256>, IComparable<Hash256>, ISpanFormattable, ISpanParsable<Hash256>
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 32;

    private readonly ulong _w0, _w1, _w2, _w3;

    /// <summary>Copies exactly 32 bytes.</summary>
    /// <param name="bytes">The value, 32 bytes.</param>
    /// <exception cref="ArgumentException">The span is not 32 bytes long.</exception>
    public Hash256(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length)
        {
            throw new ArgumentException($"A hash has {Length} bytes, got {bytes.Length}.", nameof(bytes));
        }

        this = Unsafe.ReadUnaligned<Hash256>(ref MemoryMarshal.GetReference(bytes));
    }

    /// <summary>Thirty-two zero bytes.</summary>
    public static Hash256 Zero => default;

    /// <summary>Whether all bytes are zero.</summary>
    public bool IsZero => (_w0 | _w1 | _w2 | _w3) == 0;

    /// <summary>The bytes in place. The span must not outlive the variable that it was taken from.</summary>
    /// <param name="hash">The value to view.</param>
    /// <returns>A view of 32 bytes.</returns>
    public static ReadOnlySpan<byte> AsSpan(in Hash256 hash) =>
        MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<Hash256, byte>(ref Unsafe.AsRef(in hash)), Length);

    /// <summary>Writes the 32 bytes.</summary>
    /// <param name="destination">At least 32 bytes.</param>
    public void CopyTo(Span<byte> destination) => AsSpan(in this).CopyTo(destination);

    /// <summary>A new array with the 32 bytes.</summary>
    /// <returns>The bytes.</returns>
    public byte[] ToArray() => AsSpan(in this).ToArray();

    /// <inheritdoc/>
    public bool Equals(Hash256 other) => _w0 == other._w0 && _w1 == other._w1 && _w2 == other._w2 && _w3 == other._w3;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Hash256 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_w0, _w1, _w2, _w3);

    /// <inheritdoc/>
    public int CompareTo(Hash256 other) => AsSpan(in this).SequenceCompareTo(AsSpan(in other));

    /// <summary>Lower-case hex with the 0x prefix.</summary>
    /// <returns>66 characters.</returns>
    public override string ToString() => Hex.Encode(AsSpan(in this));

    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        Hex.TryEncode(AsSpan(in this), destination, out charsWritten);

    /// <summary>Reads 64 hex digits, with or without the 0x prefix.</summary>
    /// <param name="s">The text.</param>
    /// <param name="provider">Not used.</param>
    /// <returns>The value.</returns>
    /// <exception cref="FormatException">The text is no 32-byte hex value.</exception>
    public static Hash256 Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out Hash256 result) ? result : throw new FormatException($"Not a 32-byte hex value: '{s}'.");

    /// <inheritdoc cref="Parse(ReadOnlySpan{char}, IFormatProvider?)"/>
    public static Hash256 Parse(string s, IFormatProvider? provider = null) => Parse(s.AsSpan(), provider);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out Hash256 result)
    {
        Span<byte> bytes = stackalloc byte[Length];
        bool parsed = Hex.TryDecodeExactly(s, bytes);
        result = parsed ? new Hash256(bytes) : default;
        return parsed;
    }

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Hash256 result) =>
        TryParse(s.AsSpan(), provider, out result);

    /// <summary>Whether two values are equal.</summary>
    public static bool operator ==(Hash256 left, Hash256 right) => left.Equals(right);

    /// <summary>Whether two values differ.</summary>
    public static bool operator !=(Hash256 left, Hash256 right) => !left.Equals(right);

    /// <summary>Lexicographic order of the bytes.</summary>
    public static bool operator <(Hash256 left, Hash256 right) => left.CompareTo(right) < 0;

    /// <summary>Lexicographic order of the bytes.</summary>
    public static bool operator >(Hash256 left, Hash256 right) => left.CompareTo(right) > 0;

    /// <summary>Lexicographic order of the bytes.</summary>
    public static bool operator <=(Hash256 left, Hash256 right) => left.CompareTo(right) <= 0;

    /// <summary>Lexicographic order of the bytes.</summary>
    public static bool operator >=(Hash256 left, Hash256 right) => left.CompareTo(right) >= 0;
}
