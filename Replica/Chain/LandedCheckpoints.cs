using System.Collections.Immutable;
using Cloud.Settlement.L1Events;

namespace Cloud.Replica.Chain;

/// <summary>The contract's list of checkpoints as a fold over L1's blocks, so that taking blocks back also brings back what they had removed.</summary>
internal sealed class LandedCheckpoints(ulong settled, L1BlockRef? start, int maxBlocks)
{
    private readonly List<(L1BlockRef Id, ImmutableArray<RollupChange> Changes)> _blocks = [];
    private readonly List<LandedCheckpoint> _base = [];
    private List<LandedCheckpoint> _current = [];
    private L1BlockRef? _folded = start;
    private ulong _settled = settled;

    /// <summary>Checkpoints above the settled one, in order without gaps.</summary>
    internal IReadOnlyList<LandedCheckpoint> All => _current;

    internal L1BlockRef? Head => _blocks.Count > 0 ? _blocks[^1].Id : _folded;

    /// <summary>The block below which nothing can be taken back.</summary>
    internal L1BlockRef? Floor => _folded;

    /// <summary>Whether a block is the next one, as far as can be told.</summary>
    internal bool Follows(L1Update.Block block) => Head is not { } head || (block.IsAfterGap ? block.Id.Number > head.Number : block.Id.Number == head.Number + 1 && block.ParentHash == head.Hash);

    internal void Begin(L1BlockRef block)
    {
        _blocks.Add((block, []));
        if (_blocks.Count > maxBlocks)
        {
            Fold(1);
        }
    }

    /// <summary>Adds a change of the block that was begun last.</summary>
    /// <returns>False where events before it are missing.</returns>
    internal bool Apply(RollupChange change)
    {
        (L1BlockRef id, ImmutableArray<RollupChange> changes) = _blocks[^1];
        _blocks[^1] = (id, changes.Add(change));
        return Apply(_current, id, change);
    }

    /// <summary>Takes back the blocks above one.</summary>
    /// <returns>False where that one is below what is remembered.</returns>
    internal bool Rewind(L1BlockRef ancestor)
    {
        int keep = _blocks.Count;
        while (keep > 0 && _blocks[keep - 1].Id.Number > ancestor.Number)
        {
            keep--;
        }

        bool isKnown = keep > 0 ? _blocks[keep - 1].Id == ancestor : _folded is null || _folded == ancestor;
        if (!isKnown)
        {
            return false;
        }

        _blocks.RemoveRange(keep, _blocks.Count - keep);
        _current = [.. _base];
        foreach ((L1BlockRef id, ImmutableArray<RollupChange> changes) in _blocks)
        {
            foreach (RollupChange change in changes)
            {
                Apply(_current, id, change);
            }
        }

        return true;
    }

    internal void Finalize(L1BlockRef block)
    {
        int count = 0;
        while (count < _blocks.Count && _blocks[count].Id.Number <= block.Number)
        {
            count++;
        }

        Fold(count);
    }

    /// <summary>Forgets checkpoints up to a number.</summary>
    internal void Settle(ulong number)
    {
        _settled = Math.Max(_settled, number);
        _base.RemoveAll(checkpoint => checkpoint.Number <= number);
        _current.RemoveAll(checkpoint => checkpoint.Number <= number);
    }

    private void Fold(int count)
    {
        for (int i = 0; i < count; i++)
        {
            foreach (RollupChange change in _blocks[i].Changes)
            {
                Apply(_base, _blocks[i].Id, change);
            }

            _folded = _blocks[i].Id;
        }

        _blocks.RemoveRange(0, count);
    }

    private bool Apply(List<LandedCheckpoint> list, L1BlockRef block, RollupChange change)
    {
        switch (change)
        {
            case RollupChange.CheckpointLanded landed:
                ulong next = _settled + (ulong)list.Count + 1;
                if (landed.Number > next)
                {
                    return false;
                }

                if (landed.Number <= _settled)
                {
                    return true;
                }

                // A lower number than the next one: removals were missed. What is on L1 now is what counts.
                Truncate(list, landed.Number);
                SkipReason? skipped = list.Count > 0 && list[^1].Skipped is not null ? SkipReason.DescendantOfSkipped
                    : landed.Verdict switch
                    {
                        AttestationVerdict.Valid => null,
                        AttestationVerdict.Insufficient => SkipReason.InsufficientAttestations,
                        _ => SkipReason.IncorrectAttestations,
                    };
                list.Add(new LandedCheckpoint(landed.Number, landed.Header, block, skipped, null));
                return true;
            case RollupChange.CheckpointInvalidated invalidated:
                Truncate(list, invalidated.Number);
                return true;
            case RollupChange.ChainPruned pruned:
                Truncate(list, pruned.ProvenNumber + 1);
                return true;
            case RollupChange.EpochProven proven:
                for (int i = 0; i < list.Count && list[i].Number <= proven.To; i++)
                {
                    if (list[i].ProvenIn is null)
                    {
                        list[i] = list[i] with { ProvenIn = block };
                    }
                }

                return true;
            default:
                return true;
        }
    }

    private void Truncate(List<LandedCheckpoint> list, ulong from)
    {
        int keep = from <= _settled ? 0 : (int)Math.Min((ulong)list.Count, from - _settled - 1);
        list.RemoveRange(keep, list.Count - keep);
    }
}
