using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Tallies;

/// <summary>A committee member's part in one position.</summary>
/// <param name="Member">The member.</param>
/// <param name="Attendance">What it did.</param>
/// <param name="At">When its first attestation arrived; null where none did.</param>
public readonly record struct MemberAttendance(Address Member, Attendance Attendance, DateTimeOffset? At);
