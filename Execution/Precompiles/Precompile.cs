namespace Cloud.Execution.Precompiles;

/// <summary>A contract that is part of the protocol (yellow paper appendix E). Stateless; safe for use by several threads.</summary>
internal abstract class Precompile
{
    /// <summary>Name for traces and errors, as the yellow paper or the EIP has it.</summary>
    public abstract string Name { get; }

    /// <summary>The price of a call.</summary>
    /// <param name="input">Any input.</param>
    /// <returns>Gas; never negative, and <see cref="long.MaxValue"/> where the price exceeds it.</returns>
    public abstract long Gas(ReadOnlySpan<byte> input);

    /// <summary>Room that the output needs. Asked for only after the gas was paid.</summary>
    /// <param name="input">Any input.</param>
    /// <returns>Length in bytes.</returns>
    public abstract int OutputRoom(ReadOnlySpan<byte> input);

    /// <summary>Runs the contract.</summary>
    /// <param name="input">Any input.</param>
    /// <param name="output">At least <see cref="OutputRoom"/> bytes, in any state.</param>
    /// <param name="written">Length of the output.</param>
    /// <returns>False where the call fails and takes all its gas.</returns>
    public abstract bool TryRun(ReadOnlySpan<byte> input, Span<byte> output, out int written);
}
