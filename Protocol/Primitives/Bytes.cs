using System.Diagnostics.CodeAnalysis;

namespace Cloud.Protocol.Primitives;

/// <summary>An immutable byte string that compares by content, for use in records.</summary>
/// <remarks>It does not copy: who hands over an array must not write to it afterwards.</remarks>
public readonly struct Bytes : IEquatable<Bytes>
{
    private readonly ReadOnlyMemory<byte> _memory;

    /// <summary>Wraps the memory without a copy.</summary>
    /// <param name="memory">Bytes that nobody writes to any more.</param>
    public Bytes(ReadOnlyMemory<byte> memory) => _memory = memory;

    /// <summary>The empty string.</summary>
    public static Bytes Empty => default;

    /// <summary>Length in bytes.</summary>
    public int Length => _memory.Length;

    /// <summary>Whether there is no byte.</summary>
    public bool IsEmpty => _memory.IsEmpty;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => _memory.Span;

    /// <summary>The bytes, for code that keeps them over an await.</summary>
    public ReadOnlyMemory<byte> Memory => _memory;

    /// <summary>A copy of the bytes.</summary>
    /// <param name="bytes">What to copy.</param>
    /// <returns>A byte string of its own.</returns>
    public static Bytes CopyOf(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? default : new Bytes(bytes.ToArray());

    /// <summary>Decodes hex text, with or without the 0x prefix.</summary>
    /// <param name="hex">An even number of hex digits.</param>
    /// <returns>The bytes.</returns>
    /// <exception cref="FormatException">The text is not hex.</exception>
    public static Bytes FromHex(ReadOnlySpan<char> hex) => new(Hex.Decode(hex));

    /// <summary>Wraps an array without a copy.</summary>
    /// <param name="bytes">An array that nobody writes to any more.</param>
    public static implicit operator Bytes(byte[] bytes) => new(bytes);

    /// <summary>A new array with the bytes.</summary>
    /// <returns>The copy.</returns>
    public byte[] ToArray() => _memory.ToArray();

    /// <inheritdoc/>
    public bool Equals(Bytes other) => Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Bytes other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    /// <summary>Lower-case hex with the 0x prefix.</summary>
    /// <returns>Two digits a byte after the prefix.</returns>
    public override string ToString() => Hex.Encode(Span);

    /// <summary>Whether the contents are equal.</summary>
    public static bool operator ==(Bytes left, Bytes right) => left.Equals(right);

    /// <summary>Whether the contents differ.</summary>
    public static bool operator !=(Bytes left, Bytes right) => !left.Equals(right);
}
