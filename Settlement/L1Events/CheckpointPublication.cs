using System.Collections.Immutable;
using Cloud.Protocol.Messages;

namespace Cloud.Settlement.L1Events;

/// <summary>A checkpoint to post on L1.</summary>
/// <param name="Header">The checkpoint.</param>
/// <param name="Certificate">The quorum's signatures on it; they travel with the data. Null where the rollup has no committee.</param>
/// <param name="Chunks">Its chunks in order, with bodies.</param>
/// <param name="NotBefore">The earliest instant at which sending is of use.</param>
/// <param name="Expires">After it the checkpoint cannot land any more.</param>
/// <param name="InvalidateFirst">Number of a checkpoint with bad attestations that has to go in the same transaction; null for none.</param>
public sealed record CheckpointPublication(
    CheckpointHeader Header,
    CheckpointCertificate? Certificate,
    ImmutableArray<ChunkProposal> Chunks,
    DateTimeOffset NotBefore,
    DateTimeOffset Expires,
    ulong? InvalidateFirst = null);
