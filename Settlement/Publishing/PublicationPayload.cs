using System.Collections.Immutable;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.Transactions;

namespace Cloud.Settlement.Publishing;

/// <summary>All that a checkpoint's transaction is made of. Kept until the publication is final: pools and nodes forget blobs.</summary>
/// <param name="Header">The checkpoint.</param>
/// <param name="Signature">The proposer's signature of header and blobs (<see cref="RollupDigests.Publication"/>).</param>
/// <param name="ProposerProof">Shows the contract who proposes in the slot (<see cref="Protocol.Committees.CommitteeTree.ProposerProof"/>).</param>
/// <param name="DepositCount">Messages of the inbox consumed with the checkpoint and all before it.</param>
/// <param name="Blobs">The data, 1 to 6 blobs.</param>
/// <param name="InvalidateFirst">Number of a checkpoint with bad attestations that goes in the same transaction; null for none.</param>
/// <param name="Invalidation">Calldata that removes it; empty for none.</param>
public sealed record PublicationPayload(
    CheckpointHeader Header,
    CompactSignature Signature,
    Bytes ProposerProof,
    ulong DepositCount,
    ImmutableArray<Bytes> Blobs,
    ulong? InvalidateFirst = null,
    Bytes Invalidation = default)
{
    private const ulong Version = 1;
    private const int MaxFieldLength = 1 << 20;

    /// <summary>Calldata on top of a parent.</summary>
    /// <param name="parentBlobsHash"><see cref="CheckpointRecord.BlobsHash"/> of the checkpoint below.</param>
    /// <returns>A propose; together with the invalidation where there is one.</returns>
    public Bytes Calldata(in Hash256 parentBlobsHash)
    {
        Bytes propose = RollupCalls.Propose(parentBlobsHash, Signature, Header.Encode(), DepositCount, ProposerProof.Span);
        return Invalidation.IsEmpty ? propose : RollupCalls.Multicall([Invalidation, propose]);
    }

    /// <summary>The stored form.</summary>
    /// <returns>RLP.</returns>
    public byte[] Encode()
    {
        using RlpWriter writer = RlpWriter.Rent();
        int list = writer.BeginList();
        writer.Write(Version);
        writer.WriteRaw(Header.Encode());
        writer.Write(Signature.R);
        writer.Write(Signature.Vs);
        writer.Write(ProposerProof);
        writer.Write(DepositCount);
        writer.Write((InvalidateFirst ?? 0) + (InvalidateFirst is null ? 0UL : 1));
        writer.Write(Invalidation);
        int blobs = writer.BeginList();
        foreach (Bytes blob in Blobs)
        {
            writer.Write(blob);
        }

        writer.EndList(blobs);
        writer.EndList(list);
        return writer.ToArray();
    }

    /// <summary>Reads the stored form.</summary>
    /// <param name="stored">What <see cref="Encode"/> gave.</param>
    /// <returns>The payload; null for other bytes.</returns>
    public static PublicationPayload? Decode(ReadOnlySpan<byte> stored)
    {
        RlpReader reader = new(stored);
        if (!reader.TryReadList(out RlpReader fields) || !reader.TryEnd() || !fields.TryReadUInt64(out ulong version) || version != Version
            || !fields.TryReadItem(out ReadOnlySpan<byte> encoded) || CheckpointHeader.Decode(encoded) is not Decoded<CheckpointHeader>.Ok { Value: { } header }
            || !fields.TryReadHash256(out Hash256 r) || !fields.TryReadHash256(out Hash256 vs) || !fields.TryReadBytes(MaxFieldLength, out Bytes proof)
            || !fields.TryReadUInt64(out ulong deposits) || !fields.TryReadUInt64(out ulong invalidate) || !fields.TryReadBytes(MaxFieldLength, out Bytes invalidation)
            || !fields.TryReadList(out RlpReader list) || !fields.TryEnd() || !list.TryCountItems(out int count) || count is < 1 or > BlobSidecar.MaxBlobs)
        {
            return null;
        }

        ImmutableArray<Bytes>.Builder blobs = ImmutableArray.CreateBuilder<Bytes>(count);
        for (int i = 0; i < count; i++)
        {
            if (!list.TryReadBytes(BlobSidecar.BlobLength, out Bytes blob) || blob.Length != BlobSidecar.BlobLength)
            {
                return null;
            }

            blobs.Add(blob);
        }

        return new PublicationPayload(header, new CompactSignature(r, vs), proof, deposits, blobs.MoveToImmutable(), invalidate == 0 ? null : invalidate - 1, invalidation);
    }

    /// <inheritdoc/>
    public bool Equals(PublicationPayload? other) => other is not null && Encode().AsSpan().SequenceEqual(other.Encode());

    /// <inheritdoc/>
    public override int GetHashCode() => Header.GetHashCode();
}
