using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1Events;

namespace Cloud.Settlement.Watching;

/// <summary>A checkpoint in the contract.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Record">What the ring commits to.</param>
/// <param name="Block">The L1 block in which it was posted; the default value for genesis.</param>
/// <param name="Timestamp">The block's timestamp, Unix seconds.</param>
/// <param name="Transaction">The transaction that posted it; zero for genesis.</param>
public sealed record PostedCheckpoint(ulong Number, CheckpointRecord Record, L1BlockRef Block, ulong Timestamp, Hash256 Transaction);
