using System.Collections.Frozen;

namespace Cloud.Gateway.Status;

/// <summary>Names of the status API's events.</summary>
internal static class EventNames
{
    public const string Transaction = "transaction";
    public const string Flashblock = "flashblock";
    public const string FlashblockWithdrawn = "flashblock-withdrawn";
    public const string Chunk = "chunk";
    public const string Slot = "slot";
    public const string Tip = "tip";
    public const string Checkpoint = "checkpoint";
    public const string Reorg = "reorg";
    public const string Broken = "broken";
    public const string Evidence = "evidence";
    public const string Publisher = "publisher";
    public const string Health = "health";
    public const string Heartbeat = "heartbeat";
    public const string Reset = "reset";
    public const string Closing = "closing";

    /// <summary>All that a reader can ask for.</summary>
    public static FrozenSet<string> All { get; } = FrozenSet.ToFrozenSet(
        [
            Transaction, Flashblock, FlashblockWithdrawn, Chunk, Slot, Tip, Checkpoint, Reorg, Broken, Evidence, Publisher, Health, Heartbeat, Reset, Closing,
        ],
        StringComparer.Ordinal);
}
