using System.Collections.Immutable;
using Cloud.Protocol.Faults;
using Cloud.Protocol.Primitives;

namespace Cloud.Grains.Interfaces.Faults;

/// <summary>What became of a slot.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Proposer">Its proposer.</param>
/// <param name="Result">What became of it.</param>
/// <param name="Members">What the committee's members did about its checkpoint.</param>
[GenerateSerializer]
[Immutable]
[Alias("SlotReport")]
public sealed record SlotReport(
    [property: Id(0)] ulong Slot, [property: Id(1)] Address Proposer, [property: Id(2)] SlotResult Result, [property: Id(3)] ImmutableArray<MemberReport> Members);
