using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.BlobStores;

/// <summary>Keeps blobs, which L1 forgets after some weeks, and other data whose name is a hash. Whoever reads checks the content: a store is not trusted.</summary>
public interface IBlobStore
{
    /// <summary>Writes content. The same name again is the same content, and changes nothing.</summary>
    /// <param name="name">A blob's versioned hash, or another hash that determines the content.</param>
    /// <param name="content">The content.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">It was not written; the message says where, why, and what to do.</exception>
    Task PutAsync(Hash256 name, Bytes content, CancellationToken cancellationToken = default);

    /// <summary>Reads content.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="maxLength">Longest content that is read, in bytes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The content, unchecked; null where there is none.</returns>
    /// <exception cref="IOException">It cannot be read; the message says where, why, and what to do.</exception>
    Task<Bytes?> GetAsync(Hash256 name, int maxLength, CancellationToken cancellationToken = default);
}
