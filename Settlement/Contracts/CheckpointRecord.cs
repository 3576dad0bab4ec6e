using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Contracts;

/// <summary>A checkpoint as the contract's ring commits to it.</summary>
/// <param name="PayloadHash">Hash of the checkpoint's header.</param>
/// <param name="BlobsHash">Keccak-256 of the blobs' versioned hashes; zero for genesis.</param>
/// <param name="Slot">The slot.</param>
/// <param name="DepositCount">Messages of the inbox consumed up to here.</param>
public sealed record CheckpointRecord(Hash256 PayloadHash, Hash256 BlobsHash, ulong Slot, ulong DepositCount)
{
    /// <summary>Checkpoint 0.</summary>
    /// <param name="genesisHash">The deployment's <see cref="RollupParameters.GenesisHash"/>.</param>
    /// <returns>The record.</returns>
    public static CheckpointRecord Genesis(Hash256 genesisHash) => new(genesisHash, default, 0, 0);

    /// <summary>Commits to a checkpoint's blobs.</summary>
    /// <param name="versionedHashes">The blobs' versioned hashes in order.</param>
    /// <returns>Keccak-256 of their concatenation.</returns>
    public static Hash256 HashOfBlobs(ReadOnlySpan<Hash256> versionedHashes) =>
        Keccak256.Hash(System.Runtime.InteropServices.MemoryMarshal.AsBytes(versionedHashes));

    /// <summary>The word in the ring.</summary>
    /// <returns>Keccak-256 of the ABI encoding.</returns>
    public Hash256 Hash() => Keccak256.Hash(Encode().Encode());

    internal AbiTuple Encode() => new AbiTuple().Add(PayloadHash).Add(BlobsHash).Add(Slot).Add(DepositCount);
}
