using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Proofs;

/// <summary>What to look up on L1: the part of a proof that cannot be checked offline.</summary>
/// <param name="Checkpoint">Number of the checkpoint in the rollup contract.</param>
/// <param name="PayloadHash">Hash of its header, as the contract has it.</param>
/// <param name="BlockNumber">The L1 block.</param>
/// <param name="BlockHash">Its hash.</param>
/// <param name="Transaction">The L1 transaction; null where it is not known here.</param>
/// <param name="BlobHashes">Versioned hashes of the blobs that carry the slot (EIP-4844); empty where they are not known here.</param>
public sealed record L1Anchor(
    ulong Checkpoint, Hash256 PayloadHash, ulong BlockNumber, Hash256 BlockHash, Hash256? Transaction, ImmutableArray<Hash256> BlobHashes)
{
    /// <inheritdoc/>
    public bool Equals(L1Anchor? other) =>
        other is not null && (Checkpoint, PayloadHash, BlockNumber, BlockHash, Transaction) == (other.Checkpoint, other.PayloadHash, other.BlockNumber, other.BlockHash, other.Transaction)
        && BlobHashes.AsSpan().SequenceEqual(other.BlobHashes.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Checkpoint, PayloadHash, BlockNumber, BlockHash);
}
