using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.L1Events;

namespace Cloud.Settlement.BlobStores;

/// <summary>Where blobs of mined transactions are read from.</summary>
public interface IBlobSource
{
    /// <summary>Reads a transaction's blobs.</summary>
    /// <param name="block">The L1 block that the transaction is in.</param>
    /// <param name="timestamp">The block's timestamp, Unix seconds.</param>
    /// <param name="versionedHashes">Which blobs.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The blobs, checked; or why there are none.</returns>
    Task<BlobReading> ReadAsync(L1BlockRef block, ulong timestamp, ImmutableArray<Hash256> versionedHashes, CancellationToken cancellationToken = default);
}
