using Cloud.Execution.Evm;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Processing;

/// <summary>What became of a transaction.</summary>
public abstract record TransactionResult
{
    private TransactionResult()
    {
    }

    /// <summary>It is part of the block.</summary>
    /// <param name="Receipt">Its receipt.</param>
    /// <param name="GasUsed">Gas that it used alone.</param>
    /// <param name="EffectiveGasPrice">Wei per gas that it paid; zero for deposits.</param>
    /// <param name="Created">Address of the contract that it created; null for a call or where that failed.</param>
    /// <param name="Execution">How its call ended; null for a deposit that failed before it could run.</param>
    public sealed record Included(Receipt Receipt, ulong GasUsed, UInt256 EffectiveGasPrice, Address? Created, ExecutionResult? Execution) : TransactionResult;

    /// <summary>It ran and failed, and the caller wanted such transactions left out: nothing of it remains.</summary>
    /// <param name="GasUsed">Gas that it would have used.</param>
    /// <param name="Execution">How its call ended.</param>
    public sealed record Discarded(ulong GasUsed, ExecutionResult Execution) : TransactionResult;

    /// <summary>It cannot be part of the block: nothing of it remains.</summary>
    /// <param name="Refusal">Why.</param>
    public sealed record Refused(ExecutionRefusal Refusal) : TransactionResult;
}
