using Cloud.Protocol.Primitives;

namespace Cloud.Replica.Node;

/// <summary>A chunk to build: what <see cref="Protocol.Proposing.ProposerEffect.BuildChunk"/> asks for, and on what.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Index">Index of the chunk in the slot.</param>
/// <param name="Parent">Hash of the block to stand on; also that of a complete pending chunk.</param>
/// <param name="Producer">Whose chunk it is.</param>
/// <param name="FeeRecipient">Who gets the tips; the same for all chunks of a slot.</param>
/// <param name="Deadline">When it is sealed.</param>
/// <param name="MinTransactions">With fewer nothing is promised, and no chunk is built.</param>
/// <param name="IsLast">Whether the header says that it is the slot's last chunk.</param>
/// <param name="IsResumed">Whether flashblocks of it that were emitted before a restart come first.</param>
/// <param name="ChunksLeft">How many chunks the slot can still have, this one included, so that the budget is shared out; from 1.</param>
public sealed record BuildRequest(
    ulong Slot,
    uint Index,
    Hash256 Parent,
    Address Producer,
    Address FeeRecipient,
    DateTimeOffset Deadline,
    int MinTransactions,
    bool IsLast,
    bool IsResumed = false,
    int ChunksLeft = 1);
