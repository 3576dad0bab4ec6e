using System.Collections.Immutable;

namespace Cloud.Settlement.Publishing;

/// <summary>What a lane decided.</summary>
/// <param name="State">To be stored, with the reports among the actions, before anything is done.</param>
/// <param name="Actions">To be done in this order. Whatever is not done because of a crash is decided again.</param>
public sealed record LaneDecision(LaneState State, ImmutableArray<LaneAction> Actions);
