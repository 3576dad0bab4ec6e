using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Pool;

/// <summary>What the fee recipient earns per gas (EIP-1559).</summary>
public static class EffectiveTip
{
    /// <summary>Computes the tip at a base fee.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="baseFeePerGas">In wei.</param>
    /// <param name="tip">Wei per gas; 0 where the result is false.</param>
    /// <returns>False where the transaction does not even pay the base fee.</returns>
    public static bool TryGet(Transaction transaction, in UInt256 baseFeePerGas, out UInt256 tip)
    {
        if (UInt256.SubtractUnderflows(transaction.MaxFeePerGas, baseFeePerGas, out UInt256 room))
        {
            tip = default;
            return false;
        }

        tip = UInt256.Min(room, transaction.MaxPriorityFeePerGas);
        return true;
    }
}
