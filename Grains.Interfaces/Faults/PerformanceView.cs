namespace Cloud.Grains.Interfaces.Faults;

/// <summary>How a validator did its duties. A record of performance, not evidence of anything.</summary>
/// <param name="Sent">Attestations in time.</param>
/// <param name="Late">Attestations after the certificate was complete.</param>
/// <param name="Missed">Attestations that did not come where there was something good to sign.</param>
/// <param name="Invalid">Attestations of something else than what counted, or of two things.</param>
/// <param name="Proposed">Slots whose checkpoint was mined or valid.</param>
/// <param name="NotProposed">Slots in which it should have proposed and did not, or not validly.</param>
[GenerateSerializer]
[Immutable]
[Alias("PerformanceView")]
public sealed record PerformanceView(
    [property: Id(0)] int Sent,
    [property: Id(1)] int Late,
    [property: Id(2)] int Missed,
    [property: Id(3)] int Invalid,
    [property: Id(4)] int Proposed,
    [property: Id(5)] int NotProposed);
