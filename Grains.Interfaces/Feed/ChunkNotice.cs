using Cloud.Protocol.Primitives;

namespace Cloud.Grains.Interfaces.Feed;

/// <summary>That a chunk exists, so that who has not got it can pull it from its grain.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Index">Index of the chunk.</param>
/// <param name="ChunkHash">The chunk's hash.</param>
/// <param name="BlockHash">Hash of its block.</param>
[GenerateSerializer]
[Immutable]
[Alias("ChunkNotice")]
public sealed record ChunkNotice([property: Id(0)] ulong Slot, [property: Id(1)] uint Index, [property: Id(2)] Hash256 ChunkHash, [property: Id(3)] Hash256 BlockHash);
