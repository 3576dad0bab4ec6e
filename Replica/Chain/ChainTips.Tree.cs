using System.Collections.Immutable;
using Cloud.Protocol.Attesting;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Replica.Chain;

public sealed partial class ChainTips
{
    private ChainOutcome TryAdd(ChainChunk chunk, DateTimeOffset now)
    {
        if (_nodes.ContainsKey(chunk.Block.Hash))
        {
            return new ChainOutcome.Ignored(ChainIgnoreReason.Duplicate);
        }

        bool isAwaited = IsAwaited(chunk.Slot);
        if (chunk.Block.Number <= Tips.Checkpointed.Number || IsOver(chunk.Slot) || (!isAwaited && IsOverdue(chunk, now)))
        {
            return new ChainOutcome.Ignored(ChainIgnoreReason.SlotOver);
        }

        if (!_nodes.TryGetValue(chunk.Header.Block.ParentHash, out ChainNode? parent))
        {
            return ChainOutcome.ParentUnknown.Instance;
        }

        ChunkParent position = new(parent.Block.Number, parent.Block.Hash, parent.Slot ?? _rootSlot, parent.Chunk?.Header);
        if (ChunkLink.Check(_timetable.Consensus, position, chunk.Header) is { } fault)
        {
            return new ChainOutcome.WrongLink(fault);
        }

        if (ContradictsWaiting(chunk.Slot, chunk.Block, parent))
        {
            return ChainOutcome.ContradictsL1.Instance;
        }

        // What is on L1 is taken whatever the bounds say: without it the chain would stop.
        if (!isAwaited && parent.Children.Count >= _options.MaxBranches)
        {
            return new ChainOutcome.LimitReached(nameof(ChainOptions.MaxBranches));
        }

        if (!isAwaited && Count >= _options.MaxChunks && Tips.Checkpointed.Number == _root.Block.Number)
        {
            return new ChainOutcome.LimitReached(nameof(ChainOptions.MaxChunks));
        }

        ChainNode node = new(chunk.Block, chunk, parent);
        parent.Children.Add(node);
        _nodes.Add(chunk.Block.Hash, node);
        _byChunk.TryAdd(chunk.Header.Hash, node);
        if (_earlyCertificates.Remove(chunk.Header.Hash, out ChunkCertificate? certificate))
        {
            Certify(node, certificate);
        }

        return ChainOutcome.Accepted.Instance;
    }

    private static void Certify(ChainNode node, ChunkCertificate certificate)
    {
        // Before its rivals, behind those that were certified earlier: the first certificate decides.
        List<ChainNode> rivals = node.Parent!.Children;
        rivals.Remove(node);
        rivals.Insert(rivals.FindLastIndex(rival => rival.Certificate is not null) + 1, node);
        node.Certificate = certificate;
    }

    /// <summary>Chooses the chain from what is known, and reports the difference to what it was.</summary>
    /// <param name="reason">Why chunks are lost; null where the input cannot cost any.</param>
    private void Choose(BreakReason? reason)
    {
        if (_root.Block.Number > Math.Max(Tips.Finalized.Number, _start.Number) && !_landed.All.Any(checkpoint => checkpoint.Skipped is null && checkpoint.LastBlock == _root.Block))
        {
            // Memory starts at a checkpoint that L1 has no longer.
            _effects.Add(new ChainEffect.RebuildNeeded(_landed.Floor));
            return;
        }

        (ChainNode top, int checkpoints) = TakeOver();
        if (_waiting is not null)
        {
            DropContradictions();
        }

        List<ChainNode> chain = PathTo(top);
        ulong checkpointed = top.Block.Number;
        ulong attested = checkpointed;
        for (ChainNode node = top; node.Children.Count > 0;)
        {
            node = node.Children[0];
            chain.Add(node);
            if ((node.Certificate is not null || node.WasOnL1) && attested == node.Block.Number - 1)
            {
                attested = node.Block.Number;
            }
        }

        ulong proven = Math.Max(Tips.Finalized.Number, _startProven.Number);
        foreach (LandedCheckpoint checkpoint in _landed.All.Take(checkpoints))
        {
            if (checkpoint.ProvenIn is null)
            {
                break;
            }

            proven = Math.Max(proven, checkpoint.LastBlock.Number);
        }

        Report(chain, attested, checkpointed, proven, reason);
    }

