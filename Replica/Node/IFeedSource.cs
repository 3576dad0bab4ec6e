using System.Collections.Immutable;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;

namespace Cloud.Replica.Node;

/// <summary>Where a node pulls what streams did not bring: from the grains that keep it. Implementations validate what they fetch, without the rules about the time of arrival.</summary>
/// <remarks>Answers may be partial: what is missing is asked for again. An exception counts as an empty answer. Calls are bounded and have a deadline, which the token holds.</remarks>
public interface IFeedSource
{
    /// <summary>Pulls chunks of a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="from">Index of the first one.</param>
    /// <param name="through">Index of the last one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Those that can be had, also several at one position where there are; bodies are welcome.</returns>
    Task<ImmutableArray<Validated<ChunkProposal>>> PullChunksAsync(ulong slot, uint from, uint through, CancellationToken cancellationToken);

    /// <summary>Pulls a chunk of which only its block's hash is known.</summary>
    /// <param name="blockHash">Hash of its block.</param>
    /// <param name="beforeSlot">It is in this slot or an earlier one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The chunk; null where it cannot be had.</returns>
    Task<Validated<ChunkProposal>?> PullBlockAsync(Hash256 blockHash, ulong beforeSlot, CancellationToken cancellationToken);

    /// <summary>Pulls flashblocks of a chunk.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="chunk">Index of the chunk.</param>
    /// <param name="from">Index of the first one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Those that can be had, from that index on.</returns>
    Task<ImmutableArray<Validated<Flashblock>>> PullFlashblocksAsync(ulong slot, uint chunk, uint from, CancellationToken cancellationToken);

    /// <summary>Pulls transactions of a chunk, from the producer's silo first.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="hashes">Which ones; at most <see cref="ReplicaOptions.MaxBodiesPerPull"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>EIP-2718 encodings of those that can be had, in any order.</returns>
    Task<ImmutableArray<Bytes>> PullTransactionsAsync(ChunkHeader chunk, ImmutableArray<Hash256> hashes, CancellationToken cancellationToken);

    /// <summary>Reads a checkpoint that is on L1 back, see <see cref="Settlement.L1Events.IL1.ReadAsync"/>.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="header">Its header.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Its chunks with bodies, in order; null where they cannot be had at present.</returns>
    Task<ImmutableArray<ChunkProposal>?> ReadCheckpointAsync(ulong number, CheckpointHeader header, CancellationToken cancellationToken);
}
