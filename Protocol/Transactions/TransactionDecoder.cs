using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Transactions;

/// <summary>Reads the fields of every transaction type.</summary>
internal static class TransactionDecoder
{
    /// <summary>Decodes an envelope that is not empty and not too long.</summary>
    /// <param name="raw">The envelope. The fields keep views of it.</param>
    /// <param name="rules">What to accept.</param>
    /// <param name="fields">The fields; null where the result is a refusal.</param>
    /// <param name="signature">The signature; the default for deposits.</param>
    /// <returns>What is wrong, or null.</returns>
    public static TransactionRefusal? Decode(byte[] raw, TransactionRules rules, out TransactionFields? fields, out Signature signature)
    {
        fields = null;
        signature = default;
        TransactionType type = (TransactionType)raw[0];
        if (raw[0] >= 0xc0)
        {
            type = TransactionType.Legacy;
        }
        else
        {
            switch (type)
            {
                case TransactionType.AccessList or TransactionType.DynamicFee or TransactionType.SetCode:
                    break;
                case TransactionType.Blob:
                    return new TransactionRefusal.BlobTransaction();
                case TransactionType.Deposit when rules.AllowDeposits:
                    break;
                case TransactionType.Deposit:
                    return new TransactionRefusal.DepositNotAllowed();
                default:
                    return new TransactionRefusal.UnknownType(raw[0]);
            }
        }

        RlpReader outer = new(raw.AsSpan(type == TransactionType.Legacy ? 0 : 1));
        if (!outer.TryReadList(out RlpReader reader) || !outer.TryEnd())
        {
            return new TransactionRefusal.Malformed("envelope", outer.Error);
        }

        TransactionRefusal? refusal = type == TransactionType.Deposit
            ? DecodeDeposit(ref reader, raw, out fields)
            : DecodeSigned(ref reader, raw, type, rules, out fields, out signature);
        if (refusal is not null)
        {
            fields = null;
            return refusal;
        }

        return reader.TryEnd() ? null : new TransactionRefusal.Malformed("end of the list", reader.Error);
    }

    private static TransactionRefusal.Malformed? DecodeDeposit(ref RlpReader reader, byte[] raw, out TransactionFields? fields)
    {
        fields = null;
        if (!reader.TryReadHash256(out Hash256 source))
        {
            return Malformed("sourceHash", in reader);
        }

        if (!reader.TryReadAddress(out Address from))
        {
            return Malformed("from", in reader);
        }

        if (!reader.TryReadOptionalAddress(out Address? to))
        {
            return Malformed("to", in reader);
        }

        if (!reader.TryReadUInt256(out UInt256 mint))
        {
            return Malformed("mint", in reader);
        }

        if (!reader.TryReadUInt256(out UInt256 value))
        {
            return Malformed("value", in reader);
        }

        if (!reader.TryReadUInt64(out ulong gas))
        {
            return Malformed("gas", in reader);
        }

        if (!reader.TryReadBoolean(out bool isSystem))
        {
            return Malformed("isSystemTransaction", in reader);
        }

        if (!reader.TryReadString(out ReadOnlySpan<byte> data))
        {
            return Malformed("data", in reader);
        }

        fields = new TransactionFields
        {
            Type = TransactionType.Deposit,
            To = to,
            Value = value,
            GasLimit = gas,
            Data = View(raw, data),
            Deposit = new DepositFields(source, from, mint, isSystem),
        };
        return null;
    }

