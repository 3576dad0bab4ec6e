using System.Collections.Immutable;
using Cloud.Settlement.Deployment;
using Cloud.Settlement.Following;

namespace Cloud.Settlement.Proving;

/// <summary>What one step of a prover gave.</summary>
/// <param name="Events">What its follower found out.</param>
/// <param name="Statement">The statement that it stands for now; null where no epoch is complete.</param>
/// <param name="Shares">How many provers' signatures it has of it.</param>
/// <param name="Submitted">What became of the proof's transaction; null where none was sent.</param>
/// <param name="Problem">What keeps it from proving; null for nothing.</param>
public sealed record ProverStep(ImmutableArray<FollowerEvent> Events, EpochStatement? Statement, int Shares, SenderOutcome? Submitted, string? Problem);
