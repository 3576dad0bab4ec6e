using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Grains.Interfaces.Faults;

/// <summary>An offence that is proven.</summary>
/// <param name="Offender">Who committed it.</param>
/// <param name="Offence">What it is.</param>
/// <param name="Slot">The slot.</param>
/// <param name="Position">Where, in words.</param>
/// <param name="Evidence">What proves it, in its canonical encoding.</param>
[GenerateSerializer]
[Immutable]
[Alias("FaultView")]
public sealed record FaultView(
    [property: Id(0)] Address Offender, [property: Id(1)] Offence Offence, [property: Id(2)] ulong Slot, [property: Id(3)] string Position, [property: Id(4)] byte[] Evidence);
