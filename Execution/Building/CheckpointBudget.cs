namespace Cloud.Execution.Building;

/// <summary>How a checkpoint's limits are spread over its chunks (building-in-chunks 3.2). A chunk may take more than an even share, so that a large transaction fits; what it leaves rolls over to the later ones.</summary>
/// <remarks>Only proposers hold themselves to a share. Verifiers check the rest of the checkpoint's limits alone.</remarks>
public static class CheckpointBudget
{
    /// <summary>By how many percent of an even share of gas and transactions a chunk is bounded.</summary>
    public const int GasPercent = 120;

    /// <summary>By how many percent of an even share of data a chunk is bounded.</summary>
    public const int DataPercent = 150;

    /// <summary>What the next chunk may use.</summary>
    /// <param name="checkpoint">What the checkpoint may use.</param>
    /// <param name="used">What its chunks so far have used.</param>
    /// <param name="chunksLeft">How many chunks are still to be built, this one included; less than 1 counts as 1.</param>
    /// <param name="chunk">The most that any chunk may use.</param>
    /// <returns>The smallest of share, rest and cap. The last chunk may use all that is left.</returns>
    public static ChunkLimits Next(in ChunkLimits checkpoint, in ChunkLimits used, int chunksLeft, in ChunkLimits chunk)
    {
        ChunkLimits rest = checkpoint.Minus(in used);
        uint left = (uint)Math.Max(1, chunksLeft);
        ChunkLimits share = new(
            (ulong)Share(rest.Gas, GasPercent),
            (int)Share((uint)rest.Transactions, GasPercent),
            (long)Share((ulong)rest.Data, DataPercent));
        return ChunkLimits.Min(ChunkLimits.Min(in share, in rest), in chunk);

        // The even share times the multiplier, rounded up, and never above the rest.
        UInt128 Share(ulong amount, uint percent) =>
            UInt128.Min(amount, (((UInt128)amount * percent) + (100 * left) - 1) / (100 * left));
    }
}
