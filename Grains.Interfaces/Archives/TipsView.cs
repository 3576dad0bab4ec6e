namespace Cloud.Grains.Interfaces.Archives;

/// <summary>The head of every view.</summary>
/// <param name="Proposed">Newest block that was re-executed.</param>
/// <param name="Attested">Newest block that may be submitted.</param>
/// <param name="Checkpointed">Newest block on L1.</param>
/// <param name="Proven">Newest proven block.</param>
/// <param name="Finalized">Newest final block.</param>
[GenerateSerializer]
[Immutable]
[Alias("TipsView")]
public sealed record TipsView(
    [property: Id(0)] TipView Proposed,
    [property: Id(1)] TipView Attested,
    [property: Id(2)] TipView Checkpointed,
    [property: Id(3)] TipView Proven,
    [property: Id(4)] TipView Finalized);
