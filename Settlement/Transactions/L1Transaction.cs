using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Settlement.Transactions;

/// <summary>A transaction to L1: with blobs of type 3 (EIP-4844), without of type 2 (EIP-1559).</summary>
public sealed record L1Transaction
{
    private const byte DynamicFeeType = 2;
    private const byte BlobType = 3;

    /// <summary>Version of the network form with cell proofs (EIP-7594).</summary>
    private const ulong WrapperVersion = 1;

    /// <summary>L1's chain id.</summary>
    public required ulong ChainId { get; init; }

    /// <summary>Number of the account's transactions before this one.</summary>
    public required ulong Nonce { get; init; }

    /// <summary>Tip in wei a unit of gas.</summary>
    public required UInt256 MaxPriorityFeePerGas { get; init; }

    /// <summary>Most that a unit of gas may cost in wei, tip included.</summary>
    public required UInt256 MaxFeePerGas { get; init; }

    /// <summary>Most that a unit of blob gas may cost in wei; not used without blobs.</summary>
    public UInt256 MaxFeePerBlobGas { get; init; }

    /// <summary>Most gas that it may use.</summary>
    public required ulong GasLimit { get; init; }

    /// <summary>Whom it calls; null creates a contract, which a transaction with blobs cannot.</summary>
    public required Address? To { get; init; }

    /// <summary>Wei sent along.</summary>
    public UInt256 Value { get; init; }

    /// <summary>Selector and arguments, or creation code.</summary>
    public Bytes Data { get; init; }

    /// <summary>The blobs; null for none.</summary>
    public BlobSidecar? Sidecar { get; init; }

    /// <summary>Wei that it can cost at most: what the pool wants to see on the account.</summary>
    public UInt256 MaxCost => Value + (MaxFeePerGas * GasLimit) + (MaxFeePerBlobGas * (BlobSidecar.GasPerBlob * (ulong)(Sidecar?.Blobs.Length ?? 0)));

    /// <summary>What is signed: the type and the unsigned fields. A signer hashes it with Keccak-256.</summary>
    /// <returns>The message.</returns>
    /// <exception cref="InvalidOperationException">A transaction with blobs and without a receiver.</exception>
    public byte[] SigningMessage()
    {
        using RlpWriter writer = RlpWriter.Rent();
        writer.WriteRaw(Sidecar is null ? DynamicFeeType : BlobType);
        int list = writer.BeginList();
        WriteFields(writer);
        writer.EndList(list);
        return writer.ToArray();
    }

    /// <summary>Puts the signature on.</summary>
    /// <param name="signature">Of <see cref="SigningMessage"/>'s Keccak-256.</param>
    /// <returns>The transaction in its network form, and its hash.</returns>
    public SignedL1Transaction With(in Signature signature)
    {
        byte[] body = Body(signature);
        byte type = Sidecar is null ? DynamicFeeType : BlobType;
        byte[] canonical = [type, .. body];
        Hash256 hash = Keccak256.Hash(canonical);
        if (Sidecar is not { } sidecar)
        {
            return new SignedL1Transaction(this, hash, canonical);
        }

        using RlpWriter writer = RlpWriter.Rent();
        writer.WriteRaw(type);
        int list = writer.BeginList();
        writer.WriteRaw(body);
        writer.Write(WrapperVersion);
        WriteAll(writer, sidecar.Blobs, BlobSidecar.BlobLength);
        WriteAll(writer, sidecar.Commitments, BlobSidecar.PointLength);
        WriteAll(writer, sidecar.CellProofs, BlobSidecar.PointLength);
        writer.EndList(list);
        return new SignedL1Transaction(this, hash, writer.ToArray());
    }

    private static void WriteAll(RlpWriter writer, ImmutableArray<Bytes> items, int length)
    {
        int list = writer.BeginList();
        foreach (Bytes item in items)
        {
            for (int offset = 0; offset < item.Length; offset += length)
            {
                writer.Write(item.Span.Slice(offset, length));
            }
        }

        writer.EndList(list);
    }

    private byte[] Body(in Signature signature)
    {
        using RlpWriter writer = RlpWriter.Rent();
        int list = writer.BeginList();
        WriteFields(writer);
        writer.Write((ulong)signature.YParity);
        writer.Write(signature.R);
        writer.Write(signature.S);
        writer.EndList(list);
        return writer.ToArray();
    }

    private void WriteFields(RlpWriter writer)
    {
        writer.Write(ChainId);
        writer.Write(Nonce);
        writer.Write(MaxPriorityFeePerGas);
        writer.Write(MaxFeePerGas);
        writer.Write(GasLimit);
        if (Sidecar is not null)
        {
            writer.Write(To ?? throw new InvalidOperationException("A transaction with blobs needs a receiver (EIP-4844)."));
        }
        else
        {
            writer.Write(To);
        }

        writer.Write(Value);
        writer.Write(Data);
        writer.EndList(writer.BeginList());
        if (Sidecar is { } sidecar)
        {
            writer.Write(MaxFeePerBlobGas);
            int hashes = writer.BeginList();
            foreach (Hash256 hash in sidecar.VersionedHashes)
            {
                writer.Write(hash);
            }

            writer.EndList(hashes);
        }
    }
}
