using Cloud.Protocol.Signing;

namespace Cloud.Grains.Signing;

/// <summary>What one key signed, as it is stored: the record that is written on a condition before a signature leaves.</summary>
[GenerateSerializer]
[Alias("LedgerState")]
public sealed record LedgerState
{
    /// <summary>The watermarks in the order of <see cref="SigningWatermarks"/>.</summary>
    [Id(0)]
    public ulong[] Watermarks { get; set; } = new ulong[6];

    /// <summary>The records.</summary>
    [Id(1)]
    public List<LedgerEntry> Signed { get; set; } = [];

    /// <summary>What the newest flashblocks say that were signed, in their canonical encodings; empty where the process's journal is enough.</summary>
    [Id(2)]
    public List<byte[]> Flashblocks { get; set; } = [];

    /// <summary>The watermarks.</summary>
    /// <returns>Slots by kind of duty.</returns>
    public SigningWatermarks ToWatermarks() => new(Watermarks[0], Watermarks[1], Watermarks[2], Watermarks[3], Watermarks[4], Watermarks[5]);

    /// <summary>Sets the watermarks.</summary>
    /// <param name="watermarks">The watermarks.</param>
    public void Set(in SigningWatermarks watermarks) =>
        Watermarks =
        [
            watermarks.Flashblocks, watermarks.Chunks, watermarks.Checkpoints, watermarks.ChunkAttestations, watermarks.CheckpointAttestations, watermarks.Publications,
        ];
}
