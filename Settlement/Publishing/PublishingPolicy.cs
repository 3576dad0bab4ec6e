using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Publishing;

/// <summary>How much to pay and how long to wait. The section Publishing of the configuration.</summary>
public sealed record PublishingPolicy
{
    /// <summary>Least tip in wei.</summary>
    public UInt256 MinTip { get; init; } = 1_000_000_000UL;

    /// <summary>Least blob fee cap in wei.</summary>
    public UInt256 MinBlobFeeCap { get; init; } = 1_000_000_000UL;

    /// <summary>Most that a unit of gas may cost in wei. Above it a transaction is held and sent again unchanged.</summary>
    public UInt256 MaxFeeCap { get; init; } = 2_000_000_000_000UL;

    /// <summary>Most that a unit of blob gas may cost in wei.</summary>
    public UInt256 MaxBlobFeeCap { get; init; } = 3_000_000_000_000UL;

    /// <summary>Transactions of a lane that wait to be mined at the same time, 1 to 16 (geth's limit of an account).</summary>
    public int MaxInFlight { get; init; } = 2;

    /// <summary>L1 blocks without inclusion after which a transaction is looked at again: sent again, or replaced where it pays too little.</summary>
    public ulong RetryBlocks { get; init; } = 1;

    /// <summary>L1 blocks for which a nonce must be seen as used by a transaction that is not ours before the publication is given up and queued again.</summary>
    public ulong LostBlocks { get; init; } = 3;

    /// <summary>Seconds of an L1 slot: the next block is at least so much later than the newest one.</summary>
    public ulong L1BlockTime { get; init; } = 12;

    /// <summary>What a second of delay of a checkpoint is worth, in wei: posting waits for lower prices only where it saves more.</summary>
    public UInt256 DelayCost { get; init; } = 1_000_000_000_000UL;

    /// <summary>Most L1 blocks that posting waits for lower prices; 0 posts at once.</summary>
    public ulong MaxWaitBlocks { get; init; } = 8;

    /// <summary>L1 blocks before the deadline that are never waited into: room for a replacement and a missed block.</summary>
    public ulong MarginBlocks { get; init; } = 2;

    /// <summary>Checks the values.</summary>
    /// <returns>A sentence for each that breaks its rule; none where all are good.</returns>
    public IEnumerable<string> Check()
    {
        if (MaxInFlight is < 1 or > 16)
        {
            yield return $"Publishing:MaxInFlight is {MaxInFlight}; it is from 1 to 16.";
        }

        if (MaxFeeCap < MinTip * 2UL)
        {
            yield return $"Publishing:MaxFeeCap is {MaxFeeCap} wei; it is at least twice Publishing:MinTip, {MinTip}.";
        }

        if (MaxBlobFeeCap < MinBlobFeeCap)
        {
            yield return $"Publishing:MaxBlobFeeCap is {MaxBlobFeeCap} wei; it is at least Publishing:MinBlobFeeCap, {MinBlobFeeCap}.";
        }

        if (RetryBlocks == 0)
        {
            yield return "Publishing:RetryBlocks is 0; it is at least 1.";
        }

        if (LostBlocks == 0)
        {
            yield return "Publishing:LostBlocks is 0; it is at least 1.";
        }

        if (L1BlockTime == 0)
        {
            yield return "Publishing:L1BlockTime is 0; it is at least 1 second.";
        }
    }

    /// <summary>A first bid: room for the base fee to double.</summary>
    /// <param name="market">What L1 charges.</param>
    /// <returns>The bid, not above the ceilings.</returns>
    public FeeBid Suggest(in MarketFees market)
    {
        UInt256 tip = Max(market.Tip, MinTip);
        FeeBid bid = new(tip, tip + (market.BaseFee * 2UL), Max(market.BlobBaseFee * 2UL, MinBlobFeeCap));
        UInt256 feeCap = Min(bid.FeeCap, MaxFeeCap);
        return new FeeBid(Min(bid.Tip, feeCap), feeCap, Min(bid.BlobFeeCap, MaxBlobFeeCap));
    }

    /// <summary>A bid that pools take in the place of the highest one so far.</summary>
    /// <param name="highest">The highest of each price so far.</param>
    /// <param name="market">What L1 charges.</param>
    /// <returns>At least twice of each price, and what the market wants; null where that is above a ceiling.</returns>
    public FeeBid? Replace(in FeeBid highest, in MarketFees market)
    {
        FeeBid bid = highest.Doubled().Max(Suggest(market));
        return bid.FeeCap > MaxFeeCap || bid.BlobFeeCap > MaxBlobFeeCap || !bid.Covers(market, MinTip) ? null : bid;
    }

    private static UInt256 Max(in UInt256 left, in UInt256 right) => left > right ? left : right;

    private static UInt256 Min(in UInt256 left, in UInt256 right) => left < right ? left : right;
}
