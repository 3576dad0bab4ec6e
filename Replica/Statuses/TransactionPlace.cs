using Cloud.Protocol.Primitives;
using Cloud.Replica.Chain;

namespace Cloud.Replica.Statuses;

/// <summary>The chunk that holds a transaction.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Chunk">Index of the chunk in the slot.</param>
/// <param name="ChunkHash">The chunk, which its certificate names.</param>
/// <param name="Block">Its block.</param>
public sealed record TransactionPlace(ulong Slot, uint Chunk, Hash256 ChunkHash, BlockId Block);
