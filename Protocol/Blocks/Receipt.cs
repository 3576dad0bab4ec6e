using System.Collections.Immutable;
using Cloud.Protocol.Rlp;
using Cloud.Protocol.Transactions;

namespace Cloud.Protocol.Blocks;

/// <summary>What a transaction did, as the receipts root commits to it (EIP-658, EIP-2718; for deposits the OP Stack specification from Canyon on).</summary>
public sealed record Receipt
{
    private Bloom? _bloom;

    /// <summary>Type of the transaction.</summary>
    public required TransactionType Type { get; init; }

    /// <summary>Whether it ran to its end.</summary>
    public required bool Succeeded { get; init; }

    /// <summary>Gas used in the block up to and including this transaction.</summary>
    public required ulong CumulativeGasUsed { get; init; }

    /// <summary>Events in order; none where it failed.</summary>
    public ImmutableArray<Log> Logs
    {
        get;
        init
        {
            field = value;
            // A copy made by `with` must not keep the filter of other logs.
            _bloom = null;
        }
    }

    = [];

    /// <summary>The sender's nonce when the deposit ran; null for every other type.</summary>
    public ulong? DepositNonce { get; init; }

    /// <summary>Version of the deposit's receipt, 1 since Canyon; null for every other type.</summary>
    public ulong? DepositReceiptVersion { get; init; }

    /// <summary>Filter over <see cref="Logs"/>.</summary>
    public Bloom Bloom => _bloom ??= Bloom.Of(Logs.AsSpan());

    /// <summary>Writes the envelope that the receipts root commits to.</summary>
    /// <param name="writer">Where to.</param>
    public void WriteEnvelope(RlpWriter writer)
    {
        if (Type != TransactionType.Legacy)
        {
            writer.WriteRaw((byte)Type);
        }

        int list = writer.BeginList();
        writer.Write(Succeeded);
        writer.Write(CumulativeGasUsed);
        writer.Write(Bloom.Span);
        Log.WriteList(writer, Logs.AsSpan());
        if (DepositNonce is { } nonce)
        {
            writer.Write(nonce);
            if (DepositReceiptVersion is { } version)
            {
                writer.Write(version);
            }
        }

        writer.EndList(list);
    }

    /// <summary>The envelope that the receipts root commits to.</summary>
    /// <returns>An array of its own.</returns>
    public byte[] Encode()
    {
        using RlpWriter writer = RlpWriter.Rent();
        WriteEnvelope(writer);
        return writer.ToArray();
    }

    /// <summary>Decodes an envelope. Total: never throws.</summary>
    /// <param name="raw">The envelope.</param>
    /// <param name="receipt">The receipt; null where it is refused.</param>
    /// <returns>What is wrong, or null.</returns>
    public static BlockRefusal? TryDecode(ReadOnlySpan<byte> raw, out Receipt? receipt)
    {
        receipt = null;
        if (raw.IsEmpty)
        {
            return new BlockRefusal.Malformed("receipt", RlpError.Truncated);
        }

        TransactionType type = raw[0] >= 0xc0 ? TransactionType.Legacy : (TransactionType)raw[0];
        if (raw[0] < 0xc0 && type is not (TransactionType.AccessList or TransactionType.DynamicFee or TransactionType.SetCode or TransactionType.Deposit))
        {
            return new BlockRefusal.UnknownReceiptType(raw[0]);
        }

        RlpReader outer = new(type == TransactionType.Legacy ? raw : raw[1..]);
        if (!outer.TryReadList(out RlpReader fields) || !outer.TryEnd())
        {
            return new BlockRefusal.Malformed("receipt", outer.Error);
        }

        if (!fields.TryReadBoolean(out bool succeeded))
        {
            return new BlockRefusal.Malformed("status", fields.Error);
        }

        if (!fields.TryReadUInt64(out ulong gas))
        {
            return new BlockRefusal.Malformed("cumulativeGasUsed", fields.Error);
        }

        if (!fields.TryReadExactly(Bloom.Length, out ReadOnlySpan<byte> bloom))
        {
            return new BlockRefusal.Malformed("logsBloom", fields.Error);
        }

        if (!fields.TryReadList(out RlpReader list))
        {
            return new BlockRefusal.Malformed("logs", fields.Error);
        }

        ImmutableArray<Log>.Builder logs = ImmutableArray.CreateBuilder<Log>();
        while (!list.IsAtEnd)
        {
            if (!Log.TryRead(ref list, out Log? log, out RlpError error))
            {
                return new BlockRefusal.Malformed("logs", error);
            }

            logs.Add(log!);
        }

        ulong nonce = 0;
        ulong version = 0;
        bool hasNonce = type == TransactionType.Deposit && !fields.IsAtEnd;
        if (hasNonce && !fields.TryReadUInt64(out nonce))
        {
            return new BlockRefusal.Malformed("depositNonce", fields.Error);
        }

        bool hasVersion = hasNonce && !fields.IsAtEnd;
        if (hasVersion && !fields.TryReadUInt64(out version))
        {
            return new BlockRefusal.Malformed("depositReceiptVersion", fields.Error);
        }

        if (!list.TryEnd() || !fields.TryEnd())
        {
            return new BlockRefusal.Malformed("receipt", list.Error != RlpError.None ? list.Error : fields.Error);
        }

        Receipt decoded = new()
        {
            Type = type,
            Succeeded = succeeded,
            CumulativeGasUsed = gas,
            Logs = logs.DrainToImmutable(),
            DepositNonce = hasNonce ? nonce : null,
            DepositReceiptVersion = hasVersion ? version : null,
        };
        if (!decoded.Bloom.Span.SequenceEqual(bloom))
        {
            return new BlockRefusal.Mismatch("logsBloom");
        }

        receipt = decoded;
        return null;
    }

    /// <inheritdoc/>
    public bool Equals(Receipt? other) =>
        other is not null && Type == other.Type && Succeeded == other.Succeeded && CumulativeGasUsed == other.CumulativeGasUsed
        && DepositNonce == other.DepositNonce && DepositReceiptVersion == other.DepositReceiptVersion && Logs.AsSpan().SequenceEqual(other.Logs.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Type, Succeeded, CumulativeGasUsed, Logs.Length, DepositNonce);
}
