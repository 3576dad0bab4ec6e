using Cloud.Execution.Evm;
using Cloud.Execution.Processing;
using Cloud.Execution.State;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Simulation;

/// <summary>Searches the least gas limit with which a call succeeds (eth_estimateGas).</summary>
public static class GasEstimator
{
    // As other clients: the search ends when the bounds are as close, in parts of a thousand of the upper one.
    private const ulong Tolerance = 15;

    /// <summary>Searches. Runs the call some ten times at most.</summary>
    /// <param name="execution">The runner to use; it is opened on the state anew.</param>
    /// <param name="state">The state to run on, with overrides where there are some.</param>
    /// <param name="rules">The rules in force.</param>
    /// <param name="block">The block to run in.</param>
    /// <param name="call">The call. A gas limit of 0 means that none was given.</param>
    /// <param name="sender">Who calls.</param>
    /// <param name="gasCap">Most gas to try.</param>
    /// <returns>The limit, or why there is none.</returns>
    public static GasEstimate Estimate(
        BlockExecution execution, IStateReader state, ForkRules rules, BlockContext block, TransactionFields call, in Address sender, ulong gasCap)
    {
        execution.Open(state, rules, block);
        ulong high = Math.Min(call.GasLimit >= IntrinsicGas.Base ? call.GasLimit : block.GasLimit, Math.Min(block.GasLimit, gasCap));
        if (rules.HasTransactionGasCap)
        {
            high = Math.Min(high, TransactionFields.MaxGasLimit);
        }

        if (!call.MaxFeePerGas.IsZero)
        {
            UInt256 balance = state.TryGetAccount(in sender, out Account account) ? account.Balance : UInt256.Zero;
            if (balance < call.Value)
            {
                return new GasEstimate.Refused(new ExecutionRefusal.InsufficientFunds(sender, balance, call.Value));
            }

            UInt256 affordable = (balance - call.Value) / call.MaxFeePerGas;
            high = affordable < (UInt256)high ? affordable.U0 : high;
        }

        // A plain transfer costs what every transaction costs: most calls end here.
        if (call.Data.IsEmpty && call.AccessList.IsEmpty && call.Authorizations.IsEmpty && high >= IntrinsicGas.Base
            && call.To is { } to && !(state.TryGetAccount(in to, out Account receiver) && receiver.CodeHash != Keccak256.OfEmpty)
            && execution.Simulate(call with { GasLimit = IntrinsicGas.Base }, in sender) is TransactionResult.Included { Execution: ExecutionResult.Succeeded })
        {
            return new GasEstimate.Found(IntrinsicGas.Base);
        }

        IntrinsicGas intrinsic = IntrinsicGas.Of(call, rules.Fork);
        if (high < intrinsic.Minimum)
        {
            return new GasEstimate.ExceedsAllowance(high);
        }

        switch (execution.Simulate(call with { GasLimit = high }, in sender))
        {
            case TransactionResult.Included { Execution: ExecutionResult.Succeeded succeeded } included:
                // What was used before refunds, with what a call must leave behind at each level, nearly always suffices.
                ulong gross = high - (ulong)succeeded.GasLeft;
                ulong guess = (gross + GasSchedule.CallStipend) * 64 / 63;
                ulong low = Math.Max(included.GasUsed, intrinsic.Minimum) - 1;
                return new GasEstimate.Found(Search(execution, call, in sender, low, high, Math.Max(guess, intrinsic.Minimum)));
            case TransactionResult.Included { Execution: ExecutionResult.Reverted reverted }:
                return new GasEstimate.Reverted(reverted.Output);
            case TransactionResult.Included { Execution: ExecutionResult.Halted { Reason: HaltReason.OutOfGas or HaltReason.CodeStoreOutOfGas } }:
                return new GasEstimate.ExceedsAllowance(high);
            case TransactionResult.Included { Execution: ExecutionResult.Halted halted }:
                return new GasEstimate.Halted(halted.Reason);
            case TransactionResult.Refused refused:
                return new GasEstimate.Refused(refused.Refusal);
            default:
                throw new InvalidOperationException("A simulation is included or refused.");
        }
    }

    /// <summary>The least limit that suffices, nearly; <paramref name="low"/> does not, <paramref name="high"/> does.</summary>
    private static ulong Search(BlockExecution execution, TransactionFields call, in Address sender, ulong low, ulong high, ulong guess)
    {
        ulong middle = guess;
        bool isGuess = true;
        while (low + 1 < high)
        {
            if (!isGuess && (UInt128)(high - low) * 1000 < (UInt128)high * Tolerance)
            {
                break;
            }

            if (!isGuess || middle <= low || middle >= high)
            {
                // Most calls need little: from a wide range the way down is quicker by doubling.
                middle = Math.Min(low + ((high - low) / 2), low < ulong.MaxValue / 2 ? low * 2 : low);
                middle = Math.Max(middle, low + 1);
            }

            isGuess = false;
            bool suffices = execution.Simulate(call with { GasLimit = middle }, in sender)
                is TransactionResult.Included { Execution: ExecutionResult.Succeeded };
            if (suffices)
            {
                high = middle;
            }
            else
            {
                low = middle;
            }
        }

        return high;
    }
}
