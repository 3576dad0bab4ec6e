using Cloud.Protocol.Messages;

namespace Cloud.Protocol.Checkpoints;

/// <summary>A chunk that could be in a checkpoint.</summary>
/// <param name="Header">The chunk.</param>
/// <param name="BlockHash">Hash of its block.</param>
/// <param name="Standing">How it stands with the committee.</param>
public readonly record struct CandidateChunk(ChunkHeader Header, Primitives.Hash256 BlockHash, ChunkStanding Standing);