    private static TransactionRefusal? DecodeSigned(
        ref RlpReader reader, byte[] raw, TransactionType type, TransactionRules rules, out TransactionFields? fields, out Signature signature)
    {
        fields = null;
        signature = default;
        UInt256 chainId = default;
        if (type != TransactionType.Legacy && !reader.TryReadUInt256(out chainId))
        {
            return Malformed("chainId", in reader);
        }

        if (!reader.TryReadUInt64(out ulong nonce))
        {
            return Malformed("nonce", in reader);
        }

        UInt256 tip = default;
        bool dynamicFee = type is TransactionType.DynamicFee or TransactionType.SetCode;
        if (dynamicFee && !reader.TryReadUInt256(out tip))
        {
            return Malformed("maxPriorityFeePerGas", in reader);
        }

        if (!reader.TryReadUInt256(out UInt256 feeCap))
        {
            return Malformed(dynamicFee ? "maxFeePerGas" : "gasPrice", in reader);
        }

        if (!reader.TryReadUInt64(out ulong gasLimit))
        {
            return Malformed("gasLimit", in reader);
        }

        if (!reader.TryReadOptionalAddress(out Address? to))
        {
            return Malformed("to", in reader);
        }

        if (!reader.TryReadUInt256(out UInt256 value))
        {
            return Malformed("value", in reader);
        }

        if (!reader.TryReadString(out ReadOnlySpan<byte> data))
        {
            return Malformed("data", in reader);
        }

        ImmutableArray<AccessListEntry> accessList = [];
        if (type != TransactionType.Legacy && !TryReadAccessList(ref reader, out accessList, out RlpError accessListError))
        {
            return new TransactionRefusal.Malformed("accessList", accessListError);
        }

        ImmutableArray<Authorization> authorizations = [];
        if (type == TransactionType.SetCode && !TryReadAuthorizations(ref reader, out authorizations, out RlpError authorizationError))
        {
            return new TransactionRefusal.Malformed("authorizationList", authorizationError);
        }

        if (!reader.TryReadUInt256(out UInt256 v))
        {
            return Malformed(type == TransactionType.Legacy ? "v" : "yParity", in reader);
        }

        if (!reader.TryReadUInt256(out UInt256 r))
        {
            return Malformed("r", in reader);
        }

        if (!reader.TryReadUInt256(out UInt256 s))
        {
            return Malformed("s", in reader);
        }

        TransactionRefusal? refusal = type == TransactionType.Legacy
            ? ReadLegacyV(in v, rules, out ulong? chain, out byte yParity)
            : ReadTypedV(in v, in chainId, rules, out chain, out yParity);
        if (refusal is not null)
        {
            return refusal;
        }

        signature = new Signature(r, s, yParity);
        SignatureFault fault = signature.Check();
        if (fault != SignatureFault.None)
        {
            return new TransactionRefusal.InvalidSignature(fault);
        }

        fields = new TransactionFields
        {
            Type = type,
            ChainId = chain,
            Nonce = nonce,
            MaxPriorityFeePerGas = dynamicFee ? tip : feeCap,
            MaxFeePerGas = feeCap,
            GasLimit = gasLimit,
            To = to,
            Value = value,
            Data = View(raw, data),
            AccessList = accessList,
            Authorizations = authorizations,
        };
        return null;
    }

    /// <summary>v is 27 or 28 without a chain, and 35 + 2 * chain id + y parity with one (EIP-155).</summary>
    private static TransactionRefusal? ReadLegacyV(in UInt256 v, TransactionRules rules, out ulong? chainId, out byte yParity)
    {
        chainId = null;
        yParity = 0;
        if (v.IsUInt64 && v.U0 is 27 or 28)
        {
            yParity = (byte)(v.U0 - 27);
            return rules.AllowUnprotected ? null : new TransactionRefusal.Unprotected();
        }

        if (v < 35)
        {
            return new TransactionRefusal.InvalidSignature(SignatureFault.RecoveryId);
        }

        if ((v.U2 | v.U3) != 0)
        {
            return new TransactionRefusal.WrongChain(v, rules.ChainId);
        }

        UInt128 rest = new UInt128(v.U1, v.U0) - 35;
        UInt128 chain = rest / 2;
        yParity = (byte)(rest % 2);
        if (chain > ulong.MaxValue || (rules.ChainId is { } expected && chain != expected))
        {
            return new TransactionRefusal.WrongChain(new UInt256((ulong)chain, (ulong)(chain >> 64)), rules.ChainId);
        }

        chainId = (ulong)chain;
        return null;
    }

