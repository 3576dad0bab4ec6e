using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Pool;

/// <summary>Why the pool gave up a transaction that it had taken.</summary>
public abstract record DropReason
{
    private DropReason()
    {
    }

    /// <summary>A text for the user.</summary>
    public abstract string Message { get; }

    /// <summary>Its sender replaced it.</summary>
    /// <param name="By">The transaction with the same nonce.</param>
    public sealed record Replaced(Hash256 By) : DropReason
    {
        /// <inheritdoc/>
        public override string Message => $"replaced by {By}";
    }

    /// <summary>Another transaction of its sender with the same nonce is on the chain.</summary>
    /// <param name="Next">The sender's next nonce.</param>
    public sealed record NonceUsed(ulong Next) : DropReason
    {
        /// <inheritdoc/>
        public override string Message => $"nonce too low: next nonce {Next}";
    }

    /// <summary>The pool was full, and it was the worst.</summary>
    public sealed record Evicted : DropReason
    {
        internal static readonly Evicted Instance = new();

        /// <inheritdoc/>
        public override string Message => "evicted: txpool is full of better ones";
    }

    /// <summary>Its sender had too many waiting transactions, and it was the last of them.</summary>
    public sealed record AccountLimit : DropReason
    {
        internal static readonly AccountLimit Instance = new();

        /// <inheritdoc/>
        public override string Message => "account limit exceeded";
    }

    /// <summary>It waited too long.</summary>
    /// <param name="Lifetime">How long the pool keeps a transaction.</param>
    public sealed record Expired(TimeSpan Lifetime) : DropReason
    {
        /// <inheritdoc/>
        public override string Message => $"expired after {Lifetime}";
    }

    /// <summary>Its gas limit is above that of the blocks that are built now.</summary>
    /// <param name="Limit">The block's gas limit.</param>
    public sealed record ExceedsBlockGasLimit(ulong Limit) : DropReason
    {
        /// <inheritdoc/>
        public override string Message => $"exceeds block gas limit: limit {Limit}";
    }

    /// <summary>An operator removed it.</summary>
    public sealed record Removed : DropReason
    {
        /// <inheritdoc/>
        public override string Message => "removed by the operator";
    }
}
