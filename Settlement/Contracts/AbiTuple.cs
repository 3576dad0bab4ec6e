using System.Buffers.Binary;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Contracts;

/// <summary>Builds the ABI encoding of a tuple of values, such as a function's arguments. Values are added in their order.</summary>
public sealed class AbiTuple
{
    private const int Word = 32;

    private readonly List<(byte[] Bytes, bool IsDynamic)> _items = [];

    /// <summary>Adds an unsigned integer of any width.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The same tuple.</returns>
    public AbiTuple Add(in UInt256 value)
    {
        byte[] word = new byte[Word];
        value.WriteBigEndian(word);
        return AddWord(word);
    }

    /// <summary>Adds an address.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The same tuple.</returns>
    public AbiTuple Add(in Address value)
    {
        byte[] word = new byte[Word];
        value.CopyTo(word.AsSpan(Word - Address.Length));
        return AddWord(word);
    }

    /// <summary>Adds a bytes32.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The same tuple.</returns>
    public AbiTuple Add(in Hash256 value) => AddWord(value.ToArray());

    /// <summary>Adds bytes of any length.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The same tuple.</returns>
    public AbiTuple AddBytes(ReadOnlySpan<byte> value)
    {
        byte[] encoded = new byte[Word + ((value.Length + Word - 1) / Word * Word)];
        WriteLength(encoded, value.Length);
        value.CopyTo(encoded.AsSpan(Word));
        _items.Add((encoded, true));
        return this;
    }

    /// <summary>Adds a tuple inside this one.</summary>
    /// <param name="tuple">The inner tuple, complete.</param>
    /// <returns>The same tuple.</returns>
    public AbiTuple Add(AbiTuple tuple)
    {
        ArgumentNullException.ThrowIfNull(tuple);
        _items.Add((tuple.Encode(), tuple.IsDynamic));
        return this;
    }

    /// <summary>Adds an array of any length.</summary>
    /// <param name="elements">A tuple whose values are the elements.</param>
    /// <returns>The same tuple.</returns>
    public AbiTuple AddArray(AbiTuple elements)
    {
        ArgumentNullException.ThrowIfNull(elements);
        byte[] length = new byte[Word];
        WriteLength(length, elements._items.Count);
        _items.Add(([.. length, .. elements.Encode()], true));
        return this;
    }

    /// <summary>The encoding.</summary>
    /// <returns>A multiple of 32 bytes.</returns>
    public byte[] Encode()
    {
        int head = 0;
        int tail = 0;
        foreach ((byte[] bytes, bool isDynamic) in _items)
        {
            head += isDynamic ? Word : bytes.Length;
            tail += isDynamic ? bytes.Length : 0;
        }

        byte[] encoded = new byte[head + tail];
        int at = 0;
        int tailAt = head;
        foreach ((byte[] bytes, bool isDynamic) in _items)
        {
            if (isDynamic)
            {
                WriteLength(encoded.AsSpan(at), tailAt);
                bytes.CopyTo(encoded, tailAt);
                tailAt += bytes.Length;
                at += Word;
            }
            else
            {
                bytes.CopyTo(encoded, at);
                at += bytes.Length;
            }
        }

        return encoded;
    }

    /// <summary>The encoding behind a function's selector.</summary>
    /// <param name="selector">4 bytes.</param>
    /// <returns>Calldata.</returns>
    public Bytes EncodeCall(ReadOnlySpan<byte> selector) => (byte[])[.. selector, .. Encode()];

    private bool IsDynamic => _items.Exists(item => item.IsDynamic);

    private AbiTuple AddWord(byte[] word)
    {
        _items.Add((word, false));
        return this;
    }

    private static void WriteLength(Span<byte> word, int length) => BinaryPrimitives.WriteInt32BigEndian(word[(Word - sizeof(int))..], length);
}
