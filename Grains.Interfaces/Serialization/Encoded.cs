namespace Cloud.Grains.Interfaces.Serialization;

/// <summary>What stands for a value of the protocol between grains: its canonical encoding.</summary>
[GenerateSerializer]
[Alias("Encoded")]
public struct Encoded
{
    /// <summary>The encoding.</summary>
    [Id(0)]
    public byte[] Bytes { get; set; }
}
