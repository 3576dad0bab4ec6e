namespace Cloud.Execution.Building;

/// <summary>How a chunk's gas and data are spread over its flashblocks (flashblocks 3.4): cumulatively, so that what one leaves the next one may use.</summary>
public static class FlashblockBudget
{
    /// <summary>What all flashblocks up to one may use together.</summary>
    /// <param name="chunk">What the chunk may use.</param>
    /// <param name="number">Number of the flashblock in the schedule, from 0.</param>
    /// <param name="count">How many the schedule has, from 1.</param>
    /// <returns>(number + 1) / count of gas and data, rounded down; the transactions are not spread.</returns>
    public static ChunkLimits Through(in ChunkLimits chunk, int number, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, count);
        return chunk with
        {
            Gas = (ulong)((UInt128)chunk.Gas * (uint)(number + 1) / (uint)count),
            Data = (long)((Int128)chunk.Data * (number + 1) / count),
        };
    }
}
