using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Evm;

/// <summary>A call that begins.</summary>
public readonly ref struct CallInfo
{
    /// <summary>How it came about.</summary>
    public required CallKind Kind { get; init; }

    /// <summary>0 for the call from outside.</summary>
    public required int Depth { get; init; }

    /// <summary>The account that calls.</summary>
    public required Address From { get; init; }

    /// <summary>The account whose code runs; the new contract's address for a creation.</summary>
    public required Address To { get; init; }

    /// <summary>Wei sent along; for DELEGATECALL those of the call around it.</summary>
    public required UInt256 Value { get; init; }

    /// <summary>Gas given to it.</summary>
    public required long Gas { get; init; }

    /// <summary>Input, or init code.</summary>
    public required ReadOnlySpan<byte> Input { get; init; }
}
