using System.Collections.Immutable;
using Cloud.Execution.Evm;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Simulation;

/// <summary>How a call of eth_simulateV1 ended.</summary>
/// <param name="Execution">How it ended.</param>
/// <param name="GasUsed">Gas that it used.</param>
/// <param name="Logs">Its logs, with those of transfers where they are wanted.</param>
internal sealed record SimulatedCall(ExecutionResult Execution, ulong GasUsed, ImmutableArray<Log> Logs)
{
    /// <summary>What it returned, or its reason to revert.</summary>
    public Bytes Output => Execution switch
    {
        ExecutionResult.Succeeded succeeded => succeeded.Output,
        ExecutionResult.Reverted reverted => reverted.Output,
        _ => default,
    };
}
