using System.Collections.Immutable;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Chain;
using Cloud.Replica.Chains;
using Cloud.Replica.Statuses;

namespace Cloud.Replica.Events;

/// <summary>Something that a node tells. What follows from durable data is told only once that data is durable.</summary>
public abstract record ReplicaEvent
{
    private ReplicaEvent()
    {
    }

    /// <summary>Its place among all events of the node. Rises, also over restarts; has gaps.</summary>
    public long Sequence { get; internal set; }

    /// <summary>When it happened.</summary>
    public DateTimeOffset At { get; internal set; }

    /// <summary>The pool took a transaction; from the stream or from a client here.</summary>
    /// <param name="Transaction">The transaction.</param>
    /// <param name="Sender">Who sent it.</param>
    /// <param name="IsOwn">Whether it was submitted here, so that the others have to be told.</param>
    public sealed record TransactionAccepted(Transaction Transaction, Address Sender, bool IsOwn) : ReplicaEvent;

    /// <summary>A flashblock was executed and is part of the pending block.</summary>
    /// <param name="Flashblock">The flashblock.</param>
    /// <param name="Pending">The pending block with it.</param>
    public sealed record FlashblockShown(Flashblock Flashblock, PendingBlock Pending) : ReplicaEvent;

    /// <summary>A chunk under construction was given up; its transactions wait again.</summary>
    /// <param name="Slot">The slot.</param>
    /// <param name="Chunk">Index of the chunk in the slot.</param>
    /// <param name="BlockNumber">Height.</param>
    /// <param name="Flashblocks">How many flashblocks are withdrawn.</param>
    public sealed record FlashblocksWithdrawn(ulong Slot, uint Chunk, ulong BlockNumber, int Flashblocks) : ReplicaEvent;

    /// <summary>Flashblocks of the newest chunk cannot be had: the newest sealed block is the pending one for readers.</summary>
    /// <param name="Slot">The slot.</param>
    /// <param name="Chunk">Index of the chunk.</param>
    public sealed record FlashblocksMissing(ulong Slot, uint Chunk) : ReplicaEvent;

    /// <summary>A chunk was executed, here built or re-executed, and is in the chain.</summary>
    /// <param name="Block">The block.</param>
    public sealed record ChunkExecuted(ExecutedBlock Block) : ReplicaEvent;

    /// <summary>A chunk has a certificate.</summary>
    /// <param name="Certificate">The certificate.</param>
    public sealed record ChunkCertified(ChunkCertificate Certificate) : ReplicaEvent;

    /// <summary>A slot's checkpoint was proposed.</summary>
    /// <param name="Header">The checkpoint.</param>
    public sealed record CheckpointProposed(CheckpointHeader Header) : ReplicaEvent;

    /// <summary>A checkpoint is on L1.</summary>
    /// <param name="Number">Its number.</param>
    /// <param name="Header">The checkpoint.</param>
    /// <param name="Skipped">Why it is no part of the chain; null where it is.</param>
    public sealed record CheckpointLanded(ulong Number, CheckpointHeader Header, SkipReason? Skipped) : ReplicaEvent;

    /// <summary>A transaction has another status.</summary>
    /// <param name="Change">Which one; with the reason where a promise was broken.</param>
    public sealed record StatusChanged(StatusChange Change) : ReplicaEvent;

    /// <summary>The head of a view moved.</summary>
    /// <param name="Tip">The view.</param>
    /// <param name="From">The former head.</param>
    /// <param name="To">The head.</param>
    public sealed record TipMoved(Tip Tip, BlockId From, BlockId To) : ReplicaEvent;

    /// <summary>Blocks of one slot left the chain: a reorganisation.</summary>
    /// <param name="Slot">The slot.</param>
    /// <param name="Blocks">The blocks, lowest first.</param>
    /// <param name="Reason">Why.</param>
    public sealed record Pruned(ulong Slot, ImmutableArray<BlockId> Blocks, BreakReason Reason) : ReplicaEvent;

    /// <summary>Evidence of a fault was found.</summary>
    /// <param name="Evidence">The evidence; forward it.</param>
    public sealed record EvidenceFound(Evidence Evidence) : ReplicaEvent;

    /// <summary>Blocks are settled and stored.</summary>
    /// <param name="Through">The last one.</param>
    public sealed record Stored(BlockId Through) : ReplicaEvent;

    /// <summary>L1 went back further than the node remembers: its folder has to be deleted, and the node starts again from L1.</summary>
    public sealed record RebuildNeeded : ReplicaEvent;
}
