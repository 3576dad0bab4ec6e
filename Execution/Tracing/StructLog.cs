using System.Collections.Immutable;
using Cloud.Execution.Evm;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Tracing;

/// <summary>One executed instruction, with the fields of go-ethereum's struct logs.</summary>
public sealed class StructLog
{
    /// <summary>Position in the bytecode.</summary>
    public required int Pc { get; init; }

    /// <summary>The instruction.</summary>
    public required Opcode Opcode { get; init; }

    /// <summary>Gas before it.</summary>
    public required long Gas { get; init; }

    /// <summary>Its price; for a call with the gas given to the callee. All that was left where it halted exceptionally.</summary>
    public long GasCost { get; internal set; }

    /// <summary>Depth of its call, 1 for the one from outside.</summary>
    public required int Depth { get; init; }

    /// <summary>The refund counter before it.</summary>
    public required long Refund { get; init; }

    /// <summary>The stack before it, top last; empty where stacks are not wanted.</summary>
    public ImmutableArray<UInt256> Stack { get; init; } = [];

    /// <summary>The memory before it; empty where memory is not wanted.</summary>
    public Bytes Memory { get; init; }

    /// <summary>What the last call returned; empty where return data is not wanted.</summary>
    public Bytes ReturnData { get; init; }

    /// <summary>Slots that its contract has touched so far, with this instruction, for SLOAD and SSTORE; null otherwise.</summary>
    public ImmutableSortedDictionary<UInt256, UInt256>? Storage { get; internal set; }

    /// <summary>Why it halted exceptionally; none where it did not.</summary>
    public HaltReason Halt { get; internal set; }
}