    private static TransactionRefusal? ReadTypedV(in UInt256 v, in UInt256 named, TransactionRules rules, out ulong? chainId, out byte yParity)
    {
        chainId = named.U0;
        yParity = (byte)v.U0;
        return !named.IsUInt64 || (rules.ChainId is { } expected && named.U0 != expected) ? new TransactionRefusal.WrongChain(named, rules.ChainId)
            : v > 1 ? new TransactionRefusal.InvalidSignature(SignatureFault.RecoveryId)
            : null;
    }

    private static bool TryReadAccessList(ref RlpReader reader, out ImmutableArray<AccessListEntry> accessList, out RlpError error)
    {
        accessList = [];
        if (!reader.TryReadList(out RlpReader list) || !list.TryCountItems(out int count))
        {
            error = reader.Error != RlpError.None ? reader.Error : list.Error;
            return false;
        }

        AccessListEntry[] entries = count == 0 ? [] : new AccessListEntry[count];
        for (int i = 0; i < entries.Length; i++)
        {
            if (!list.TryReadList(out RlpReader item))
            {
                error = list.Error;
                return false;
            }

            if (!item.TryReadAddress(out Address address) || !item.TryReadList(out RlpReader keys) || !item.TryEnd())
            {
                error = item.Error;
                return false;
            }

            if (!keys.TryCountItems(out int keyCount))
            {
                error = keys.Error;
                return false;
            }

            Hash256[] storageKeys = keyCount == 0 ? [] : new Hash256[keyCount];
            for (int k = 0; k < storageKeys.Length; k++)
            {
                if (!keys.TryReadHash256(out storageKeys[k]))
                {
                    error = keys.Error;
                    return false;
                }
            }

            entries[i] = new AccessListEntry(address, Wrap(storageKeys));
        }

        accessList = Wrap(entries);
        error = RlpError.None;
        return true;
    }

    private static bool TryReadAuthorizations(ref RlpReader reader, out ImmutableArray<Authorization> authorizations, out RlpError error)
    {
        authorizations = [];
        if (!reader.TryReadList(out RlpReader list) || !list.TryCountItems(out int count))
        {
            error = reader.Error != RlpError.None ? reader.Error : list.Error;
            return false;
        }

        Authorization[] entries = count == 0 ? [] : new Authorization[count];
        for (int i = 0; i < entries.Length; i++)
        {
            if (!list.TryReadList(out RlpReader item))
            {
                error = list.Error;
                return false;
            }

            if (!item.TryReadUInt256(out UInt256 chainId) || !item.TryReadAddress(out Address address) || !item.TryReadUInt64(out ulong nonce)
                || !item.TryReadUInt64(out ulong yParity) || !item.TryReadUInt256(out UInt256 r) || !item.TryReadUInt256(out UInt256 s) || !item.TryEnd())
            {
                error = item.Error;
                return false;
            }

            if (yParity > byte.MaxValue)
            {
                error = RlpError.Overflow;
                return false;
            }

            entries[i] = new Authorization(chainId, address, nonce, new Signature(r, s, (byte)yParity));
        }

        authorizations = Wrap(entries);
        error = RlpError.None;
        return true;
    }

    private static ImmutableArray<T> Wrap<T>(T[] array) =>
        ImmutableCollectionsMarshal.AsImmutableArray(array);

    private static Bytes View(byte[] raw, ReadOnlySpan<byte> part) =>
        raw.AsSpan().Overlaps(part, out int offset) ? new Bytes(raw.AsMemory(offset, part.Length)) : Bytes.Empty;

    private static TransactionRefusal.Malformed Malformed(string field, in RlpReader reader) => new(field, reader.Error);
}
