using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Cloud.Embedded.Runtime;

namespace Orleans.Runtime;

/// <summary>The identity of a stream: a namespace and a key.</summary>
public readonly struct StreamId : IEquatable<StreamId>, IComparable<StreamId>, ISpanFormattable
{
    private readonly byte[]? _fullKey;
    private readonly int _namespaceLength;
    private readonly int _hash;

    private StreamId(string? ns, string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        _namespaceLength = ns is null ? 0 : Encoding.UTF8.GetByteCount(ns);
        _fullKey = Encoding.UTF8.GetBytes(ns + key);
        _hash = StableHash.Of(_fullKey) ^ _namespaceLength;
    }

    /// <summary>Namespace and key.</summary>
    public ReadOnlyMemory<byte> FullKey => _fullKey;

    /// <summary>The namespace; empty if there is none.</summary>
    public ReadOnlyMemory<byte> Namespace => _fullKey.AsMemory(0, _namespaceLength);

    /// <summary>The key.</summary>
    public ReadOnlyMemory<byte> Key => _fullKey.AsMemory(_namespaceLength);

    /// <summary>Joins a namespace and a key.</summary>
    /// <param name="ns">The namespace, or null.</param>
    /// <param name="key">The key.</param>
    /// <returns>The identity.</returns>
    public static StreamId Create(string? ns, Guid key) => new(ns, key.ToString("N"));

    /// <summary>Joins a namespace and a key.</summary>
    /// <param name="ns">The namespace, or null.</param>
    /// <param name="key">The key.</param>
    /// <returns>The identity.</returns>
    public static StreamId Create(string? ns, long key) => new(ns, key.ToString(CultureInfo.InvariantCulture));

    /// <summary>Joins a namespace and a key.</summary>
    /// <param name="ns">The namespace, or null.</param>
    /// <param name="key">The key, not empty.</param>
    /// <returns>The identity.</returns>
    public static StreamId Create(string? ns, string key) => new(ns, key);

    /// <summary>The namespace.</summary>
    /// <returns>The text; null if there is none.</returns>
    public string? GetNamespace() => _namespaceLength == 0 ? null : Encoding.UTF8.GetString(Namespace.Span);

    /// <summary>The key.</summary>
    /// <returns>The text.</returns>
    public string GetKeyAsString() => Encoding.UTF8.GetString(Key.Span);

    /// <inheritdoc/>
    public bool Equals(StreamId other) =>
        _hash == other._hash && _namespaceLength == other._namespaceLength && FullKey.Span.SequenceEqual(other.FullKey.Span);

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is StreamId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    /// <inheritdoc/>
    public int CompareTo(StreamId other) => FullKey.Span.SequenceCompareTo(other.FullKey.Span);

    /// <summary>Namespace, slash, key.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{GetNamespace() ?? "null"}/{GetKeyAsString()}";

    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    bool ISpanFormattable.TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        destination.TryWrite($"{ToString()}", out charsWritten);

    /// <summary>Whether two identities are equal.</summary>
    public static bool operator ==(StreamId s1, StreamId s2) => s1.Equals(s2);

    /// <summary>Whether two identities differ.</summary>
    public static bool operator !=(StreamId s1, StreamId s2) => !s1.Equals(s2);
}
