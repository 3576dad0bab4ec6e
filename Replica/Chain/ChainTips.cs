using System.Collections.Immutable;
using Cloud.Protocol.Attesting;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;
using Cloud.Settlement.L1Events;

namespace Cloud.Replica.Chain;

/// <summary>The chain between the last settled block and the newest one, and its tips (building-in-chunks 4). A pure state machine: not safe for several threads, no clock, no I/O.</summary>
/// <remarks>
/// <para>Chunks form a tree. Which branch is the chain follows from what is known, in this order: checkpoints on L1; certificates; which chunk came first. Every input changes the tree or
/// the list of checkpoints, then the chain is chosen anew, and what was lost and won is the difference. So no rule can forget an effect, and the chain cannot have a gap.</para>
/// <para>A checkpoint whose chunks are here is taken over without reading its data again. Chunks are given up by the rules of building-in-chunks 4.3 and 4.4; whatever stands
/// on them goes with them.</para>
/// </remarks>
public sealed partial class ChainTips
{
    private readonly Timetable _timetable;
    private readonly ChainOptions _options;
    private readonly LandedCheckpoints _landed;
    private readonly Dictionary<Hash256, ChainNode> _nodes = [];
    private readonly Dictionary<Hash256, ChainNode> _byChunk = [];
    private readonly Dictionary<Hash256, ChunkCertificate> _earlyCertificates = [];
    private readonly Queue<Hash256> _earlyOrder = [];
    private readonly SortedDictionary<ulong, CheckpointHeader> _proposals = [];
    private readonly HashSet<Hash256> _announced = [];
    private List<ChainNode> _chain = [];
    private ChainNode _root;
    private ulong? _rootSlot;
    private ulong? _checkpointedSlot;
    private ulong? _overThrough;
    private LandedCheckpoint? _waiting;
    private ChainStart _settled;
    private readonly BlockId _start;
    private readonly BlockId _startProven;
    private ImmutableArray<ChainEffect>.Builder _effects = ImmutableArray.CreateBuilder<ChainEffect>();

    /// <summary>Starts at a settled block.</summary>
    /// <param name="timetable">The timetable.</param>
    /// <param name="start">The block.</param>
    /// <param name="options">Bounds; null for the defaults.</param>
    public ChainTips(Timetable timetable, ChainStart start, ChainOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(timetable);
        ArgumentNullException.ThrowIfNull(start);
        _timetable = timetable;
        _options = options ?? new ChainOptions();
        _root = new ChainNode(start.Block, null, null);
        _rootSlot = start.Slot;
        _checkpointedSlot = start.Slot;
        _nodes.Add(start.Block.Hash, _root);
        _landed = new LandedCheckpoints(start.Checkpoint, start.L1, _options.MaxL1Blocks);
        _settled = start;
        _start = start.Block;
        _startProven = start.Proven ?? start.Block;
        Tips = new TipSet(start.Block, start.Block, start.Block, start.Proven ?? start.Block, start.Finalized ?? start.Block);
    }

    /// <summary>The head of every view.</summary>
    public TipSet Tips { get; private set; }

    /// <summary>The newest L1 block that was reported; null before the first one.</summary>
    public L1BlockRef? L1Head => _landed.Head;

    /// <summary>The block at which memory starts.</summary>
    public BlockId Floor => _root.Block;

    /// <summary>Where memory would start again after a restart: the newest block that left it.</summary>
    public ChainStart Restart => _settled with { Proven = Lower(Tips.Proven), Finalized = Lower(Tips.Finalized) };

    /// <summary>Whether a checkpoint is on L1 whose chunks are not here.</summary>
    public bool IsBehindL1 => _waiting is not null;

    /// <summary>Checkpoints on L1 above the settled ones, in order.</summary>
    public IReadOnlyList<LandedCheckpoint> Landed => _landed.All;

    /// <summary>Number of the earliest checkpoint on L1 that is no part of the chain; null where there is none. The next proposer has it invalidated.</summary>
    public ulong? FirstSkipped => _landed.All.FirstOrDefault(checkpoint => checkpoint.Skipped is not null)?.Number;

    /// <summary>How many chunks are in memory, side branches included.</summary>
    public int Count => _nodes.Count - 1;

    /// <summary>The chunks of the chain that are in memory, lowest first.</summary>
    public IEnumerable<ChainChunk> Chunks => _chain.Select(node => node.Chunk!);

