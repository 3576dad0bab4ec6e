using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Replica.Node;

/// <summary>What building a chunk gives.</summary>
public abstract record BuildOutcome
{
    private BuildOutcome()
    {
    }

    /// <summary>The chunk is sealed: all its flashblocks are durable and emitted. It waits for <see cref="ReplicaNode.AdoptAsync"/>.</summary>
    /// <param name="Header">The chunk, to be signed.</param>
    /// <param name="BlockHash">Hash of its block.</param>
    /// <param name="IsSlotFull">Whether the slot's limits leave no room for another chunk.</param>
    public sealed record Sealed(ChunkHeader Header, Hash256 BlockHash, bool IsSlotFull) : BuildOutcome;

    /// <summary>Too few transactions turned out to be valid; nothing was promised.</summary>
    public sealed record TooFewTransactions : BuildOutcome
    {
        internal static readonly TooFewTransactions Instance = new();
    }

    /// <summary>The ledger refused a flashblock: another instance of the validator builds this chunk.</summary>
    /// <param name="Flashblock">Index of the flashblock.</param>
    public sealed record SigningRefused(uint Flashblock) : BuildOutcome;

    /// <summary>The state of the parent is not here, or its fork is gone.</summary>
    /// <param name="Parent">Hash of the parent.</param>
    public sealed record ParentUnavailable(Hash256 Parent) : BuildOutcome;

    /// <summary>The chain does not take the next flashblock: it went another way meanwhile, or another chunk is known at the place.</summary>
    /// <param name="Reason">How the flashblock does not fit.</param>
    public sealed record Superseded(Feed.FeedOutcome Reason) : BuildOutcome;

    /// <summary>What was emitted before a restart does not come out the same again: nothing may be signed for this chunk.</summary>
    /// <param name="Message">How it differs.</param>
    public sealed record CannotResume(string Message) : BuildOutcome;

    /// <summary>It was stopped. Flashblocks that were emitted stay promised; the chunk can be resumed.</summary>
    public sealed record Stopped : BuildOutcome
    {
        internal static readonly Stopped Instance = new();
    }

    /// <summary>The node cannot store anything any more.</summary>
    /// <param name="Message">Why.</param>
    public sealed record StorageFailed(string Message) : BuildOutcome;
}
