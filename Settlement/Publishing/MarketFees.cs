using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Publishing;

/// <summary>What L1 charges now, in wei.</summary>
/// <param name="BaseFee">Base fee of the next block, a unit of gas.</param>
/// <param name="Tip">Tip that gets transactions in.</param>
/// <param name="BlobBaseFee">Blob base fee of the next block, a unit of blob gas.</param>
public readonly record struct MarketFees(UInt256 BaseFee, UInt256 Tip, UInt256 BlobBaseFee);
