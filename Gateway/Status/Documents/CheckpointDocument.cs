using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Chain;
using Cloud.Settlement.L1Events;

namespace Cloud.Gateway.Status.Documents;

/// <summary>Schema Checkpoint.</summary>
internal sealed record CheckpointDocument(
    ulong? Number,
    Hash256 Hash,
    ulong Slot,
    CheckpointState State,
    Address Proposer,
    ulong FirstBlock,
    BlockId LastBlock,
    uint Chunks,
    long Transactions,
    ulong GasUsed,
    Hash256 StateRoot,
    int Attestations,
    int Quorum,
    DateTimeOffset? ProposedAt,
    DateTimeOffset? AttestedAt,
    DateTimeOffset? LandedAt,
    L1BlockRef? L1Block,
    Hash256? L1Transaction,
    ulong? Depth,
    ImmutableArray<BlobDocument> Blobs,
    ImmutableArray<AttemptDocument> Attempts,
    L1CostDocument? Cost,
    DateTimeOffset? ProvenAt,
    L1BlockRef? ProvenIn,
    SkipReason? Skipped,
    DateTimeOffset? Expires);

/// <summary>Schema CheckpointState.</summary>
internal enum CheckpointState
{
    /// <summary>Its proposer signed it.</summary>
    Proposed,

    /// <summary>A quorum signed it.</summary>
    Attested,

    /// <summary>Transactions with it are under way.</summary>
    Publishing,

    /// <summary>On L1, and shallow.</summary>
    Mined,

    /// <summary>On L1, at the depth that counts.</summary>
    Landed,

    /// <summary>Proven.</summary>
    Proven,

    /// <summary>Final.</summary>
    Finalized,

    /// <summary>Its time is over.</summary>
    Expired,

    /// <summary>It was removed from L1.</summary>
    Invalidated,

    /// <summary>On L1, and no part of the chain.</summary>
    Skipped,
}

/// <summary>Schema Blob. Used is what the frame puts into it.</summary>
internal sealed record BlobDocument(Hash256 VersionedHash, long Used, long Capacity);

/// <summary>Schema Attempt.</summary>
internal sealed record AttemptDocument(
    Address Publisher,
    ulong Nonce,
    Hash256? Hash,
    bool IsCancel,
    ulong DecidedAtBlock,
    ulong? SentAtBlock,
    UInt256 Tip,
    UInt256 FeeCap,
    UInt256 BlobFeeCap,
    AttemptState State,
    L1BlockRef? Inclusion);

/// <summary>What became of an attempt.</summary>
internal enum AttemptState
{
    /// <summary>Not signed yet.</summary>
    Decided,

    /// <summary>In a pool.</summary>
    Sent,

    /// <summary>A pool refused its price.</summary>
    Underpriced,

    /// <summary>A later attempt took its place.</summary>
    Replaced,

    /// <summary>Mined.</summary>
    Mined,

    /// <summary>Mined, and refused by the contract.</summary>
    Reverted,
}

/// <summary>Schema L1Cost.</summary>
internal sealed record L1CostDocument(double Gas, UInt256 Wei, double BlobGas, UInt256 BlobWei);
