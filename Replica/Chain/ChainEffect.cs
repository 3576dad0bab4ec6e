using System.Collections.Immutable;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.L1Events;

namespace Cloud.Replica.Chain;

/// <summary>What follows from an input to <see cref="ChainTips"/>. Within one step what is lost comes before what is won.</summary>
public abstract record ChainEffect
{
    private ChainEffect()
    {
    }

    /// <summary>Chunks of one slot left the chain.</summary>
    /// <param name="Slot">The slot.</param>
    /// <param name="Chunks">The chunks in order.</param>
    /// <param name="Reason">Why.</param>
    public sealed record Pruned(ulong Slot, ImmutableArray<ChainChunk> Chunks, BreakReason Reason) : ChainEffect;

    /// <summary>Chunks stay in the chain but are behind a tip that they were not behind before.</summary>
    /// <param name="Lost">The lowest view that holds them no longer.</param>
    /// <param name="Chunks">The chunks in order.</param>
    /// <param name="Reason">Why.</param>
    public sealed record FellBack(Tip Lost, ImmutableArray<ChainChunk> Chunks, BreakReason Reason) : ChainEffect;

    /// <summary>Chunks reached a view.</summary>
    /// <param name="Tip">The view.</param>
    /// <param name="Chunks">The chunks in order.</param>
    /// <param name="Proofs">What shows it on L1, one for each checkpoint that holds some of them; empty for proposed and attested.</param>
    public sealed record Reached(Tip Tip, ImmutableArray<ChainChunk> Chunks, ImmutableArray<L1Proof> Proofs) : ChainEffect;

    /// <summary>The head of a view moved.</summary>
    /// <param name="Tip">The view.</param>
    /// <param name="From">The former head.</param>
    /// <param name="To">The head.</param>
    public sealed record TipMoved(Tip Tip, BlockId From, BlockId To) : ChainEffect;

    /// <summary>Transactions of chunks that left the chain, in the order in which they stood there, without those that are in the chain all the same: back to the pool.</summary>
    /// <param name="Transactions">Their hashes.</param>
    public sealed record Reinject(ImmutableArray<Hash256> Transactions) : ChainEffect;

    /// <summary>A checkpoint is on L1 whose chunks are not here: get them and execute them.</summary>
    /// <param name="Number">Number of the checkpoint.</param>
    /// <param name="Header">Its header.</param>
    public sealed record FetchCheckpoint(ulong Number, CheckpointHeader Header) : ChainEffect;

    /// <summary>A checkpoint on L1 is no part of the chain. Evidence against its proposer where the reason is its attestations.</summary>
    /// <param name="Number">Number of the checkpoint.</param>
    /// <param name="Header">Its header.</param>
    /// <param name="Reason">Why.</param>
    public sealed record CheckpointSkipped(ulong Number, CheckpointHeader Header, SkipReason Reason) : ChainEffect;

    /// <summary>Chunks will not change any more, or are too far below to be held: they belong to the index now.</summary>
    /// <param name="Chunks">The chunks in order.</param>
    public sealed record Settled(ImmutableArray<ChainChunk> Chunks) : ChainEffect;

    /// <summary>L1 went back further than is remembered, or events are missing: start again from L1 at a block.</summary>
    /// <param name="From">The block; null for the contract's deployment.</param>
    public sealed record RebuildNeeded(L1BlockRef? From) : ChainEffect;
}
