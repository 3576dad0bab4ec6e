using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Publishing;

/// <summary>Something that the lane cannot solve by itself.</summary>
public abstract record LaneAlarm
{
    private LaneAlarm()
    {
    }

    /// <summary>What is wrong, and what to do.</summary>
    public abstract string Message { get; }

    /// <summary>Fees are above the ceiling; the transaction waits as it is.</summary>
    /// <param name="Slot">The publication's slot.</param>
    /// <param name="Market">What L1 charges.</param>
    public sealed record FeeCeiling(ulong Slot, MarketFees Market) : LaneAlarm
    {
        /// <inheritdoc/>
        public override string Message =>
            $"Posting slot {Slot} costs more than allowed: base fee {Market.BaseFee} wei, blob base fee {Market.BlobBaseFee} wei. Raise Publishing:MaxFeeCap or Publishing:MaxBlobFeeCap, or wait.";
    }

    /// <summary>The key cannot pay for the next publication.</summary>
    /// <param name="Publisher">The key.</param>
    /// <param name="Balance">Its balance in wei.</param>
    /// <param name="Needed">What is needed in wei.</param>
    public sealed record Unfunded(Address Publisher, UInt256 Balance, UInt256 Needed) : LaneAlarm
    {
        /// <inheritdoc/>
        public override string Message => $"Publisher {Publisher} has {Balance} wei and needs {Needed}. Send ETH to it, or list another key in L1:Publishers.";
    }

    /// <summary>The key has transactions without blobs in the pool.</summary>
    /// <param name="Publisher">The key.</param>
    public sealed record WrongKind(Address Publisher) : LaneAlarm
    {
        /// <inheritdoc/>
        public override string Message => $"Pools refuse blobs of {Publisher} while it has transactions without blobs. Use the key for nothing else; they go on once those are mined.";
    }

    /// <summary>A pool refuses for a reason that does not pass by itself.</summary>
    /// <param name="Slot">The publication's slot.</param>
    /// <param name="Reason">The node's words.</param>
    public sealed record Refused(ulong Slot, string Reason) : LaneAlarm
    {
        /// <inheritdoc/>
        public override string Message => $"L1 refuses the transaction for slot {Slot}: {Reason}.";
    }

    /// <summary>The key's balance does not last.</summary>
    /// <param name="Publisher">The key.</param>
    /// <param name="Balance">Its balance in wei.</param>
    /// <param name="Runway">Publications that it pays for at today's prices.</param>
    public sealed record LowRunway(Address Publisher, UInt256 Balance, ulong Runway) : LaneAlarm
    {
        /// <inheritdoc/>
        public override string Message => $"Publisher {Publisher} has {Balance} wei, enough for {Runway} publications at today's prices. Send ETH to it soon.";
    }

    /// <summary>A key does not sign.</summary>
    /// <param name="Publisher">The key.</param>
    /// <param name="Reason">Why, and what to do.</param>
    public sealed record NotSigned(Address Publisher, string Reason) : LaneAlarm
    {
        /// <inheritdoc/>
        public override string Message => $"Publisher {Publisher} did not sign: {Reason}.";
    }

    /// <summary>What a publication is made of is gone; what is in flight of it goes on by itself.</summary>
    /// <param name="Slot">The publication's slot.</param>
    public sealed record PayloadMissing(ulong Slot) : LaneAlarm
    {
        /// <inheritdoc/>
        public override string Message => $"The blobs of slot {Slot} are missing in the publisher's store. Check its folder; the slot is given up when its time is over.";
    }
}
