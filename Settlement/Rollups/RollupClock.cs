using Cloud.Settlement.Contracts;

namespace Cloud.Settlement.Rollups;

/// <summary>The contract's time: slots and epochs as functions of a block's timestamp (contracts/src/Clock.sol).</summary>
/// <param name="GenesisTime">Start of slot 0, Unix seconds.</param>
/// <param name="SlotDuration">Seconds of a slot.</param>
/// <param name="EpochSlots">Slots of an epoch.</param>
/// <param name="InclusionWindow">Slots in which a checkpoint may be posted, its own first.</param>
/// <param name="CommitteeLag">Epochs from the set-up that draws a committee to the committee's epoch.</param>
/// <param name="ProofWindow">Epochs after its own in which an epoch may be proven.</param>
public readonly record struct RollupClock(ulong GenesisTime, uint SlotDuration, uint EpochSlots, uint InclusionWindow, uint CommitteeLag, uint ProofWindow)
{
    /// <summary>The clock of a deployment.</summary>
    /// <param name="parameters">What it fixes.</param>
    /// <returns>The clock.</returns>
    public static RollupClock Of(RollupParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return new RollupClock(
            parameters.GenesisTime, parameters.SlotDuration, parameters.EpochSlots, parameters.InclusionWindow, parameters.CommitteeLag, parameters.ProofWindow);
    }

    /// <summary>The slot of a time.</summary>
    /// <param name="timestamp">Unix seconds.</param>
    /// <returns>The slot; null before genesis.</returns>
    public ulong? SlotAt(ulong timestamp) => timestamp < GenesisTime ? null : (timestamp - GenesisTime) / SlotDuration;

    /// <summary>The epoch of a time.</summary>
    /// <param name="timestamp">Unix seconds.</param>
    /// <returns>The epoch; null before genesis.</returns>
    public ulong? EpochAt(ulong timestamp) => SlotAt(timestamp) is { } slot ? EpochOf(slot) : null;

    /// <summary>The epoch of a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>The epoch.</returns>
    public ulong EpochOf(ulong slot) => slot / EpochSlots;

    /// <summary>Start of a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>Unix seconds.</returns>
    public ulong StartOf(ulong slot) => GenesisTime + (slot * SlotDuration);

    /// <summary>From when on the contract refuses the checkpoint of a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>Unix seconds.</returns>
    public ulong DeadlineOf(ulong slot) => StartOf(slot + InclusionWindow);
}
