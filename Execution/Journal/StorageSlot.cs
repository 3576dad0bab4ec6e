using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Journal;

/// <summary>One slot that the fork has met.</summary>
internal struct StorageSlot
{
    public UInt256 Key;

    /// <summary>The value now.</summary>
    public UInt256 Current;

    /// <summary>The value before the transaction <see cref="OriginalTransaction"/> changed it; what it is worth in any other transaction is <see cref="Current"/>.</summary>
    public UInt256 Original;

    /// <summary>The value when changes were last taken.</summary>
    public UInt256 Taken;

    public int OriginalTransaction;

    /// <summary>The transaction in which the slot is warm (EIP-2929).</summary>
    public int WarmTransaction;

    /// <summary>Whether the slot stands in its account's list of dirty slots.</summary>
    public bool IsDirty;
}
