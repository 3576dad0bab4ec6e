using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.BlobStores;
using Cloud.Settlement.L1Events;

namespace Cloud.Settlement.Tests.Support;

/// <summary>Blobs that nobody gives out while a test says so.</summary>
internal sealed class WithholdingSource(IBlobSource inner) : IBlobSource
{
    public const string Message = "The blobs are withheld.";

    public bool Withholds { get; set; }

    public async Task<BlobReading> ReadAsync(L1BlockRef block, ulong timestamp, ImmutableArray<Hash256> versionedHashes, CancellationToken cancellationToken = default) =>
        Withholds ? new BlobReading.Unavailable(Message) : await inner.ReadAsync(block, timestamp, versionedHashes, cancellationToken);
}
