namespace Cloud.Grains.Interfaces.Feed;

/// <summary>Names of the feed's streams. Streams are gossip: what they lose is announced by direct call and pulled.</summary>
public static class FeedStreams
{
    /// <summary>The stream provider.</summary>
    public const string Provider = "feed";

    /// <summary>Accepted transactions, <see cref="FeedItem"/> with their encodings.</summary>
    public const string Transactions = "transactions";

    /// <summary>Signed flashblocks.</summary>
    public const string Flashblocks = "flashblocks";

    /// <summary>Chunk proposals.</summary>
    public const string Chunks = "chunks";

    /// <summary>Checkpoint proposals.</summary>
    public const string Checkpoints = "checkpoints";

    /// <summary>Certificates of chunks and checkpoints.</summary>
    public const string Attestations = "attestations";

    /// <summary>Changes of tips and of what was promised.</summary>
    public const string Status = "status";

    /// <summary>A stream of the rollup.</summary>
    /// <param name="name">One of the names above.</param>
    /// <returns>Its identity.</returns>
    public static StreamId Of(string name) => StreamId.Create(name, "rollup");
}
