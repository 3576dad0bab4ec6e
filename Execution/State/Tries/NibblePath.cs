using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State.Tries;

/// <summary>The way from the root to a place in a trie: up to 64 nibbles. The bits behind its end are zero.</summary>
internal struct NibblePath
{
    /// <summary>Nibbles of a whole key.</summary>
    public const int MaxLength = 2 * Hash256.Length;

    private Hash256 _bits;

    private NibblePath(in Hash256 bits, int length)
    {
        _bits = bits;
        Length = length;
    }

    /// <summary>Number of nibbles.</summary>
    public int Length { get; private set; }

    /// <summary>The nibbles, two a byte, and zeros behind them.</summary>
    public readonly Hash256 Bits => _bits;

    /// <summary>The first nibbles of a key.</summary>
    public static NibblePath Of(in Hash256 key, int length)
    {
        NibblePath path = new(in key, length);
        Span<byte> bytes = path.Bytes();
        int whole = (length + 1) / 2;
        if ((length & 1) != 0)
        {
            bytes[whole - 1] &= 0xf0;
        }

        bytes[whole..].Clear();
        return path;
    }

    /// <summary>A nibble of a key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int NibbleAt(in Hash256 key, int index)
    {
        byte b = Unsafe.Add(ref Unsafe.As<Hash256, byte>(ref Unsafe.AsRef(in key)), index >> 1);
        return (index & 1) == 0 ? b >> 4 : b & 15;
    }

    /// <summary>The first place from which two keys differ; 64 where they are equal.</summary>
    public static int SharedLength(in Hash256 a, in Hash256 b, int from)
    {
        while (from < MaxLength && NibbleAt(in a, from) == NibbleAt(in b, from))
        {
            from++;
        }

        return from;
    }

    /// <summary>This path and one nibble more.</summary>
    public readonly NibblePath Append(int nibble)
    {
        Debug.Assert(Length < MaxLength, "A path has at most 64 nibbles.");
        NibblePath path = this;
        path.Bytes()[Length >> 1] |= (byte)((Length & 1) == 0 ? nibble << 4 : nibble);
        path.Length++;
        return path;
    }

    /// <summary>This path and more nibbles, one a byte.</summary>
    public readonly NibblePath Append(ReadOnlySpan<byte> nibbles)
    {
        NibblePath path = this;
        foreach (byte nibble in nibbles)
        {
            path = path.Append(nibble);
        }

        return path;
    }

    /// <summary>Whether a key begins with this path.</summary>
    public readonly bool IsPrefixOf(ReadOnlySpan<byte> key)
    {
        ReadOnlySpan<byte> bytes = Hash256.AsSpan(in _bits);
        int whole = Length >> 1;
        return key.Length >= (Length + 1) / 2 && key[..whole].SequenceEqual(bytes[..whole]) && ((Length & 1) == 0 || key[whole] >> 4 == bytes[whole] >> 4);
    }

    /// <summary>Writes the path as a database key: the nibbles, two a byte, and their number.</summary>
    /// <returns>Bytes written, at most 33.</returns>
    public readonly int WriteKey(Span<byte> destination)
    {
        int bytes = (Length + 1) / 2;
        Hash256.AsSpan(in _bits)[..bytes].CopyTo(destination);
        destination[bytes] = (byte)Length;
        return bytes + 1;
    }

    [UnscopedRef]
    private Span<byte> Bytes() => MemoryMarshal.CreateSpan(ref Unsafe.As<Hash256, byte>(ref _bits), Hash256.Length);
}
