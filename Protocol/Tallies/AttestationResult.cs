using System.Collections.Immutable;
using Cloud.Protocol.Messages;

namespace Cloud.Protocol.Tallies;

/// <summary>What adding a batch of attestations gives.</summary>
/// <typeparam name="TCertificate">The tally's certificate.</typeparam>
/// <param name="Outcomes">One for each attestation, in the batch's order.</param>
/// <param name="Certificates">Certificates that the batch completes; to be stored, once.</param>
/// <param name="Evidence">Against attesters, and against the proposer where an attestation shows a second payload of it.</param>
public sealed record AttestationResult<TCertificate>(
    ImmutableArray<AttestationOutcome> Outcomes, ImmutableArray<TCertificate> Certificates, ImmutableArray<Evidence> Evidence);
