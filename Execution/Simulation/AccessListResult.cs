using System.Collections.Immutable;
using Cloud.Execution.Evm;
using Cloud.Execution.Processing;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Simulation;

/// <summary>What eth_createAccessList found.</summary>
public abstract record AccessListResult
{
    private AccessListResult()
    {
    }

    /// <summary>The call ran, to its end or not.</summary>
    /// <param name="AccessList">What it touches, in the order in which it does, without what is warm anyway.</param>
    /// <param name="GasUsed">Gas that it uses with that list.</param>
    /// <param name="Execution">How it ended with that list.</param>
    public sealed record Found(ImmutableArray<AccessListEntry> AccessList, ulong GasUsed, ExecutionResult Execution) : AccessListResult;

    /// <summary>It could not be run at all.</summary>
    /// <param name="Refusal">Why.</param>
    public sealed record Refused(ExecutionRefusal Refusal) : AccessListResult;
}
