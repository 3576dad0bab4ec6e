using System.Collections.Immutable;
using Cloud.Protocol.Messages;

namespace Cloud.Grains.Interfaces.Publishing;

/// <summary>A checkpoint to post.</summary>
/// <param name="Proposal">The checkpoint, without the last chunk.</param>
/// <param name="Certificate">The quorum's signatures.</param>
/// <param name="Chunks">Its chunks in order, with bodies.</param>
/// <param name="NotBefore">The earliest instant at which sending is of use.</param>
/// <param name="Expires">After it the checkpoint cannot land any more.</param>
/// <param name="InvalidateFirst">Number of a checkpoint with bad attestations that has to go in the same transaction; null for none.</param>
[GenerateSerializer]
[Immutable]
[Alias("PublicationRequest")]
public sealed record PublicationRequest(
    [property: Id(0)] CheckpointProposal Proposal,
    [property: Id(1)] CheckpointCertificate Certificate,
    [property: Id(2)] ImmutableArray<ChunkProposal> Chunks,
    [property: Id(3)] DateTimeOffset NotBefore,
    [property: Id(4)] DateTimeOffset Expires,
    [property: Id(5)] ulong? InvalidateFirst);
