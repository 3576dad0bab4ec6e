using System.Collections.Immutable;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Orleans.Concurrency;

namespace Cloud.Grains.Interfaces.Chunks;

/// <summary>One chunk position: the body, the tally and the certificate, and the flashblocks while it is under construction. Keyed by <see cref="GrainKeys.ChunkKey"/>.</summary>
[Alias("IChunkGrain")]
public interface IChunkGrain : IGrainWithStringKey
{
    /// <summary>The chunk, with its bodies.</summary>
    /// <param name="proposal">The proposal.</param>
    /// <returns>What was done.</returns>
    [Alias("Propose")]
    Task<MessageReply> Propose([Immutable] ChunkProposal proposal);

    /// <summary>Attestations, such as one silo sends for its validators.</summary>
    /// <param name="batch">At most <see cref="FeedLimits.MaxAttestations"/>.</param>
    /// <returns>What was done with each.</returns>
    [Alias("Attest")]
    Task<BatchReply> Attest([Immutable] ImmutableArray<ChunkAttestation> batch);

    /// <summary>A flashblock of the chunk, before anybody sees it: a second place that has it.</summary>
    /// <param name="flashblock">The flashblock.</param>
    /// <returns>What was done.</returns>
    [Alias("AddFlashblock")]
    Task<MessageReply> Add([Immutable] Flashblock flashblock);

    /// <summary>The chunk.</summary>
    /// <returns>Null where nothing is known of it.</returns>
    [Alias("Pull")]
    [AlwaysInterleave]
    [ReadOnly]
    Task<ChunkView?> Pull();

    /// <summary>The attestations of a payload of this position: what its attesters answer for if re-execution shows it to be invalid.</summary>
    /// <param name="chunk">The chunk's hash.</param>
    /// <returns>One of each member that signed it; none where the payload is not here.</returns>
    [Alias("PullAttestations")]
    [AlwaysInterleave]
    [ReadOnly]
    Task<ImmutableArray<ChunkAttestation>> PullAttestations(Hash256 chunk);

    /// <summary>Flashblocks of the chunk.</summary>
    /// <param name="from">Index of the first one.</param>
    /// <returns>At most <see cref="FeedLimits.MaxFlashblocks"/>, in order without gaps.</returns>
    [Alias("PullFlashblocks")]
    [AlwaysInterleave]
    [ReadOnly]
    Task<ImmutableArray<Flashblock>> PullFlashblocks(uint from);

    /// <summary>Transactions of the chunk by hash.</summary>
    /// <param name="hashes">At most <see cref="FeedLimits.MaxBodies"/>; more are not looked at.</param>
    /// <returns>Encodings in the same order; empty where a transaction is not here.</returns>
    [Alias("PullBodies")]
    [AlwaysInterleave]
    [ReadOnly]
    Task<ImmutableArray<byte[]>> PullBodies(ImmutableArray<Hash256> hashes);
}
