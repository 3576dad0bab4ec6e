using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Contracts;

/// <summary>Reads an ABI encoding value by value. After the first value that is not there or out of range every further one is refused too; see <see cref="Failed"/>.</summary>
public ref struct AbiReader
{
    private const int Word = 32;

    private readonly ReadOnlySpan<byte> _data;
    private int _position;

    /// <summary>Reads from the start of a tuple.</summary>
    /// <param name="data">The tuple's encoding.</param>
    public AbiReader(ReadOnlySpan<byte> data) => _data = data;

    /// <summary>Whether a value was missing or out of range.</summary>
    public bool Failed { get; private set; }

    /// <summary>Reads an unsigned integer.</summary>
    /// <returns>Zero after a failure.</returns>
    public UInt256 UInt256() => Protocol.Primitives.UInt256.FromBigEndian(Next());

    /// <summary>Reads an unsigned integer of at most 64 bits.</summary>
    /// <returns>Zero after a failure.</returns>
    public ulong UInt64()
    {
        UInt256 value = UInt256();
        Failed |= !value.IsUInt64;
        return Failed ? 0 : (ulong)value;
    }

    /// <summary>Reads a truth value.</summary>
    /// <returns>False after a failure.</returns>
    public bool Boolean()
    {
        ulong value = UInt64();
        Failed |= value > 1;
        return !Failed && value == 1;
    }

    /// <summary>Reads a bytes32.</summary>
    /// <returns>Zero after a failure.</returns>
    public Hash256 Hash()
    {
        ReadOnlySpan<byte> word = Next();
        return word.IsEmpty ? default : new Hash256(word);
    }

    /// <summary>Reads an address.</summary>
    /// <returns>Zero after a failure.</returns>
    public Address Address()
    {
        ReadOnlySpan<byte> word = Next();
        if (word.IsEmpty)
        {
            return default;
        }

        Failed |= word[..12].ContainsAnyExcept((byte)0);
        return Failed ? default : new Address(word[12..]);
    }

    /// <summary>Reads bytes of any length.</summary>
    /// <returns>Empty after a failure.</returns>
    public Bytes Bytes()
    {
        ReadOnlySpan<byte> tail = Tail(out int length);
        Failed |= length > tail.Length;
        return Failed ? default : Protocol.Primitives.Bytes.CopyOf(tail[..length]);
    }

    /// <summary>Reads an array of addresses.</summary>
    /// <returns>Empty after a failure.</returns>
    public ImmutableArray<Address> Addresses()
    {
        ReadOnlySpan<byte> tail = Tail(out int count);
        Failed |= count > tail.Length / Word;
        if (Failed)
        {
            return [];
        }

        AbiReader reader = new(tail);
        ImmutableArray<Address>.Builder list = ImmutableArray.CreateBuilder<Address>(count);
        for (int i = 0; i < count; i++)
        {
            list.Add(reader.Address());
        }

        Failed = reader.Failed;
        return Failed ? [] : list.MoveToImmutable();
    }

    private ReadOnlySpan<byte> Tail(out int length)
    {
        length = 0;
        ulong offset = UInt64();
        Failed |= offset > (ulong)_data.Length;
        if (Failed)
        {
            return default;
        }

        AbiReader reader = new(_data[(int)offset..]);
        ulong value = reader.UInt64();
        Failed |= reader.Failed || value > int.MaxValue;
        if (Failed)
        {
            return default;
        }

        length = (int)value;
        return _data[((int)offset + Word)..];
    }

    private ReadOnlySpan<byte> Next()
    {
        Failed |= _data.Length - _position < Word;
        if (Failed)
        {
            return default;
        }

        _position += Word;
        return _data.Slice(_position - Word, Word);
    }
}
