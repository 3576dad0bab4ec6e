using System.Collections.Immutable;
using Cloud.Execution.Building;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Verification;

/// <summary>A chunk to verify.</summary>
public sealed record VerificationRequest
{
    /// <summary>The state after the parent block; null where this node does not have it.</summary>
    public required IStateLayer? Parent { get; init; }

    /// <summary>What this node expects of the block.</summary>
    public required ChunkContext Context { get; init; }

    /// <summary>What the chunk may use besides its deposits.</summary>
    public required ChunkLimits Limits { get; init; }

    /// <summary>The header that the producer claims.</summary>
    public required BlockHeader Header { get; init; }

    /// <summary>Hashes of the transactions in order.</summary>
    public required ImmutableArray<Hash256> TransactionHashes { get; init; }

    /// <summary>The transactions that this node has: those of other hashes, and more of them, do no harm.</summary>
    public required IReadOnlyDictionary<Hash256, Transaction> Transactions { get; init; }

    /// <summary>When to give up.</summary>
    public required DateTimeOffset Deadline { get; init; }
}
