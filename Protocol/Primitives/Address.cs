using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cloud.Protocol.Primitives;

/// <summary>A 20-byte account address.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
public readonly struct Address : IEquatable<Address>, IComparable<Address>, ISpanFormattable, ISpanParsable<Address>
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 20;

    private readonly ulong _w0, _w1;
    private readonly uint _w2;

    /// <summary>Copies exactly 20 bytes.</summary>
    /// <param name="bytes">The address, 20 bytes.</param>
    /// <exception cref="ArgumentException">The span is not 20 bytes long.</exception>
    public Address(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length)
        {
            throw new ArgumentException($"An address has {Length} bytes, got {bytes.Length}.", nameof(bytes));
        }

        this = Unsafe.ReadUnaligned<Address>(ref MemoryMarshal.GetReference(bytes));
    }

    /// <summary>The zero address.</summary>
    public static Address Zero => default;

    /// <summary>Whether all bytes are zero.</summary>
    public bool IsZero => (_w0 | _w1 | _w2) == 0;

    /// <summary>The bytes in place. The span must not outlive the variable that it was taken from.</summary>
    /// <param name="address">The value to view.</param>
    /// <returns>A view of 20 bytes.</returns>
    public static ReadOnlySpan<byte> AsSpan(in Address address) =>
        MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<Address, byte>(ref Unsafe.AsRef(in address)), Length);

    /// <summary>Writes the 20 bytes.</summary>
    /// <param name="destination">At least 20 bytes.</param>
    public void CopyTo(Span<byte> destination) => AsSpan(in this).CopyTo(destination);

    /// <summary>A new array with the 20 bytes.</summary>
    /// <returns>The bytes.</returns>
    public byte[] ToArray() => AsSpan(in this).ToArray();

    /// <inheritdoc/>
    public bool Equals(Address other) => _w0 == other._w0 && _w1 == other._w1 && _w2 == other._w2;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Address other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_w0, _w1, _w2);

    /// <inheritdoc/>
    public int CompareTo(Address other) => AsSpan(in this).SequenceCompareTo(AsSpan(in other));

    /// <summary>Lower-case hex with the 0x prefix.</summary>
    /// <returns>42 characters.</returns>
    public override string ToString() => Hex.Encode(AsSpan(in this));

    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        Hex.TryEncode(AsSpan(in this), destination, out charsWritten);

    /// <summary>Reads 40 hex digits, with or without the 0x prefix.</summary>
    /// <param name="s">The text.</param>
    /// <param name="provider">Not used.</param>
    /// <returns>The value.</returns>
    /// <exception cref="FormatException">The text is no 20-byte hex value.</exception>
    public static Address Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out Address result) ? result : throw new FormatException($"Not a 20-byte hex value: '{s}'.");

    /// <inheritdoc cref="Parse(ReadOnlySpan{char}, IFormatProvider?)"/>
    public static Address Parse(string s, IFormatProvider? provider = null) => Parse(s.AsSpan(), provider);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out Address result)
    {
        Span<byte> bytes = stackalloc byte[Length];
        bool parsed = Hex.TryDecodeExactly(s, bytes);
        result = parsed ? new Address(bytes) : default;
        return parsed;
    }

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Address result) =>
        TryParse(s.AsSpan(), provider, out result);

    /// <summary>Whether two values are equal.</summary>
    public static bool operator ==(Address left, Address right) => left.Equals(right);

    /// <summary>Whether two values differ.</summary>
    public static bool operator !=(Address left, Address right) => !left.Equals(right);

    /// <summary>Lexicographic order of the bytes.</summary>
    public static bool operator <(Address left, Address right) => left.CompareTo(right) < 0;

    /// <summary>Lexicographic order of the bytes.</summary>
    public static bool operator >(Address left, Address right) => left.CompareTo(right) > 0;

    /// <summary>Lexicographic order of the bytes.</summary>
    public static bool operator <=(Address left, Address right) => left.CompareTo(right) <= 0;

    /// <summary>Lexicographic order of the bytes.</summary>
    public static bool operator >=(Address left, Address right) => left.CompareTo(right) >= 0;
}
