using Cloud.Protocol.Primitives;

namespace Cloud.Grains.Interfaces.Publishing;

/// <summary>Where a publication stands.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="PayloadHash">Hash of the checkpoint's header.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Number">Number of the checkpoint on L1, where it landed.</param>
/// <param name="Reason">Why it did not land.</param>
[GenerateSerializer]
[Immutable]
[Alias("PublicationView")]
public sealed record PublicationView(
    [property: Id(0)] ulong Slot, [property: Id(1)] Hash256 PayloadHash, [property: Id(2)] PublicationState State, [property: Id(3)] ulong? Number, [property: Id(4)] string Reason);
