using Cloud.Protocol.Primitives;

namespace Cloud.Replica.Genesis;

/// <summary>How the base fee moves (EIP-1559). Consensus values.</summary>
/// <param name="InitialBaseFee">Base fee of block 0 in wei.</param>
/// <param name="MinBaseFee">The base fee never falls below it, in wei.</param>
/// <param name="Elasticity">The gas limit divided by this is the target, from 1.</param>
/// <param name="Denominator">The base fee moves by at most one part in this many per block, from 1.</param>
public sealed record FeeRules(UInt256 InitialBaseFee, UInt256 MinBaseFee, ulong Elasticity, ulong Denominator)
{
    /// <summary>One gwei at first, never below 1,000 wei, Ethereum's elasticity, and the denominator that rollups with short blocks use.</summary>
    public static FeeRules Default { get; } = new(1_000_000_000, 1_000, Execution.Building.BaseFee.DefaultElasticity, 50);
}
