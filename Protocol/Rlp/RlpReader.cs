using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Rlp;

/// <summary>Reads RLP items in order, in canonical form only. It never throws and never allocates.</summary>
/// <remarks>
/// The first failure stays in <see cref="Error"/> and makes every later read fail, so that a decoder may read all its fields and check once.
/// A list has a reader of its own: its failures are its own, too.
/// </remarks>
public ref struct RlpReader
{
    /// <summary>How many lists may be nested in each other.</summary>
    public const int MaxDepth = 64;

    private readonly ReadOnlySpan<byte> _data;
    private readonly int _depth;
    private int _position;
    private RlpError _error;

    /// <summary>Starts before the first item.</summary>
    /// <param name="data">Zero or more items, one after the other.</param>
    public RlpReader(ReadOnlySpan<byte> data)
        : this(data, 0)
    {
    }

    private RlpReader(ReadOnlySpan<byte> data, int depth)
    {
        _data = data;
        _depth = depth;
    }

    /// <summary>The first failure, or <see cref="RlpError.None"/>.</summary>
    public readonly RlpError Error => _error;

    /// <summary>Bytes read so far.</summary>
    public readonly int Position => _position;

    /// <summary>Whether every byte was read. Also true after a failure, so that loops end.</summary>
    public readonly bool IsAtEnd => _error != RlpError.None || _position == _data.Length;

    /// <summary>Whether the next item is a list. False at the end and after a failure.</summary>
    public readonly bool IsNextList => !IsAtEnd && _data[_position] >= 0xc0;

    /// <summary>Checks a whole encoding: exactly one item, canonical down to the last nested one.</summary>
    /// <param name="data">The encoding.</param>
    /// <returns><see cref="RlpError.None"/> or the first failure.</returns>
    public static RlpError Validate(ReadOnlySpan<byte> data)
    {
        RlpReader reader = new(data);
        RlpError error = reader.ValidateNext();
        return error != RlpError.None ? error : reader.TryEnd() ? RlpError.None : reader.Error;
    }

    /// <summary>Fails with <see cref="RlpError.TrailingBytes"/> unless every byte was read.</summary>
    /// <returns>True at the end, false otherwise or after an earlier failure.</returns>
    public bool TryEnd() => _error == RlpError.None && (_position == _data.Length || Fail(RlpError.TrailingBytes));

    /// <summary>Reads a byte string of any length.</summary>
    /// <param name="value">A view of the input; empty on failure.</param>
    /// <returns>False on failure; see <see cref="Error"/>.</returns>
    public bool TryReadString(out ReadOnlySpan<byte> value)
    {
        if (!TryReadHeader(out bool isList, out int start, out int length))
        {
            value = default;
            return false;
        }

        if (isList)
        {
            value = default;
            return Fail(RlpError.WrongKind);
        }

        value = _data.Slice(start, length);
        _position = start + length;
        return true;
    }

    /// <summary>Reads a list, whose items its own reader gives.</summary>
    /// <param name="items">A reader over the items; an empty one, with the same failure, on failure.</param>
    /// <returns>False on failure; see <see cref="Error"/>.</returns>
    public bool TryReadList(out RlpReader items)
    {
        if (TryReadHeader(out bool isList, out int start, out int length))
        {
            if (isList && _depth < MaxDepth)
            {
                items = new RlpReader(_data.Slice(start, length), _depth + 1);
                _position = start + length;
                return true;
            }

            Fail(isList ? RlpError.TooDeep : RlpError.WrongKind);
        }

        items = new RlpReader(default, _depth + 1) { _error = _error };
        return false;
    }

    /// <summary>Reads any item without looking into it.</summary>
    /// <param name="encoded">The item with its header, a view of the input; empty on failure.</param>
    /// <returns>False on failure; see <see cref="Error"/>.</returns>
    public bool TryReadItem(out ReadOnlySpan<byte> encoded)
    {
        if (!TryReadHeader(out _, out int start, out int length))
        {
            encoded = default;
            return false;
        }

        encoded = _data[_position..(start + length)];
        _position = start + length;
        return true;
    }

    /// <summary>Reads an unsigned integer of at most 64 bits.</summary>
    /// <param name="value">The value; zero on failure.</param>
    /// <returns>False on failure; see <see cref="Error"/>.</returns>
    public bool TryReadUInt64(out ulong value)
    {
        value = 0;
        if (!TryReadInteger(sizeof(ulong), out ReadOnlySpan<byte> bytes))
        {
            return false;
        }

        foreach (byte b in bytes)
        {
            value = (value << 8) | b;
        }

        return true;
    }

    /// <summary>Reads an unsigned integer of at most 31 bits.</summary>
    /// <param name="value">The value; zero on failure.</param>
    /// <returns>False on failure; see <see cref="Error"/>.</returns>
    public bool TryReadInt32(out int value)
    {
        if (TryReadUInt64(out ulong wide) && (wide <= int.MaxValue || Fail(RlpError.Overflow)))
        {
            value = (int)wide;
            return true;
        }

        value = 0;
        return false;
    }

    /// <summary>Reads an unsigned integer of at most 256 bits.</summary>
    /// <param name="value">The value; zero on failure.</param>
    /// <returns>False on failure; see <see cref="Error"/>.</returns>
    public bool TryReadUInt256(out UInt256 value)
    {
        bool read = TryReadInteger(UInt256.Length, out ReadOnlySpan<byte> bytes);
        value = read ? UInt256.FromBigEndian(bytes) : default;
        return read;
    }

    /// <summary>Reads a truth value: the integer 0 or 1.</summary>
    /// <param name="value">The value; false on failure.</param>
    /// <returns>False on failure; see <see cref="Error"/>.</returns>
    public bool TryReadBoolean(out bool value)
    {
        bool read = TryReadUInt64(out ulong number) && (number <= 1 || Fail(RlpError.Overflow));
        value = read && number == 1;
        return read;
    }

    /// <summary>Reads a string of exactly 20 bytes.</summary>
    /// <param name="value">The value; zero on failure.</param>
    /// <returns>False on failure; see <see cref="Error"/>.</returns>
    public bool TryReadAddress(out Address value)
    {
        bool read = TryReadExactly(Address.Length, out ReadOnlySpan<byte> bytes);
        value = read ? new Address(bytes) : default;
        return read;
    }

    /// <summary>Reads a string of 20 bytes, or the empty string for no address.</summary>
    /// <param name="value">The value; null for the empty string and on failure.</param>
    /// <returns>False on failure; see <see cref="Error"/>.</returns>
    public bool TryReadOptionalAddress(out Address? value)
    {
        value = null;
        if (!IsAtEnd && _data[_position] == 0x80)
        {
            _position++;
            return true;
        }

        if (!TryReadAddress(out Address address))
        {
            return false;
        }

        value = address;
        return true;
    }

    /// <summary>Reads a string of exactly 32 bytes.</summary>
    /// <param name="value">The value; zero on failure.</param>
    /// <returns>False on failure; see <see cref="Error"/>.</returns>
    public bool TryReadHash256(out Hash256 value)
    {
        bool read = TryReadExactly(Hash256.Length, out ReadOnlySpan<byte> bytes);
        value = read ? new Hash256(bytes) : default;
        return read;
    }

    /// <summary>Reads a byte string into memory of its own.</summary>
    /// <param name="maxLength">Longest string accepted, in bytes.</param>
    /// <param name="value">A copy; empty on failure.</param>
    /// <returns>False on failure; see <see cref="Error"/>.</returns>
    public bool TryReadBytes(int maxLength, out Bytes value)
    {
        bool read = TryReadString(out ReadOnlySpan<byte> bytes) && (bytes.Length <= maxLength || Fail(RlpError.Overflow));
        value = read ? Bytes.CopyOf(bytes) : default;
        return read;
    }

    /// <summary>Reads a string of a fixed width.</summary>
    /// <param name="length">Its width in bytes.</param>
    /// <param name="value">A view of the input; empty on failure.</param>
    /// <returns>False on failure; see <see cref="Error"/>.</returns>
    public bool TryReadExactly(int length, out ReadOnlySpan<byte> value)
    {
        if (!TryReadString(out value))
        {
            return false;
        }

        if (value.Length == length)
        {
            return true;
        }

        Fail(value.Length < length ? RlpError.TooShort : RlpError.Overflow);
        value = default;
        return false;
    }

    /// <summary>Counts the items left without looking into them.</summary>
    /// <param name="count">How many there are; 0 on failure.</param>
    /// <returns>False on failure; see <see cref="Error"/>. The position does not change.</returns>
    public bool TryCountItems(out int count)
    {
        int position = _position;
        count = 0;
        while (!IsAtEnd)
        {
            if (TryReadItem(out _))
            {
                count++;
            }
        }

        _position = position;
        count = _error == RlpError.None ? count : 0;
        return _error == RlpError.None;
    }

    private bool TryReadInteger(int maxLength, out ReadOnlySpan<byte> bytes)
    {
        if (!TryReadString(out bytes))
        {
            return false;
        }

        RlpError error = !bytes.IsEmpty && bytes[0] == 0 ? RlpError.LeadingZero : bytes.Length > maxLength ? RlpError.Overflow : RlpError.None;
        if (error == RlpError.None)
        {
            return true;
        }

        bytes = default;
        return Fail(error);
    }

    private bool TryReadHeader(out bool isList, out int start, out int length)
    {
        isList = false;
        start = 0;
        length = 0;
        if (_error != RlpError.None)
        {
            return false;
        }

        if (_position == _data.Length)
        {
            return Fail(RlpError.Truncated);
        }

        byte first = _data[_position];
        if (first < 0x80)
        {
            start = _position;
            length = 1;
            return true;
        }

        isList = first >= 0xc0;
        int code = first - (isList ? 0xc0 : 0x80);
        start = _position + 1;
        if (code <= 55)
        {
            length = code;
            if (length > _data.Length - start)
            {
                return Fail(RlpError.Truncated);
            }

            return length != 1 || isList || _data[start] >= 0x80 || Fail(RlpError.NonCanonicalLength);
        }

        int lengthOfLength = code - 55;
        if (lengthOfLength > _data.Length - start)
        {
            return Fail(RlpError.Truncated);
        }

        if (_data[start] == 0)
        {
            return Fail(RlpError.LeadingZero);
        }

        if (lengthOfLength > sizeof(int))
        {
            return Fail(RlpError.Overflow);
        }

        uint wide = 0;
        foreach (byte b in _data.Slice(start, lengthOfLength))
        {
            wide = (wide << 8) | b;
        }

        if (wide <= 55)
        {
            return Fail(RlpError.NonCanonicalLength);
        }

        if (wide > int.MaxValue)
        {
            return Fail(RlpError.Overflow);
        }

        start += lengthOfLength;
        length = (int)wide;
        return length <= _data.Length - start || Fail(RlpError.Truncated);
    }

    private RlpError ValidateNext()
    {
        if (!IsNextList)
        {
            TryReadString(out _);
            return _error;
        }

        if (!TryReadList(out RlpReader items))
        {
            return _error;
        }

        while (!items.IsAtEnd)
        {
            RlpError error = items.ValidateNext();
            if (error != RlpError.None)
            {
                return error;
            }
        }

        return items.Error;
    }

    private bool Fail(RlpError error)
    {
        _error = error;
        return false;
    }
}
