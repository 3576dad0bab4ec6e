using System.Collections.Immutable;

namespace Cloud.Grains.Interfaces.Feed;

/// <summary>What a stream of the feed carries.</summary>
/// <param name="Source">Name of the silo that published it.</param>
/// <param name="Sequence">Counts the source's items of this stream from 1, so that a reader sees what it lost.</param>
/// <param name="Messages">Messages in their canonical encodings; of transactions, EIP-2718.</param>
[GenerateSerializer]
[Immutable]
[Alias("FeedItem")]
public sealed record FeedItem([property: Id(0)] string Source, [property: Id(1)] long Sequence, [property: Id(2)] ImmutableArray<byte[]> Messages);
