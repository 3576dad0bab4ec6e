using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Flashblocks;

/// <summary>A chunk as far as its flashblocks have come: what a receiver must remember to judge the next one.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Chunk">Index of the chunk in the slot.</param>
/// <param name="PayloadId">The number that its flashblocks share.</param>
/// <param name="BlockNumber">Height.</param>
/// <param name="ParentHash">Hash of the block below.</param>
/// <param name="Flashblocks">Payload hashes of its flashblocks, from index 0 without gaps; at least one.</param>
/// <param name="BlockHash">Hash of the block as if it ended with the last of them.</param>
/// <param name="IsComplete">Whether the last of them ends the chunk.</param>
public sealed record PendingChunk(
    ulong Slot, uint Chunk, ulong PayloadId, ulong BlockNumber, Hash256 ParentHash, ImmutableArray<Hash256> Flashblocks, Hash256 BlockHash, bool IsComplete)
{
    /// <summary>Index of the flashblock that must come next.</summary>
    public uint NextIndex => (uint)Flashblocks.Length;

    /// <summary>A chunk that starts with flashblock 0.</summary>
    /// <param name="payload">A payload with its base.</param>
    /// <returns>The chunk.</returns>
    public static PendingChunk Open(FlashblockPayload payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        ArgumentNullException.ThrowIfNull(payload.Base, nameof(payload));
        return new PendingChunk(
            payload.Slot, payload.Chunk, payload.PayloadId, payload.BlockNumber, payload.Base.ParentHash, [payload.Hash], payload.Diff.BlockHash, payload.IsLast);
    }

    /// <summary>The chunk with one flashblock more.</summary>
    /// <param name="payload">One for which <see cref="FlashblockSequence.Decide"/> said <see cref="FlashblockDecision.Extend"/>.</param>
    /// <returns>The longer chunk.</returns>
    public PendingChunk With(FlashblockPayload payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        return this with { Flashblocks = Flashblocks.Add(payload.Hash), BlockHash = payload.Diff.BlockHash, IsComplete = payload.IsLast };
    }
}
