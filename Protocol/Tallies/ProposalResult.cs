using System.Collections.Immutable;

namespace Cloud.Protocol.Tallies;

/// <summary>What adding a proposal gives.</summary>
/// <typeparam name="TCertificate">The tally's certificate.</typeparam>
/// <param name="Outcome">What was done with the proposal.</param>
/// <param name="Certificates">Certificates that attestations which came before the proposal complete; to be stored, once.</param>
public sealed record ProposalResult<TCertificate>(ProposalOutcome Outcome, ImmutableArray<TCertificate> Certificates);
