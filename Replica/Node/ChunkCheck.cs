using Cloud.Protocol.Attesting;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Replica.Node;

/// <summary>What checking a chunk gave.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="BlockHash">Hash of the block that the chunk's header names; zero where the chunk never came.</param>
/// <param name="Detail">The first difference, for logs; null where there is none.</param>
/// <param name="Evidence">Evidence against the producer; null where the verdict is no offence.</param>
public sealed record ChunkCheck(ChunkVerdict Verdict, Hash256 BlockHash, string? Detail = null, Evidence? Evidence = null);
