using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Flashblocks;

/// <summary>How flashblocks fit what came before them (flashblocks 4.5), as pure functions.</summary>
public static class FlashblockSequence
{
    /// <summary>Decides about a flashblock that is valid by itself.</summary>
    /// <param name="pending">Chunks above the canonical head, lowest first, each on top of the one before.</param>
    /// <param name="headNumber">Height of the canonical head.</param>
    /// <param name="headHash">Hash of the canonical head.</param>
    /// <param name="incoming">The flashblock.</param>
    /// <returns>What to do.</returns>
    public static FlashblockDecision Decide(ReadOnlySpan<PendingChunk> pending, ulong headNumber, in Hash256 headHash, FlashblockPayload incoming)
    {
        ArgumentNullException.ThrowIfNull(incoming);
        foreach (PendingChunk chunk in pending)
        {
            if (chunk.Slot == incoming.Slot && chunk.Chunk == incoming.Chunk)
            {
                return DecideKnown(chunk, isNewest: chunk == pending[^1], incoming);
            }
        }

        if (incoming.BlockNumber <= headNumber)
        {
            return new FlashblockDecision.Stale();
        }

        if (incoming.Index > 0)
        {
            return new FlashblockDecision.Hold();
        }

        return incoming.Base is { } fields
            ? DecideFirst(pending, headNumber, headHash, incoming, fields.ParentHash)
            : new FlashblockDecision.Refuse(FlashblockFault.MissingBase);
    }

    /// <summary>Decides about a new canonical block.</summary>
    /// <param name="pending">Chunks above the former head, lowest first.</param>
    /// <param name="number">Height of the new block.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="maxDepth">How many pending chunks are kept above it.</param>
    /// <returns>What to do.</returns>
    public static Reconciliation Reconcile(ReadOnlySpan<PendingChunk> pending, ulong number, in Hash256 hash, int maxDepth)
    {
        if (pending.IsEmpty)
        {
            return new Reconciliation.NothingPending();
        }

        if (pending[^1].BlockNumber <= number)
        {
            return new Reconciliation.CatchUp(pending[^1].BlockNumber == number && pending[^1].BlockHash == hash);
        }

        int kept = pending.Length;
        int drop = 0;
        foreach (PendingChunk chunk in pending)
        {
            if (chunk.BlockNumber < number)
            {
                drop++;
            }
            else if (chunk.BlockNumber == number)
            {
                if (chunk.BlockHash != hash)
                {
                    return new Reconciliation.Reorg();
                }

                drop++;
            }
        }

        kept -= drop;
        bool standsOnHead = pending[drop].BlockNumber == number + 1 && pending[drop].ParentHash == hash;
        return !standsOnHead ? new Reconciliation.Reorg()
            : kept > maxDepth ? new Reconciliation.TooDeep(kept, maxDepth)
            : new Reconciliation.Continue(drop);
    }

    private static FlashblockDecision DecideKnown(PendingChunk chunk, bool isNewest, FlashblockPayload incoming)
    {
        if (incoming.Index < chunk.NextIndex)
        {
            Hash256 known = chunk.Flashblocks[(int)incoming.Index];
            return known == incoming.Hash ? new FlashblockDecision.Duplicate() : new FlashblockDecision.Equivocation(known);
        }

        FlashblockFault? fault =
            incoming.PayloadId != chunk.PayloadId || incoming.BlockNumber != chunk.BlockNumber ? FlashblockFault.WrongPayload
            : chunk.IsComplete || !isNewest ? FlashblockFault.AfterLast
            : incoming.Base is not null ? FlashblockFault.UnexpectedBase
            : incoming.Index == chunk.NextIndex && incoming.Previous != chunk.Flashblocks[^1] ? FlashblockFault.WrongPredecessor
            : null;
        return fault is { } contradiction ? new FlashblockDecision.Refuse(contradiction)
            : incoming.Index > chunk.NextIndex ? new FlashblockDecision.Gap(chunk.NextIndex)
            : new FlashblockDecision.Extend();
    }

    private static FlashblockDecision DecideFirst(
        ReadOnlySpan<PendingChunk> pending, ulong headNumber, in Hash256 headHash, FlashblockPayload incoming, in Hash256 parentHash)
    {
        ulong top = pending.IsEmpty ? headNumber : pending[^1].BlockNumber;
        if (incoming.BlockNumber > top + 1)
        {
            return new FlashblockDecision.Hold();
        }

        // A new chunk at a height that is taken: a later slot takes over, an earlier one comes too late.
        Hash256 below = headHash;
        foreach (PendingChunk chunk in pending)
        {
            if (chunk.BlockNumber == incoming.BlockNumber - 1)
            {
                below = chunk.BlockHash;
            }

            if (chunk.BlockNumber >= incoming.BlockNumber && (chunk.Slot, chunk.Chunk).CompareTo((incoming.Slot, incoming.Chunk)) > 0)
            {
                return new FlashblockDecision.Stale();
            }
        }

        if (parentHash != below)
        {
            return new FlashblockDecision.Refuse(FlashblockFault.WrongParent);
        }

        return incoming.BlockNumber == top + 1 ? new FlashblockDecision.Open() : new FlashblockDecision.Replace(incoming.BlockNumber);
    }
}
