namespace Cloud.Gateway.Flashblocks;

/// <summary>Bounds of the flashblock stream. Bound from the section <c>Gateway:Flashblocks</c>.</summary>
public sealed class FlashblockStreamOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Gateway:Flashblocks";

    /// <summary>Most flashblocks that are kept for those who come back, from 16.</summary>
    public int MaxFrames { get; set; } = 2048;

    /// <summary>Most bytes that are kept for those who come back, from 1 MiB.</summary>
    public long MaxFrameBytes { get; set; } = 32 << 20;

    /// <summary>Most subscribers, from 1.</summary>
    public int MaxSubscribers { get; set; } = 10_000;
}
