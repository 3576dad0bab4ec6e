using System.Collections.Immutable;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Grains.Interfaces.Feed;

/// <summary>A silo as slot grains call it directly: what must not be lost or late, and what others pull from its replica.</summary>
[Alias("ISiloFeed")]
public interface ISiloFeed : IGrainObserver
{
    /// <summary>A chunk exists.</summary>
    /// <param name="notice">Which one.</param>
    /// <returns>When it is noted.</returns>
    [Alias("Announce")]
    Task Announce([Immutable] ChunkNotice notice);

    /// <summary>A chunk is certified.</summary>
    /// <param name="certificate">The certificate; checked again here.</param>
    /// <returns>When it is noted.</returns>
    [Alias("Certified")]
    Task Certified([Immutable] ChunkCertificate certificate);

    /// <summary>A slot's checkpoint is proposed.</summary>
    /// <param name="proposal">The proposal, with the last chunk where it travels in it.</param>
    /// <returns>When it is noted.</returns>
    [Alias("Proposed")]
    Task Proposed([Immutable] CheckpointProposal proposal);

    /// <summary>A slot's checkpoint is certified.</summary>
    /// <param name="certificate">The certificate; checked again here.</param>
    /// <returns>When it is noted.</returns>
    [Alias("CheckpointCertified")]
    Task Certified([Immutable] CheckpointCertificate certificate);

    /// <summary>Transactions by hash, from this silo's replica.</summary>
    /// <param name="hashes">At most <see cref="FeedLimits.MaxBodies"/>; more are not looked at.</param>
    /// <returns>Encodings in the same order; empty where a transaction is not here.</returns>
    [Alias("PullBodies")]
    Task<ImmutableArray<byte[]>> PullBodies(ImmutableArray<Hash256> hashes);

    /// <summary>Flashblocks of a chunk, from this silo's replica.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="chunk">Index of the chunk.</param>
    /// <param name="from">Index of the first one.</param>
    /// <returns>At most <see cref="FeedLimits.MaxFlashblocks"/>, in order without gaps.</returns>
    [Alias("PullFlashblocks")]
    Task<ImmutableArray<Flashblock>> PullFlashblocks(ulong slot, uint chunk, uint from);
}
