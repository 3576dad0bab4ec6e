using Cloud.Settlement.Deployment;

namespace Cloud.Settlement.Keeping;

/// <summary>What a keeper did.</summary>
/// <param name="Duty">Which duty, such as <c>setUpEpoch 7</c>.</param>
/// <param name="Outcome">What became of its transaction.</param>
public sealed record KeeperAction(string Duty, SenderOutcome Outcome);