    /// <summary>Walks along the checkpoints on L1 as far as their chunks are here, and removes what contradicts them.</summary>
    private (ChainNode Top, int Checkpoints) TakeOver()
    {
        ChainNode top = _root;
        int checkpoints = 0;
        _waiting = null;
        foreach (LandedCheckpoint checkpoint in _landed.All)
        {
            if (checkpoint.Skipped is not null)
            {
                break;
            }

            BlockId last = checkpoint.LastBlock;
            if (last.Number > top.Block.Number)
            {
                if (!_nodes.TryGetValue(last.Hash, out ChainNode? node) || node.Block != last)
                {
                    _waiting = checkpoint;
                    if (_announced.Add(checkpoint.Header.Hash))
                    {
                        _effects.Add(new ChainEffect.FetchCheckpoint(checkpoint.Number, checkpoint.Header));
                    }

                    break;
                }

                List<ChainNode> path = PathTo(node);
                ChainNode below = top;
                foreach (ChainNode step in path)
                {
                    if (step.Block.Number > top.Block.Number)
                    {
                        RemoveChildrenBut(below, step);
                        step.WasOnL1 = true;
                        below = step;
                    }
                }

                top = node;

                // The slot ends here, whatever else its proposer sent.
                foreach (ChainNode extra in top.Children.FindAll(child => child.Slot <= checkpoint.Header.Slot))
                {
                    Remove(extra);
                }
            }

            checkpoints++;
        }

        if (_waiting is null)
        {
            _announced.Clear();
        }

        return (top, checkpoints);
    }

    private void DropContradictions()
    {
        foreach (ChainNode node in _nodes.Values.Where(node => node.Chunk is not null && node.Parent is not null).OrderBy(node => node.Block.Number).ToArray())
        {
            if (_nodes.ContainsKey(node.Block.Hash) && ContradictsWaiting(node.Chunk!.Slot, node.Block, node.Parent!))
            {
                Remove(node);
            }
        }
    }

    /// <summary>Whether a block cannot be in one chain with the checkpoint whose chunks are still to come.</summary>
    private bool ContradictsWaiting(ulong slot, BlockId block, ChainNode parent)
    {
        if (_waiting is not { } waiting || block.Number < waiting.Header.FirstBlock)
        {
            return false;
        }

        BlockId last = waiting.LastBlock;
        if (block.Number > last.Number)
        {
            for (ChainNode? node = parent; node is not null; node = node.Parent)
            {
                if (node.Block.Number == last.Number)
                {
                    return node.Block != last;
                }
            }

            return true;
        }

        return slot != waiting.Header.Slot || (block.Number == last.Number && block != last);
    }

    private List<ChainNode> PathTo(ChainNode node)
    {
        List<ChainNode> path = new((int)(node.Block.Number - _root.Block.Number) + 16);
        for (ChainNode step = node; step != _root; step = step.Parent!)
        {
            path.Add(step);
        }

        path.Reverse();
        return path;
    }

    private void RemoveChildrenBut(ChainNode node, ChainNode keep)
    {
        foreach (ChainNode child in node.Children.FindAll(child => child != keep))
        {
            Remove(child);
        }
    }

    private void Remove(ChainNode node)
    {
        node.Parent!.Children.Remove(node);
        Stack<ChainNode> stack = new([node]);
        while (stack.TryPop(out ChainNode? next))
        {
            Unindex(next);
            foreach (ChainNode child in next.Children)
            {
                stack.Push(child);
            }
        }
    }

    private void Unindex(ChainNode node)
    {
        _nodes.Remove(node.Block.Hash);
        if (node.Chunk is { } chunk && _byChunk.TryGetValue(chunk.Header.Hash, out ChainNode? indexed) && indexed == node)
        {
            _byChunk.Remove(chunk.Header.Hash);
        }
    }

