using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.L1Events;

namespace Cloud.Settlement.BlobStores;

/// <summary>Reads blobs from a store first and from L1 then, and puts those of L1 into the store, before L1 forgets them. Safe for several threads.</summary>
/// <param name="store">The store.</param>
/// <param name="l1">L1; null where only the store is read.</param>
public sealed class BlobArchive(IBlobStore store, IBlobSource? l1) : IBlobSource
{
    /// <inheritdoc/>
    public async Task<BlobReading> ReadAsync(L1BlockRef block, ulong timestamp, ImmutableArray<Hash256> versionedHashes, CancellationToken cancellationToken = default)
    {
        Bytes[] blobs = new Bytes[versionedHashes.Length];
        string problem = "the blob store does not have them";
        bool isComplete = true;
        for (int i = 0; i < blobs.Length && isComplete; i++)
        {
            try
            {
                Bytes? content = await store.GetAsync(versionedHashes[i], Kzg.BlobLength, cancellationToken).ConfigureAwait(false);
                blobs[i] = content.GetValueOrDefault();
                isComplete = content is not null && await BlobCheck.IsAsync(blobs[i], versionedHashes[i], cancellationToken).ConfigureAwait(false);
            }
            catch (IOException exception)
            {
                isComplete = false;
                problem = exception.Message;
            }
        }

        if (isComplete)
        {
            return new BlobReading.Found([.. blobs]);
        }

        if (l1 is null)
        {
            return new BlobReading.Unavailable($"The blobs of L1 block {block.Number} cannot be read: {problem}. Add L1:Beacon:Endpoint, or a store that has them.");
        }

        BlobReading reading = await l1.ReadAsync(block, timestamp, versionedHashes, cancellationToken).ConfigureAwait(false);
        if (reading is BlobReading.Found found)
        {
            await KeepAsync(versionedHashes, found.Blobs, cancellationToken).ConfigureAwait(false);
        }

        return reading;
    }

    /// <summary>Puts blobs into the store.</summary>
    /// <param name="versionedHashes">Their hashes.</param>
    /// <param name="blobs">The blobs.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether all are in the store; where not, they can still be read from L1 for some weeks.</returns>
    public async Task<bool> KeepAsync(ImmutableArray<Hash256> versionedHashes, ImmutableArray<Bytes> blobs, CancellationToken cancellationToken = default)
    {
        try
        {
            for (int i = 0; i < blobs.Length; i++)
            {
                await store.PutAsync(versionedHashes[i], blobs[i], cancellationToken).ConfigureAwait(false);
            }

            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
