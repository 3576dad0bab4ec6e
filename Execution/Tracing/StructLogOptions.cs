namespace Cloud.Execution.Tracing;

/// <summary>What a <see cref="StructLogTracer"/> records, as debug_traceTransaction's options have it.</summary>
public sealed record StructLogOptions
{
    /// <summary>Whether to record the memory at each step.</summary>
    public bool WithMemory { get; init; }

    /// <summary>Whether to record the stack at each step.</summary>
    public bool WithStack { get; init; } = true;

    /// <summary>Whether to record touched storage at SLOAD and SSTORE.</summary>
    public bool WithStorage { get; init; } = true;

    /// <summary>Whether to record return data at each step.</summary>
    public bool WithReturnData { get; init; }

    /// <summary>Most steps to record; later ones are counted only.</summary>
    public int MaxSteps { get; init; } = 1_000_000;
}