    private void Report(List<ChainNode> chain, ulong attested, ulong checkpointed, ulong proven, BreakReason? reason)
    {
        List<ChainNode> before = _chain;
        TipSet tips = Tips;
        int common = 0;
        while (common < before.Count && common < chain.Count && before[common] == chain[common])
        {
            common++;
        }

        ulong fork = _root.Block.Number + (ulong)common;
        BlockId At(ulong number) => number > _root.Block.Number ? chain[(int)(number - _root.Block.Number) - 1].Block : _root.Block;
        _chain = chain;
        _checkpointedSlot = checkpointed > _root.Block.Number ? chain[(int)(checkpointed - _root.Block.Number) - 1].Slot : _rootSlot;
        Tips = tips with
        {
            Proposed = chain.Count > 0 ? chain[^1].Block : _root.Block,
            Attested = At(attested),
            Checkpointed = At(checkpointed),
            Proven = proven > _root.Block.Number ? At(proven) : ProvenBelow(proven, tips),
        };

        HashSet<Hash256> kept = [];
        if (common < before.Count)
        {
            kept = [.. chain.Skip(common).SelectMany(node => node.Chunk!.Transactions)];
            foreach (IGrouping<ulong?, ChainNode> slot in before.Skip(common).GroupBy(node => node.Slot))
            {
                _effects.Add(new ChainEffect.Pruned(slot.Key!.Value, [.. slot.Select(node => node.Chunk!)], Required(reason)));
            }
        }

        ReportFall(Tip.Attested, tips.Attested.Number, Tips.Attested.Number, ulong.MaxValue, fork, reason);
        ReportFall(Tip.Checkpointed, tips.Checkpointed.Number, Tips.Checkpointed.Number, Tips.Attested.Number, fork, reason);
        ReportFall(Tip.Proven, tips.Proven.Number, Tips.Proven.Number, Tips.Checkpointed.Number, fork, reason);
        ReportRise(Tip.Proposed, fork, Tips.Proposed.Number, []);
        ReportRise(Tip.Attested, Math.Min(fork, tips.Attested.Number), Tips.Attested.Number, []);
        ReportRise(Tip.Checkpointed, Math.Min(fork, tips.Checkpointed.Number), Tips.Checkpointed.Number, _landed.All);
        ReportRise(Tip.Proven, Math.Min(fork, tips.Proven.Number), Tips.Proven.Number, _landed.All);
        for (Tip tip = Tip.Proposed; tip <= Tip.Proven; tip++)
        {
            if (tips[tip] != Tips[tip])
            {
                _effects.Add(new ChainEffect.TipMoved(tip, tips[tip], Tips[tip]));
            }
        }

        if (common < before.Count)
        {
            ImmutableArray<Hash256> lost = [.. before.Skip(common).SelectMany(node => node.Chunk!.Transactions).Where(transaction => !kept.Contains(transaction))];
            if (!lost.IsEmpty)
            {
                _effects.Add(new ChainEffect.Reinject(lost));
            }
        }
    }

    private static BreakReason Required(BreakReason? reason) => reason ?? throw new InvalidOperationException("A promise was broken by an input that can break none.");

    /// <summary>Chunks that keep their place but lose a view, and are still in the view below it: those that lost that one too are reported there.</summary>
    private void ReportFall(Tip tip, ulong from, ulong to, ulong below, ulong fork, BreakReason? reason)
    {
        ImmutableArray<ChainChunk> chunks = Between(to, Math.Min(Math.Min(from, below), fork));
        if (!chunks.IsEmpty)
        {
            _effects.Add(new ChainEffect.FellBack(tip, chunks, Required(reason)));
        }
    }

    private void ReportRise(Tip tip, ulong from, ulong to, IReadOnlyList<LandedCheckpoint> landed)
    {
        ImmutableArray<ChainChunk> chunks = Between(from, to);
        if (chunks.IsEmpty)
        {
            return;
        }

        ImmutableArray<L1Proof>.Builder proofs = ImmutableArray.CreateBuilder<L1Proof>(0);
        foreach (LandedCheckpoint checkpoint in landed)
        {
            if (checkpoint.LastBlock.Number > from && checkpoint.Header.FirstBlock <= to)
            {
                proofs.Add(tip == Tip.Proven ? checkpoint.Landed with { Block = checkpoint.ProvenIn!.Value } : checkpoint.Landed);
            }
        }

        _effects.Add(new ChainEffect.Reached(tip, chunks, proofs.DrainToImmutable()));
    }

    /// <summary>Chunks of the chain in memory with numbers above one and up to another.</summary>
    private ImmutableArray<ChainChunk> Between(ulong from, ulong to)
    {
        if (to <= from || to <= _root.Block.Number)
        {
            return [];
        }

        int skip = from > _root.Block.Number ? (int)(from - _root.Block.Number) : 0;
        int take = (int)(to - _root.Block.Number) - skip;
        return [.. _chain.Skip(skip).Take(take).Select(node => node.Chunk!)];
    }

    /// <summary>The proven tip where it is at or below the block at which memory starts.</summary>
    private BlockId ProvenBelow(ulong number, TipSet tips) =>
        number == _root.Block.Number ? _root.Block
        : number == tips.Finalized.Number ? tips.Finalized
        : number == _startProven.Number ? _startProven
        : _landed.All.First(checkpoint => checkpoint.LastBlock.Number == number).LastBlock;

