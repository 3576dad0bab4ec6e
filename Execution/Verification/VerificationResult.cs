using System.Collections.Immutable;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Verification;

/// <summary>What re-executing a chunk, or a part of one, gives.</summary>
public abstract record VerificationResult
{
    private VerificationResult()
    {
    }

    /// <summary>What the producer can be blamed for; null where it is fine, or where the fault may be this node's.</summary>
    public virtual ReexecutionFault? Fault => null;

    /// <summary>Re-execution gave the same block hash.</summary>
    /// <param name="Chunk">What came out.</param>
    public sealed record Valid(VerifiedChunk Chunk) : VerificationResult;

    /// <summary>A field of the header is another one.</summary>
    /// <param name="Field">The first such field.</param>
    /// <param name="Expected">What this node has, or re-execution gave.</param>
    /// <param name="Actual">What the header says.</param>
    public sealed record StateMismatch(HeaderField Field, string Expected, string Actual) : VerificationResult
    {
        /// <inheritdoc/>
        public override ReexecutionFault? Fault =>
            Field >= HeaderField.TransactionsRoot ? ReexecutionFault.BlockMismatch : ReexecutionFault.InvalidHeader;
    }

    /// <summary>A transaction cannot be part of the block.</summary>
    /// <param name="Index">Its place in the block, from 0.</param>
    /// <param name="Hash">Its hash; zero where a deposit is missing.</param>
    /// <param name="Reason">Why; standard texts where there are some.</param>
    public sealed record FailedTransaction(int Index, Hash256 Hash, string Reason) : VerificationResult
    {
        /// <inheritdoc/>
        public override ReexecutionFault? Fault => ReexecutionFault.InvalidTransaction;
    }

    /// <summary>The chunk uses more than it may.</summary>
    /// <param name="Kind">Of what.</param>
    /// <param name="Used">How much.</param>
    /// <param name="Limit">How much it may.</param>
    public sealed record LimitsExceeded(ChunkLimitKind Kind, ulong Used, ulong Limit) : VerificationResult
    {
        /// <inheritdoc/>
        public override ReexecutionFault? Fault => ReexecutionFault.LimitExceeded;
    }

    /// <summary>This node does not have the parent's state, or not yet.</summary>
    /// <param name="ParentHash">The parent.</param>
    public sealed record ParentUnknown(Hash256 ParentHash) : VerificationResult;

    /// <summary>This node does not have all transactions.</summary>
    /// <param name="Hashes">Those that are missing.</param>
    public sealed record TransactionsMissing(ImmutableArray<Hash256> Hashes) : VerificationResult;

    /// <summary>The deadline passed first.</summary>
    /// <param name="Executed">How many transactions were executed by then.</param>
    public sealed record TimedOut(int Executed) : VerificationResult;
}
