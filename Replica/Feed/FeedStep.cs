using System.Collections.Immutable;

namespace Cloud.Replica.Feed;

/// <summary>What one input gives.</summary>
/// <param name="Outcome">What was done with it.</param>
/// <param name="Effects">What follows, in order.</param>
public readonly record struct FeedStep(FeedOutcome Outcome, ImmutableArray<FeedEffect> Effects);
