using System.Collections.Immutable;
using Cloud.Protocol.Messages;

namespace Cloud.Settlement.L1Events;

/// <summary>L1 as the slot pipeline sees it.</summary>
public interface IL1
{
    /// <summary>Posts a checkpoint, and waits until it landed or cannot land any more.</summary>
    /// <param name="publication">The checkpoint. The same header again is the same publication: it is never paid for twice.</param>
    /// <param name="cancellationToken">Ends the wait; the publication may still land.</param>
    /// <returns>What became of it.</returns>
    Task<PublicationOutcome> PublishAsync(CheckpointPublication publication, CancellationToken cancellationToken = default);

    /// <summary>Follows L1.</summary>
    /// <param name="after">The last block that the caller knows; null for the block of the contract's deployment. Where it is no longer on the chain, the first update says so.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Every block after that one, and what happens to them, without end.</returns>
    IAsyncEnumerable<L1Update> FollowAsync(L1BlockRef? after, CancellationToken cancellationToken = default);

    /// <summary>Reads a landed checkpoint's chunks back from its blobs.</summary>
    /// <param name="number">Number of the checkpoint.</param>
    /// <param name="header">Its header, to tell it from another one that had the number before a reorganisation.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The chunks with bodies, in order; null where they cannot be had at present.</returns>
    Task<ImmutableArray<ChunkProposal>?> ReadAsync(ulong number, CheckpointHeader header, CancellationToken cancellationToken = default);
}
