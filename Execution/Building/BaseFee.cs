using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Building;

/// <summary>How the base fee moves from block to block (EIP-1559).</summary>
public static class BaseFee
{
    /// <summary>The gas limit divided by this is the target.</summary>
    public const ulong DefaultElasticity = 2;

    /// <summary>The base fee moves by at most one part in this many per block.</summary>
    public const ulong DefaultDenominator = 8;

    /// <summary>The base fee of a block.</summary>
    /// <param name="parentBaseFee">Base fee of the parent in wei.</param>
    /// <param name="parentGasUsed">Gas that the parent used.</param>
    /// <param name="parentGasLimit">Gas limit of the parent, at least the elasticity.</param>
    /// <param name="elasticity">The gas limit divided by this is the target, from 1.</param>
    /// <param name="denominator">Bound of the change, from 1.</param>
    /// <returns>In wei.</returns>
    public static UInt256 Next(
        in UInt256 parentBaseFee, ulong parentGasUsed, ulong parentGasLimit, ulong elasticity = DefaultElasticity, ulong denominator = DefaultDenominator)
    {
        ArgumentOutOfRangeException.ThrowIfZero(elasticity);
        ArgumentOutOfRangeException.ThrowIfZero(denominator);
        ulong target = parentGasLimit / elasticity;
        ArgumentOutOfRangeException.ThrowIfZero(target, nameof(parentGasLimit));
        if (parentGasUsed == target)
        {
            return parentBaseFee;
        }

        ulong distance = parentGasUsed > target ? parentGasUsed - target : target - parentGasUsed;
        UInt256 change = parentBaseFee * (UInt256)distance / (UInt256)target / (UInt256)denominator;
        return parentGasUsed < target ? parentBaseFee - change : parentBaseFee + UInt256.Max(change, UInt256.One);
    }
}
