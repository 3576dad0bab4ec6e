using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Publishing;

/// <summary>The three prices that a transaction with blobs names, in wei.</summary>
/// <param name="Tip">Highest tip, a unit of gas.</param>
/// <param name="FeeCap">Most a unit of gas may cost, tip included.</param>
/// <param name="BlobFeeCap">Most a unit of blob gas may cost.</param>
public readonly record struct FeeBid(UInt256 Tip, UInt256 FeeCap, UInt256 BlobFeeCap)
{
    /// <summary>Whether a block with these fees can take the transaction and still pays its proposer the given tip.</summary>
    /// <param name="market">What L1 charges.</param>
    /// <param name="minTip">The least tip that gets a transaction in.</param>
    /// <returns>Whether there is no need to pay more.</returns>
    public bool Covers(in MarketFees market, in UInt256 minTip) => Tip >= minTip && FeeCap >= market.BaseFee + minTip && BlobFeeCap >= market.BlobBaseFee;

    /// <summary>The higher of two bids, price by price.</summary>
    /// <param name="other">The other bid.</param>
    /// <returns>A bid that is at least both.</returns>
    public FeeBid Max(in FeeBid other) => new(
        Tip > other.Tip ? Tip : other.Tip, FeeCap > other.FeeCap ? FeeCap : other.FeeCap, BlobFeeCap > other.BlobFeeCap ? BlobFeeCap : other.BlobFeeCap);

    /// <summary>Twice every price: what geth's blob pool wants for a replacement.</summary>
    /// <returns>The bid.</returns>
    public FeeBid Doubled() => new(Tip * 2UL, FeeCap * 2UL, BlobFeeCap * 2UL);
}
