namespace Cloud.Grains.Faults;

/// <summary>The slasher's evidence as it is stored.</summary>
[GenerateSerializer]
[Alias("SlasherState")]
public sealed record SlasherState
{
    /// <summary>Evidence in its canonical encoding, in the order in which it was found.</summary>
    [Id(0)]
    public List<byte[]> Evidence { get; set; } = [];

    /// <summary>The oldest slot whose offences count.</summary>
    [Id(1)]
    public ulong Oldest { get; set; }
}
