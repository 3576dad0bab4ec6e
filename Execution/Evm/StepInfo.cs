using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Evm;

/// <summary>An instruction about to run, and what its call has. Valid during the notification only.</summary>
public readonly ref struct StepInfo
{
    /// <summary>Position in the bytecode.</summary>
    public required int Pc { get; init; }

    /// <summary>The byte at that position; STOP behind the end.</summary>
    public required Opcode Opcode { get; init; }

    /// <summary>Gas before the instruction.</summary>
    public required long Gas { get; init; }

    /// <summary>Depth of the call, 0 for the one from outside.</summary>
    public required int Depth { get; init; }

    /// <summary>The account whose storage the code works on.</summary>
    public required Address Contract { get; init; }

    /// <summary>The stack, top last.</summary>
    public required ReadOnlySpan<UInt256> Stack { get; init; }

    /// <summary>The memory.</summary>
    public required ReadOnlySpan<byte> Memory { get; init; }

    /// <summary>What the last call returned.</summary>
    public required ReadOnlySpan<byte> ReturnData { get; init; }

    /// <summary>The refund counter.</summary>
    public required long Refund { get; init; }

    /// <summary>Why the instruction cannot even begin; none where it runs.</summary>
    public required HaltReason Halt { get; init; }
}
