using Cloud.Execution.Evm;
using Cloud.Execution.Processing;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Simulation;

/// <summary>What eth_estimateGas found.</summary>
public abstract record GasEstimate
{
    private GasEstimate()
    {
    }

    /// <summary>A gas limit with which the call succeeds.</summary>
    /// <param name="Gas">The limit; at most 1.5 % above the least that suffices.</param>
    public sealed record Found(ulong Gas) : GasEstimate;

    /// <summary>The call reverts, however much gas it gets.</summary>
    /// <param name="Output">Its reason, as the contract encoded it.</param>
    public sealed record Reverted(Bytes Output) : GasEstimate;

    /// <summary>The call halts for a reason that more gas does not mend.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Halted(HaltReason Reason) : GasEstimate;

    /// <summary>More gas is needed than is allowed, or than the sender can pay.</summary>
    /// <param name="Allowance">The most that was tried.</param>
    public sealed record ExceedsAllowance(ulong Allowance) : GasEstimate;

    /// <summary>It could not be run at all.</summary>
    /// <param name="Refusal">Why.</param>
    public sealed record Refused(ExecutionRefusal Refusal) : GasEstimate;
}