    /// <summary>Hands the lowest checkpointed chunks over where memory is full.</summary>
    private void Shrink()
    {
        if (Count <= _options.MaxChunks)
        {
            return;
        }

        foreach (LandedCheckpoint checkpoint in _landed.All)
        {
            if (checkpoint.LastBlock.Number > Tips.Checkpointed.Number)
            {
                break;
            }

            if (checkpoint.LastBlock.Number > _root.Block.Number)
            {
                SettleThrough(checkpoint.LastBlock.Number);
                if (Count <= _options.MaxChunks)
                {
                    break;
                }
            }
        }
    }

    private void SettleThrough(ulong number)
    {
        int count = number > _root.Block.Number ? (int)(number - _root.Block.Number) : 0;
        if (count == 0)
        {
            return;
        }

        ImmutableArray<ChainChunk> chunks = [.. _chain.Take(count).Select(node => node.Chunk!)];
        ChainNode last = _chain[count - 1];
        ChainNode root = new(last.Block, null, null);
        foreach (ChainNode child in last.Children)
        {
            child.Parent = root;
            root.Children.Add(child);
        }

        Unindex(_root);
        foreach (ChainNode node in _chain.Take(count))
        {
            Unindex(node);
        }

        _nodes.Add(root.Block.Hash, root);
        _rootSlot = last.Slot;
        _root = root;
        LandedCheckpoint landed = _landed.All.First(checkpoint => checkpoint.LastBlock == root.Block);
        _settled = new ChainStart(root.Block, _rootSlot, landed.Number, landed.Block, CheckpointHash: landed.Header.Hash, InHash: landed.Header.InHash);
        _chain.RemoveRange(0, count);
        _effects.Add(new ChainEffect.Settled(chunks));
    }

    private Tip ViewOf(ulong number)
    {
        Tip view = Tip.Proposed;
        for (Tip tip = Tip.Attested; tip <= Tip.Finalized && number <= Tips[tip].Number; tip++)
        {
            view = tip;
        }

        return view;
    }

    /// <summary>Whether a checkpoint of the slot is on L1 whose chunks are still to come.</summary>
    private bool IsAwaited(ulong slot) =>
        _waiting is { } waiting && _landed.All.Any(checkpoint => checkpoint.Skipped is null && checkpoint.Number >= waiting.Number && checkpoint.Header.Slot == slot);

    private bool IsOver(ulong slot) => !IsAwaited(slot) && (slot <= _checkpointedSlot || slot <= _overThrough);

    /// <summary>Whether a checkpoint that is proposed and executed here, or awaited from L1, holds the chunk.</summary>
    private bool IsCovered(ChainChunk chunk) =>
        IsAwaited(chunk.Slot)
        || (_proposals.TryGetValue(chunk.Slot, out CheckpointHeader? header) && _nodes.ContainsKey(header.BlockHash) && IsAncestor(chunk.Block.Hash, header.BlockHash));

    private (DateTimeOffset Deadline, BreakReason Reason) GiveUpAfter(ulong slot)
    {
        if (_proposals.TryGetValue(slot, out CheckpointHeader? header) && !_nodes.ContainsKey(header.BlockHash))
        {
            DateTimeOffset synced = _timetable.Consensus.SyncedDeadline(slot);
            return (synced, new BreakReason.CheckpointNotSynced(slot, header.Hash, synced));
        }

        DateTimeOffset orphaned = _timetable.Deadlines(slot).Orphaned;
        return (orphaned, new BreakReason.CheckpointMissing(slot, orphaned));
    }

    private bool IsOverdue(ChainChunk chunk, DateTimeOffset now) => now > GiveUpAfter(chunk.Slot).Deadline && !IsCovered(chunk);

    private ChainNode? LowestOverdue(DateTimeOffset now) => LowestAbove(Tips.Checkpointed.Number, chunk => IsOverdue(chunk, now));

    private ChainNode? LowestAbove(ulong number, Func<ChainChunk, bool> condition)
    {
        ChainNode? lowest = null;
        foreach (ChainNode node in _nodes.Values)
        {
            if (node.Chunk is { } chunk && node.Block.Number > number && (lowest is null || node.Block.Number < lowest.Block.Number) && condition(chunk))
            {
                lowest = node;
            }
        }

        return lowest;
    }
}
