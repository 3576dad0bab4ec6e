using System.Collections.Immutable;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Messages;

/// <summary>Reads the fields of a message by name. The first refusal stays, of this list or of one inside it, and every later read gives a default value.</summary>
internal ref struct FieldReader
{
    /// <summary>Version of all encodings.</summary>
    internal const ulong Version = 1;

    private readonly Outcome _outcome;
    private RlpReader _rlp;

    private FieldReader(RlpReader rlp, Outcome outcome)
    {
        _rlp = rlp;
        _outcome = outcome;
    }

    /// <summary>Reads a message, or gives null where a field was refused.</summary>
    internal delegate T? Reading<T>(ref FieldReader fields)
        where T : class;

    internal readonly bool Failed => _outcome.Refusal is not null;

    internal readonly bool IsAtEnd => Failed || _rlp.IsAtEnd;

    /// <summary>Decodes a whole input.</summary>
    internal static Decoded<T> Decode<T>(ReadOnlySpan<byte> encoded, int maxLength, Reading<T> read)
        where T : class
    {
        if (encoded.Length > maxLength)
        {
            return new Decoded<T>.Refused(new DecodeRefusal.TooLarge(encoded.Length, maxLength));
        }

        Outcome outcome = new();
        FieldReader root = new(new RlpReader(encoded), outcome);
        T? value = read(ref root);
        root.End("message");
        return outcome.Refusal is { } refusal ? new Decoded<T>.Refused(refusal) : new Decoded<T>.Ok(value!);
    }

    /// <summary>Opens a message's list and reads kind, version and context.</summary>
    internal FieldReader Message(MessageKind kind, out SigningContext context)
    {
        FieldReader fields = List("message");
        ulong number = fields.UInt64("kind");
        if (!fields.Failed && number != (ulong)kind)
        {
            Refuse(new DecodeRefusal.WrongKind(number, kind));
        }

        ulong version = fields.UInt64("version");
        if (!fields.Failed && version != Version)
        {
            Refuse(new DecodeRefusal.UnknownVersion(version, Version));
        }

        FieldReader list = fields.List("context");
        context = new SigningContext(list.UInt64("chainId"), list.Address("rollup"));
        list.End("context");
        return fields;
    }

    internal readonly void Refuse(DecodeRefusal refusal) => _outcome.Refusal ??= refusal;

    internal readonly void End(string field)
    {
        if (!Failed)
        {
            RlpReader rest = _rlp;
            if (!rest.TryEnd())
            {
                Refuse(new DecodeRefusal.Malformed(field, rest.Error));
            }
        }
    }

    internal FieldReader List(string field)
    {
        RlpReader items = default;
        if (!Failed && !_rlp.TryReadList(out items))
        {
            Fail(field);
        }

        return new FieldReader(items, _outcome);
    }

    /// <summary>Opens the payload: the part of the message whose hash is its identity.</summary>
    internal FieldReader Payload(out Hash256 hash)
    {
        ReadOnlySpan<byte> encoded = default;
        hash = default;
        if (!Failed && !_rlp.TryReadItem(out encoded))
        {
            Fail("payload");
        }

        if (Failed)
        {
            return new FieldReader(default, _outcome);
        }

        FieldReader item = new(new RlpReader(encoded), _outcome);
        FieldReader fields = item.List("payload");
        hash = Failed ? default : Keccak256.Hash(encoded);
        return fields;
    }

    internal ulong UInt64(string field)
    {
        ulong value = 0;
        if (!Failed && !_rlp.TryReadUInt64(out value))
        {
            Fail(field);
        }

        return value;
    }

    internal uint UInt32(string field)
    {
        ulong value = UInt64(field);
        if (value <= uint.MaxValue)
        {
            return (uint)value;
        }

        Refuse(new DecodeRefusal.OutOfRange(field, value));
        return 0;
    }

    internal bool Boolean(string field)
    {
        bool value = false;
        if (!Failed && !_rlp.TryReadBoolean(out value))
        {
            Fail(field);
        }

        return value;
    }

    internal UInt256 UInt256(string field)
    {
        UInt256 value = default;
        if (!Failed && !_rlp.TryReadUInt256(out value))
        {
            Fail(field);
        }

        return value;
    }

    internal Address Address(string field)
    {
        Address value = default;
        if (!Failed && !_rlp.TryReadAddress(out value))
        {
            Fail(field);
        }

        return value;
    }

    internal Hash256 Hash(string field)
    {
        Hash256 value = default;
        if (!Failed && !_rlp.TryReadHash256(out value))
        {
            Fail(field);
        }

        return value;
    }

    internal Bytes Bytes(string field, int maxLength)
    {
        Bytes value = default;
        if (!Failed && !_rlp.TryReadBytes(maxLength, out value))
        {
            Fail(field);
        }

        return value;
    }

    internal ReadOnlySpan<byte> Exactly(string field, int length)
    {
        ReadOnlySpan<byte> value = default;
        if (!Failed && !_rlp.TryReadExactly(length, out value))
        {
            Fail(field);
        }

        return value;
    }

    internal ReadOnlySpan<byte> String(string field)
    {
        ReadOnlySpan<byte> value = default;
        if (!Failed && !_rlp.TryReadString(out value))
        {
            Fail(field);
        }

        return value;
    }

    internal Bloom Bloom(string field)
    {
        ReadOnlySpan<byte> bits = Exactly(field, Blocks.Bloom.Length);
        return Failed ? Blocks.Bloom.Empty : Blocks.Bloom.FromBytes(bits);
    }

    internal AttestationKind AttestationKind(string field)
    {
        ulong value = UInt64(field);
        if (!Failed && value is < (ulong)Messages.AttestationKind.Stored or > (ulong)Messages.AttestationKind.Locked)
        {
            Refuse(new DecodeRefusal.OutOfRange(field, value));
        }

        return (AttestationKind)value;
    }

    internal Signature Signature(string field)
    {
        ReadOnlySpan<byte> encoded = String(field);
        if (Failed)
        {
            return default;
        }

        SignatureFault fault = Crypto.Signature.DecodeStrict(encoded, out Signature signature);
        if (fault != SignatureFault.None)
        {
            Refuse(new DecodeRefusal.InvalidSignature(field, fault));
        }

        return signature;
    }

    internal BlockHeader? Header(string field)
    {
        ReadOnlySpan<byte> encoded = default;
        if (!Failed && !_rlp.TryReadItem(out encoded))
        {
            Fail(field);
        }

        if (Failed)
        {
            return null;
        }

        if (BlockHeader.TryDecode(encoded, out BlockHeader? header) is { } refusal)
        {
            Refuse(new DecodeRefusal.InvalidHeader(refusal));
        }

        return header;
    }

    internal ImmutableArray<Hash256> Hashes(string field, int limit)
    {
        FieldReader list = List(field);
        if (!list.TryCount(field, limit, out int count))
        {
            return [];
        }

        ImmutableArray<Hash256>.Builder items = ImmutableArray.CreateBuilder<Hash256>(count);
        while (!list.IsAtEnd)
        {
            items.Add(list.Hash(field));
        }

        return Failed ? [] : items.MoveToImmutable();
    }

    internal ImmutableArray<Bytes> ByteStrings(string field, int limit)
    {
        FieldReader list = List(field);
        if (!list.TryCount(field, limit, out int count))
        {
            return [];
        }

        ImmutableArray<Bytes>.Builder items = ImmutableArray.CreateBuilder<Bytes>(count);
        while (!list.IsAtEnd)
        {
            items.Add(list.Bytes(field, int.MaxValue));
        }

        return Failed ? [] : items.MoveToImmutable();
    }

    /// <summary>Counts the items left, before room is made for them.</summary>
    internal bool TryCount(string field, int limit, out int count)
    {
        count = 0;
        if (Failed)
        {
            return false;
        }

        if (!_rlp.TryCountItems(out count))
        {
            Fail(field);
        }
        else if (count > limit)
        {
            Refuse(new DecodeRefusal.TooMany(field, limit));
        }

        return !Failed;
    }

    private readonly void Fail(string field) => Refuse(new DecodeRefusal.Malformed(field, _rlp.Error));

    private sealed class Outcome
    {
        internal DecodeRefusal? Refusal { get; set; }
    }
}
