using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Evm;

/// <summary>How a call from outside ended.</summary>
public abstract record ExecutionResult
{
    private ExecutionResult()
    {
    }

    /// <summary>Gas that was not used.</summary>
    public abstract long GasLeft { get; }

    /// <summary>It ran to its end.</summary>
    /// <param name="GasLeft">Gas that was not used.</param>
    /// <param name="Output">What it returned; the code of a new contract.</param>
    /// <param name="Created">Address of the new contract; null for a call.</param>
    public sealed record Succeeded(long GasLeft, Bytes Output, Address? Created) : ExecutionResult
    {
        /// <inheritdoc/>
        public override long GasLeft { get; } = GasLeft;
    }

    /// <summary>It undid itself with REVERT.</summary>
    /// <param name="GasLeft">Gas that was not used.</param>
    /// <param name="Output">The reason, as the contract encoded it.</param>
    public sealed record Reverted(long GasLeft, Bytes Output) : ExecutionResult
    {
        /// <inheritdoc/>
        public override long GasLeft { get; } = GasLeft;
    }

    /// <summary>It halted exceptionally and took all gas.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Halted(HaltReason Reason) : ExecutionResult
    {
        /// <inheritdoc/>
        public override long GasLeft => 0;
    }
}
