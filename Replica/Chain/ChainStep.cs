using System.Collections.Immutable;

namespace Cloud.Replica.Chain;

/// <summary>What one input gives.</summary>
/// <param name="Outcome">What was done with it.</param>
/// <param name="Effects">What follows, in order.</param>
public readonly record struct ChainStep(ChainOutcome Outcome, ImmutableArray<ChainEffect> Effects);
