namespace Cloud.Bench;

/// <summary>One line of a benchmark's result, as --json writes it.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Ours">Our figure.</param>
/// <param name="Peer">The figure of what it is compared with in the same run, if there is such.</param>
/// <param name="Ratio">Above 1 where ours is better; null without a peer.</param>
/// <param name="Unit">Unit of both figures.</param>
public sealed record Measurement(string Name, double Ours, double? Peer, double? Ratio, string Unit);
