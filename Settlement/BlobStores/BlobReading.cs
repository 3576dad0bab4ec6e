using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.BlobStores;

/// <summary>What looking for a transaction's blobs gave.</summary>
public abstract record BlobReading
{
    private BlobReading()
    {
    }

    /// <summary>All of them, each checked against its versioned hash, in the order asked for.</summary>
    /// <param name="Blobs">131,072 bytes each.</param>
    public sealed record Found(ImmutableArray<Bytes> Blobs) : BlobReading;

    /// <summary>They cannot be had at present. L1 guarantees them for weeks, so that this passes or is a matter of the settings.</summary>
    /// <param name="Message">What was tried, and what to do.</param>
    public sealed record Unavailable(string Message) : BlobReading;
}
