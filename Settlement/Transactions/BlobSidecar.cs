using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Transactions;

/// <summary>The blobs of a transaction with their commitments and cell proofs, as they travel next to it (EIP-4844, EIP-7594).</summary>
/// <param name="Blobs">131,072 bytes each, 1 to 6 of them.</param>
/// <param name="Commitments">KZG commitment of each blob, 48 bytes.</param>
/// <param name="CellProofs">128 proofs of 48 bytes for each blob, one after the other.</param>
/// <param name="VersionedHashes">0x01 and the last 31 bytes of SHA-256 of each commitment.</param>
public sealed record BlobSidecar(ImmutableArray<Bytes> Blobs, ImmutableArray<Bytes> Commitments, ImmutableArray<Bytes> CellProofs, ImmutableArray<Hash256> VersionedHashes)
{
    /// <summary>Bytes of a blob.</summary>
    public const int BlobLength = 131_072;

    /// <summary>Most blobs in one transaction (EIP-7594).</summary>
    public const int MaxBlobs = 6;

    /// <summary>Blob gas of one blob (EIP-4844).</summary>
    public const ulong GasPerBlob = 131_072;

    /// <summary>Cell proofs of one blob (EIP-7594).</summary>
    public const int ProofsPerBlob = 128;

    /// <summary>Bytes of a commitment and of a proof.</summary>
    public const int PointLength = 48;
}
