using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Replica.Feed;

/// <summary>What follows from an input to <see cref="FeedFollower"/> or <see cref="FlashblockFollower"/>.</summary>
public abstract record FeedEffect
{
    private FeedEffect()
    {
    }

    /// <summary>A chunk whose parent was delivered or is in the chain: execute it, after those that were delivered before.</summary>
    /// <param name="Proposal">The chunk.</param>
    public sealed record Deliver(ChunkProposal Proposal) : FeedEffect;

    /// <summary>Pull chunks of a slot from their chunk grains.</summary>
    /// <param name="Slot">The slot.</param>
    /// <param name="From">Index of the first one.</param>
    /// <param name="Through">Index of the last one.</param>
    /// <param name="Attempt">From 1.</param>
    public sealed record PullChunks(ulong Slot, uint From, uint Through, int Attempt) : FeedEffect;

    /// <summary>Pull a chunk of which only the block's hash is known: what the first chunk of a slot stands on.</summary>
    /// <param name="BlockHash">Hash of its block.</param>
    /// <param name="BeforeSlot">The slot that stands on it; it is in that one or an earlier one.</param>
    /// <param name="Attempt">From 1.</param>
    public sealed record PullBlock(Hash256 BlockHash, ulong BeforeSlot, int Attempt) : FeedEffect;

    /// <summary>Pull flashblocks of a chunk.</summary>
    /// <param name="Slot">The slot.</param>
    /// <param name="Chunk">Index of the chunk.</param>
    /// <param name="From">Index of the first missing one.</param>
    /// <param name="Attempt">From 1.</param>
    public sealed record PullFlashblocks(ulong Slot, uint Chunk, uint From, int Attempt) : FeedEffect;

    /// <summary>A chunk could not be had before its slot's deadline. Missing data proves nothing against anybody.</summary>
    /// <param name="Slot">The slot.</param>
    /// <param name="Index">Index of the chunk.</param>
    public sealed record GaveUp(ulong Slot, uint Index) : FeedEffect;

    /// <summary>Two signed messages at one position.</summary>
    /// <param name="Evidence">The evidence; forward it.</param>
    public sealed record Report(Evidence Evidence) : FeedEffect;

    /// <summary>A flashblock fits: execute it and show it.</summary>
    /// <param name="Flashblock">The flashblock.</param>
    public sealed record Show(Flashblock Flashblock) : FeedEffect;

    /// <summary>A chunk under construction was given up for another one, or its parent is not in the chain: whoever relied on it must be told.</summary>
    /// <param name="Chunk">As far as it had come.</param>
    public sealed record Withdraw(PendingChunk Chunk) : FeedEffect;

    /// <summary>The newest chunk's flashblocks cannot be had: serve the newest sealed block as pending until it is there, or the next one starts.</summary>
    /// <param name="Slot">The slot.</param>
    /// <param name="Chunk">Index of the chunk.</param>
    public sealed record Degraded(ulong Slot, uint Chunk) : FeedEffect;
}
