using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Contracts;

/// <summary>The ends of the chain as the contract has them.</summary>
/// <param name="PendingNumber">Number of the last posted checkpoint.</param>
/// <param name="PendingSlot">Its slot.</param>
/// <param name="PendingDeposits">Messages consumed up to it.</param>
/// <param name="ProvenNumber">Number of the last proven checkpoint.</param>
/// <param name="PruneDue">Whether the next propose starts at the proven checkpoint, since the window for a proof has passed.</param>
public sealed record RollupTips(ulong PendingNumber, ulong PendingSlot, ulong PendingDeposits, ulong ProvenNumber, bool PruneDue)
{
    /// <summary>Reads what the contract's tips function returns.</summary>
    /// <param name="data">Its return data.</param>
    /// <returns>The tips; null where the data is something else.</returns>
    public static RollupTips? Read(Bytes data)
    {
        AbiReader reader = new(data.Span);
        RollupTips tips = new(reader.UInt64(), reader.UInt64(), reader.UInt64(), reader.UInt64(), reader.Boolean());
        return reader.Failed ? null : tips;
    }
}
