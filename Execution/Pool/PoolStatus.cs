using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Pool;

/// <summary>Where a transaction is, as the pool knows it. Exactly one for each hash at any moment.</summary>
public abstract record PoolStatus
{
    private PoolStatus()
    {
    }

    /// <summary>The pool does not know it, or no longer: ask the chain.</summary>
    public sealed record Unknown : PoolStatus
    {
        internal static readonly Unknown Instance = new();
    }

    /// <summary>It waits for a nonce before it, or for funds.</summary>
    public sealed record Queued : PoolStatus
    {
        internal static readonly Queued Instance = new();
    }

    /// <summary>It can run now.</summary>
    public sealed record Pending : PoolStatus
    {
        internal static readonly Pending Instance = new();
    }

    /// <summary>It is in a flashblock of a chunk that is not sealed yet.</summary>
    /// <param name="BlockNumber">The chunk's block number.</param>
    /// <param name="Flashblock">Index of the flashblock in its chunk, from 0.</param>
    public sealed record InFlashblock(ulong BlockNumber, int Flashblock) : PoolStatus;

    /// <summary>It is in a sealed block of the pool's chain.</summary>
    /// <param name="BlockNumber">Number of the block.</param>
    /// <param name="BlockHash">Hash of the block.</param>
    public sealed record Included(ulong BlockNumber, Hash256 BlockHash) : PoolStatus;

    /// <summary>The pool has given it up.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Dropped(DropReason Reason) : PoolStatus;
}
