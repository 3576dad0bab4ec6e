using Cloud.Settlement.Transactions;

namespace Cloud.Settlement.Publishing;

/// <summary>A checkpoint to post.</summary>
/// <param name="Payload">What its transaction is made of, with the proposer's signature.</param>
/// <param name="Sidecar">The payload's blobs with their proofs.</param>
/// <param name="NotBefore">Time of L1, Unix seconds, from which the contract takes it: the start of its slot.</param>
/// <param name="Deadline">Time of L1, Unix seconds, from which the contract refuses it.</param>
public sealed record PublicationRequest(PublicationPayload Payload, BlobSidecar Sidecar, ulong NotBefore, ulong Deadline);
