namespace Cloud.Protocol.Checkpoints;

/// <summary>What the chunks of one slot may use together. Every node must use the same limits.</summary>
/// <param name="Gas">Gas.</param>
/// <param name="DataBytes">Bytes of transactions, as they are packed into blobs.</param>
/// <param name="Transactions">Transactions.</param>
public sealed record SlotLimits(ulong Gas, ulong DataBytes, ulong Transactions)
{
    /// <summary>No limits.</summary>
    public static SlotLimits None { get; } = new(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue);
}
