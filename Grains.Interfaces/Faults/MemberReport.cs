using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;

namespace Cloud.Grains.Interfaces.Faults;

/// <summary>What a committee member did.</summary>
/// <param name="Member">The member.</param>
/// <param name="Attendance">What it did.</param>
/// <param name="At">When; null where it did nothing.</param>
[GenerateSerializer]
[Immutable]
[Alias("MemberReport")]
public sealed record MemberReport([property: Id(0)] Address Member, [property: Id(1)] Attendance Attendance, [property: Id(2)] DateTimeOffset? At);
