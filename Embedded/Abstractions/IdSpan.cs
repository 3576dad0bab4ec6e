using System.Diagnostics.CodeAnalysis;
using System.Text;
using Cloud.Embedded.Runtime;

namespace Orleans.Runtime;

/// <summary>A short immutable byte string, the building block of grain types and keys. Its hash is the same in every process.</summary>
public readonly struct IdSpan : IEquatable<IdSpan>, IComparable<IdSpan>, ISpanFormattable
{
    private readonly byte[]? _value;
    private readonly int _hashCode;

    /// <summary>Wraps an array without a copy.</summary>
    /// <param name="value">Bytes that nobody writes to any more.</param>
    public IdSpan(byte[] value)
    {
        _value = value;
        _hashCode = StableHash.Of(value);
    }

    /// <summary>Whether there is no value.</summary>
    public bool IsDefault => _value is null || _value.Length == 0;

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Value => _value;

    /// <summary>The UTF-8 bytes of a text.</summary>
    /// <param name="id">The text.</param>
    /// <returns>The value; the default one for an empty text.</returns>
    public static IdSpan Create(string id) => string.IsNullOrEmpty(id) ? default : new IdSpan(Encoding.UTF8.GetBytes(id));

    /// <summary>The bytes.</summary>
    /// <returns>A view of the value.</returns>
    public ReadOnlySpan<byte> AsSpan() => _value;

    /// <inheritdoc/>
    public bool Equals(IdSpan obj) => ReferenceEquals(_value, obj._value) || (_hashCode == obj._hashCode && AsSpan().SequenceEqual(obj.AsSpan()));

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is IdSpan other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _hashCode;

    /// <summary>A hash that is the same in every process.</summary>
    /// <returns>32 bits.</returns>
    public uint GetUniformHashCode() => unchecked((uint)_hashCode);

    /// <inheritdoc/>
    public int CompareTo(IdSpan other) => AsSpan().SequenceCompareTo(other.AsSpan());

    /// <summary>The bytes read as UTF-8.</summary>
    /// <returns>The text, empty for the default value.</returns>
    public override string ToString() => _value is null ? string.Empty : Encoding.UTF8.GetString(_value);

    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    bool ISpanFormattable.TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        TryFormat(destination, out charsWritten);

    /// <summary>Writes the text.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="charsWritten">How many characters were written.</param>
    /// <returns>Whether the destination was long enough.</returns>
    public bool TryFormat(Span<char> destination, out int charsWritten) => Encoding.UTF8.TryGetChars(AsSpan(), destination, out charsWritten);

    /// <summary>Whether two values are equal.</summary>
    public static bool operator ==(IdSpan left, IdSpan right) => left.Equals(right);

    /// <summary>Whether two values differ.</summary>
    public static bool operator !=(IdSpan left, IdSpan right) => !left.Equals(right);
}
