using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Evm;

/// <summary>Hears what the EVM does. Without one, execution pays nothing for it: steps come from code that is compiled with trace instructions.</summary>
public abstract class Tracer
{
    /// <summary>Whether <see cref="OnStep"/> is to be called. Execution is much slower then.</summary>
    public virtual bool WantsSteps => false;

    /// <summary>A call begins, from outside or from a contract. Also for precompiled contracts and accounts without code.</summary>
    /// <param name="call">The call.</param>
    public virtual void OnEnter(in CallInfo call)
    {
    }

    /// <summary>The call that began last, and did not end yet, ends.</summary>
    /// <param name="gasUsed">Gas that it used.</param>
    /// <param name="output">What it returned, or its reason to revert.</param>
    /// <param name="isReverted">Whether it reverted.</param>
    /// <param name="halt">Why it halted exceptionally, or none.</param>
    public virtual void OnExit(long gasUsed, ReadOnlySpan<byte> output, bool isReverted, HaltReason halt)
    {
    }

    /// <summary>An instruction is about to run.</summary>
    /// <param name="step">What the contract has before it.</param>
    public virtual void OnStep(in StepInfo step)
    {
    }

    /// <summary>A contract emits a log, which stays if no call around it fails.</summary>
    /// <param name="log">The log.</param>
    public virtual void OnLog(Protocol.Blocks.Log log)
    {
    }

    /// <summary>SELFDESTRUCT moves a balance.</summary>
    /// <param name="contract">From.</param>
    /// <param name="beneficiary">To.</param>
    /// <param name="balance">Wei.</param>
    public virtual void OnSelfDestruct(in Address contract, in Address beneficiary, in UInt256 balance)
    {
    }
}
