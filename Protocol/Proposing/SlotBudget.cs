using Cloud.Protocol.Checkpoints;

namespace Cloud.Protocol.Proposing;

/// <summary>How a slot's limits are shared out among its chunks (building-in-chunks 3.2). What one chunk leaves, later ones may use.</summary>
public static class SlotBudget
{
    /// <summary>The limits of the next chunk when proposing: what is left, but no more than 1.2 (data 1.5) times an even share of it.</summary>
    /// <param name="slot">Limits of the slot.</param>
    /// <param name="used">What the slot's chunks have used.</param>
    /// <param name="built">How many chunks there are.</param>
    /// <param name="chunks">How many there can be.</param>
    /// <returns>The limits; those of a validator are simply what is left.</returns>
    public static SlotLimits Next(SlotLimits slot, SlotLimits used, int built, int chunks)
    {
        ArgumentNullException.ThrowIfNull(slot);
        ArgumentNullException.ThrowIfNull(used);
        ulong remaining = (ulong)Math.Max(1, chunks - built);
        return new SlotLimits(
            Share(slot.Gas, used.Gas, remaining, 12), Share(slot.DataBytes, used.DataBytes, remaining, 15), Share(slot.Transactions, used.Transactions, remaining, 12));
    }

    private static ulong Share(ulong limit, ulong used, ulong chunks, uint tenths)
    {
        ulong left = limit > used ? limit - used : 0;
        UInt128 share = (((UInt128)left * tenths) + (10 * chunks) - 1) / (10 * chunks);
        return share < left ? (ulong)share : left;
    }
}
