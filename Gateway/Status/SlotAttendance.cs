using System.Collections.Immutable;
using Cloud.Protocol.Tallies;

namespace Cloud.Gateway.Status;

/// <summary>What the members of a slot's committee did about its checkpoint.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Members">All members.</param>
public sealed record SlotAttendance(ulong Slot, ImmutableArray<MemberAttendance> Members);
