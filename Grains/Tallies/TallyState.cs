namespace Cloud.Grains.Tallies;

/// <summary>What is stored of a tally: it grows by a proposal and by a certificate, and never shrinks.</summary>
[GenerateSerializer]
[Alias("TallyState")]
public sealed record TallyState
{
    /// <summary>The distinct proposals in their canonical encodings, in the order in which they came; the first with its bodies where they were here.</summary>
    [Id(0)]
    public List<byte[]> Proposals { get; set; } = [];

    /// <summary>The certificates in their canonical encodings.</summary>
    [Id(1)]
    public List<byte[]> Certificates { get; set; } = [];
}
