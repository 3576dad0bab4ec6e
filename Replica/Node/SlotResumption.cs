using System.Collections.Immutable;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Replica.Node;

/// <summary>What the journal has of a slot that this node was building: the values of <see cref="Protocol.Proposing.ProposerInput.Resumed"/>.</summary>
/// <param name="Block">Hash of the block on which the slot was built.</param>
/// <param name="Checkpoint">Hash of the checkpoint that the slot's stands on.</param>
/// <param name="Chunks">Chunks that were stored, in order.</param>
/// <param name="IsChunkOpen">Whether flashblocks of a chunk after them were emitted.</param>
/// <param name="Certified">Hashes of those chunks that have a certificate.</param>
/// <param name="Proposed">The checkpoint, if it was stored.</param>
public sealed record SlotResumption(Hash256 Block, Hash256 Checkpoint, ImmutableArray<ChunkProposal> Chunks, bool IsChunkOpen, ImmutableArray<Hash256> Certified, CheckpointProposal? Proposed);