    /// <summary>Different slots of the chain that are not on L1.</summary>
    public int UnpublishedSlots => _chain.Where(node => node.Block.Number > Tips.Checkpointed.Number).Select(node => node.Slot).Distinct().Count();

    /// <summary>Whether a block stands on another, or is it.</summary>
    /// <param name="ancestor">Hash of the lower block.</param>
    /// <param name="descendant">Hash of the higher block.</param>
    /// <returns>False also where one of them is not in memory.</returns>
    public bool IsAncestor(in Hash256 ancestor, in Hash256 descendant)
    {
        if (!_nodes.TryGetValue(ancestor, out ChainNode? lower) || !_nodes.TryGetValue(descendant, out ChainNode? upper))
        {
            return false;
        }

        for (ChainNode? node = upper; node is not null && node.Block.Number >= lower.Block.Number; node = node.Parent)
        {
            if (node == lower)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The block on which a chunk would stand, for the rules about positions; also one on a side branch.</summary>
    /// <param name="blockHash">Hash of the block.</param>
    /// <returns>Null where it is not in memory.</returns>
    public ChunkParent? FindParent(in Hash256 blockHash) =>
        _nodes.TryGetValue(blockHash, out ChainNode? node) ? new ChunkParent(node.Block.Number, node.Block.Hash, node.Slot ?? _rootSlot, node.Chunk?.Header) : null;

    /// <summary>When <see cref="Tick"/> has something to do at the earliest, strictly after it.</summary>
    /// <returns>Null where nothing can become overdue.</returns>
    public DateTimeOffset? NextDeadline()
    {
        DateTimeOffset? earliest = null;
        foreach (ChainNode node in _nodes.Values)
        {
            if (node.Chunk is { } chunk && node.Block.Number > Tips.Checkpointed.Number && !IsCovered(chunk))
            {
                DateTimeOffset deadline = GiveUpAfter(chunk.Slot).Deadline;
                earliest = earliest is { } known && known <= deadline ? known : deadline;
            }
        }

        return earliest;
    }

    /// <summary>A chunk was re-executed and gave the block that its header names.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="now">The present.</param>
    /// <returns>What was done, and what follows.</returns>
    public ChainStep Executed(ChainChunk chunk, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        ChainOutcome outcome = TryAdd(chunk, now);
        if (outcome is ChainOutcome.Accepted)
        {
            Choose(
                _waiting is { } waiting ? new BreakReason.L1Mismatch(waiting.Number, waiting.Header.Hash, waiting.Block)
                : _nodes[chunk.Block.Hash].Certificate is { } certificate ? new BreakReason.CertifiedOtherwise(certificate)
                : null);
            Shrink();
        }

        return Step(outcome);
    }

    /// <summary>A chunk has a certificate. Only that of <see cref="AttestationKind.Executed"/> moves a tip.</summary>
    /// <param name="certificate">A certificate that was checked.</param>
    /// <returns>What was done, and what follows.</returns>
    public ChainStep Certified(ChunkCertificate certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        if (certificate.Attestation != AttestationKind.Executed)
        {
            return Step(new ChainOutcome.Ignored(ChainIgnoreReason.OtherKind));
        }

        if (certificate.Slot <= _rootSlot)
        {
            return Step(new ChainOutcome.Ignored(ChainIgnoreReason.SlotOver));
        }

        if (!_byChunk.TryGetValue(certificate.ChunkHash, out ChainNode? node))
        {
            if (!_earlyCertificates.TryAdd(certificate.ChunkHash, certificate))
            {
                return Step(new ChainOutcome.Ignored(ChainIgnoreReason.Duplicate));
            }

            _earlyOrder.Enqueue(certificate.ChunkHash);
            if (_earlyOrder.Count > _options.MaxEarlyCertificates)
            {
                _earlyCertificates.Remove(_earlyOrder.Dequeue());
            }

            return Step(ChainOutcome.Accepted.Instance);
        }

        if (node.Certificate is not null)
        {
            return Step(new ChainOutcome.Ignored(ChainIgnoreReason.Duplicate));
        }

        Certify(node, certificate);
        Choose(new BreakReason.CertifiedOtherwise(certificate));
        return Step(ChainOutcome.Accepted.Instance);
    }

    /// <summary>A slot's checkpoint was proposed. Keeps the slot's chunks from being given up as orphans.</summary>
    /// <param name="header">The header of a proposal that validation accepted; the first of its slot.</param>
    /// <returns>What was done, and what follows.</returns>
    public ChainStep CheckpointProposed(CheckpointHeader header)
    {
        ArgumentNullException.ThrowIfNull(header);
        if (IsOver(header.Slot))
        {
            return Step(new ChainOutcome.Ignored(ChainIgnoreReason.SlotOver));
        }

        if (_proposals.TryGetValue(header.Slot, out CheckpointHeader? known))
        {
            return Step(new ChainOutcome.Ignored(known == header ? ChainIgnoreReason.Duplicate : ChainIgnoreReason.ProposalKnown));
        }

        if (_proposals.Count >= _options.MaxProposals)
        {
            return Step(new ChainOutcome.LimitReached(nameof(ChainOptions.MaxProposals)));
        }

        _proposals.Add(header.Slot, header);
        return Step(ChainOutcome.Accepted.Instance);
    }

    /// <summary>L1 moved.</summary>
    /// <param name="update">What happened.</param>
    /// <returns>What was done, and what follows.</returns>
    public ChainStep Observe(L1Update update) => update switch
    {
        L1Update.Block block => Observe(block),
        L1Update.Reorged reorged => Observe(reorged),
        L1Update.Finalized final => Observe(final),
        _ => throw new ArgumentOutOfRangeException(nameof(update)),
    };

    /// <summary>Gives up chunks that no checkpoint proposal covers in time, by the clock, so that it works while L1 is quiet.</summary>
    /// <param name="now">The present.</param>
    /// <returns>What was done, and what follows.</returns>
    public ChainStep Tick(DateTimeOffset now)
    {
        bool isDue = false;
        while (LowestOverdue(now) is { } node)
        {
            isDue = true;
            BreakReason reason = GiveUpAfter(node.Chunk!.Slot).Reason;
            Remove(node);
            Choose(reason);
        }

        return Step(isDue ? ChainOutcome.Accepted.Instance : new ChainOutcome.Ignored(ChainIgnoreReason.NothingDue));
    }

    private ChainStep Observe(L1Update.Block block)
    {
        if (_landed.Head == block.Id)
        {
            return Step(new ChainOutcome.Ignored(ChainIgnoreReason.Duplicate));
        }

        if (!_landed.Follows(block))
        {
            _effects.Add(new ChainEffect.RebuildNeeded(_landed.Floor));
            return Step(ChainOutcome.ContradictsL1.Instance);
        }

        _landed.Begin(block.Id);
        foreach (RollupChange change in block.Changes)
        {
            Apply(block.Id, change);
        }

        // The slots that the next L1 block cannot take a checkpoint of any more.
        ConsensusTiming timing = _timetable.Consensus.Timing;
        if (_timetable.Consensus.SlotAt(block.Timestamp + timing.L1Slot) is { } next && next >= (ulong)timing.InclusionWindow)
        {
            _overThrough = next - (ulong)timing.InclusionWindow;
            GiveUpUnpublished(block.Id);
        }
        else
        {
            _overThrough = null;
        }

        Forget();
        SettleDeep(block.Id);
        return Step(ChainOutcome.Accepted.Instance);
    }

    private ChainStep Observe(L1Update.Reorged reorged)
    {
        if (_landed.Head is not { } head || head == reorged.Ancestor)
        {
            return Step(new ChainOutcome.Ignored(ChainIgnoreReason.Duplicate));
        }

        if (!_landed.Rewind(reorged.Ancestor))
        {
            _effects.Add(new ChainEffect.RebuildNeeded(_landed.Floor));
            return Step(ChainOutcome.ContradictsL1.Instance);
        }

        // Which slots are over is for the blocks to come to say.
        _overThrough = null;
        _announced.Clear();
        Choose(new BreakReason.L1Reorged(reorged.Ancestor));
        return Step(ChainOutcome.Accepted.Instance);
    }

    private ChainStep Observe(L1Update.Finalized final)
    {
        _landed.Finalize(final.Id);
        LandedCheckpoint? last = null;
        foreach (LandedCheckpoint checkpoint in _landed.All)
        {
            if (checkpoint.Skipped is not null || checkpoint.ProvenIn is not { } provenIn || provenIn.Number > final.Id.Number
                || checkpoint.LastBlock.Number > Tips.Checkpointed.Number)
            {
                break;
            }

            last = checkpoint;
        }

        if (last is null)
        {
            return Step(new ChainOutcome.Ignored(ChainIgnoreReason.NothingDue));
        }

        ImmutableArray<ChainChunk> chunks = [.. Chunks.TakeWhile(chunk => chunk.Block.Number <= last.LastBlock.Number)];
        ImmutableArray<L1Proof> proofs =
            [.. _landed.All.TakeWhile(checkpoint => checkpoint.Number <= last.Number).Select(checkpoint => checkpoint.Landed with { Block = checkpoint.ProvenIn!.Value })];
        BlockId from = Tips.Finalized;
        Tips = Tips with { Finalized = last.LastBlock };
        if (!chunks.IsEmpty)
        {
            _effects.Add(new ChainEffect.Reached(Tip.Finalized, chunks, proofs));
        }

        _effects.Add(new ChainEffect.TipMoved(Tip.Finalized, from, last.LastBlock));
        SettleThrough(last.LastBlock.Number);
        _landed.Settle(last.Number);
        return Step(ChainOutcome.Accepted.Instance);
    }

    private void Apply(L1BlockRef block, RollupChange change)
    {
        ImmutableArray<LandedCheckpoint> before = [.. _landed.All];
        if (!_landed.Apply(change))
        {
            _effects.Add(new ChainEffect.RebuildNeeded(_landed.Floor));
            return;
        }

        switch (change)
        {
            case RollupChange.CheckpointLanded landed:
                if (_landed.All.Count > 0 && _landed.All[^1] is { Skipped: { } skipped } last && last.Number == landed.Number)
                {
                    _effects.Add(new ChainEffect.CheckpointSkipped(last.Number, last.Header, skipped));
                }

                Choose(new BreakReason.L1Mismatch(landed.Number, landed.Header.Hash, block));
                break;
            case RollupChange.CheckpointInvalidated invalidated:
                RemoveFrom(before, invalidated.Number);
                Choose(new BreakReason.CheckpointInvalidated(invalidated.Number, block));
                break;
            case RollupChange.ChainPruned pruned:
                RemoveFrom(before, pruned.ProvenNumber + 1);
                Choose(new BreakReason.EpochUnproven(pruned.ProvenNumber, block));
                break;
            default:
                Choose(null);
                break;
        }
    }

    /// <summary>What L1 removed cannot be posted again: its slot is over.</summary>
    private void RemoveFrom(ImmutableArray<LandedCheckpoint> before, ulong number)
    {
        LandedCheckpoint? first = before.FirstOrDefault(checkpoint => checkpoint.Number >= number && checkpoint.Skipped is null);
        if (first is not null && first.LastBlock.Number <= Tips.Checkpointed.Number && _chain.Find(node => node.Block.Number == first.Header.FirstBlock) is { } node)
        {
            Remove(node);
        }
    }

    private void GiveUpUnpublished(L1BlockRef block)
    {
        while (LowestAbove(Tips.Checkpointed.Number, chunk => chunk.Slot <= _overThrough && !IsAwaited(chunk.Slot)) is { } node)
        {
            BreakReason reason = new BreakReason.SlotUnpublished(node.Chunk!.Slot, block);
            Remove(node);
            Choose(reason);
        }
    }

    /// <summary>Settles checkpoints that are as deep in L1 as the options say.</summary>
    private void SettleDeep(L1BlockRef head)
    {
        if (_options.SettleDepth is not { } depth || head.Number < depth)
        {
            return;
        }

        LandedCheckpoint? last = null;
        foreach (LandedCheckpoint checkpoint in _landed.All)
        {
            if (checkpoint.Skipped is not null || checkpoint.Block.Number > head.Number - depth || checkpoint.LastBlock.Number > Tips.Checkpointed.Number)
            {
                break;
            }

            last = checkpoint;
        }

        if (last is not null && last.LastBlock.Number > _root.Block.Number)
        {
            SettleThrough(last.LastBlock.Number);
        }
    }

    private BlockId? Lower(BlockId tip) => tip.Number < _settled.Block.Number ? tip : null;

    private void Forget()
    {
        while (_proposals.Count > 0 && _proposals.First().Key is var slot && IsOver(slot))
        {
            _proposals.Remove(slot);
        }
    }

    private ChainStep Step(ChainOutcome outcome)
    {
        ImmutableArray<ChainEffect> effects = _effects.ToImmutable();
        _effects = ImmutableArray.CreateBuilder<ChainEffect>();
        return new ChainStep(outcome, effects);
    }
}
