using System.Collections.Immutable;
using Cloud.Execution.Pool;
using Cloud.Protocol.Attesting;
using Cloud.Protocol.Checkpoints;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Transactions;
using Cloud.Protocol.Validation;
using Cloud.Replica.Chain;
using Cloud.Replica.Chains;
using Cloud.Replica.Events;
using Cloud.Replica.Statuses;
using Cloud.Settlement.L1Events;

namespace Cloud.Replica.Node;

/// <content>The chain: certificates, checkpoints, L1, and what follows for pool, statuses, readers and disk.</content>
public sealed partial class ReplicaNode
{
    private readonly Dictionary<Hash256, ExecutedBlock> _executed = [];
    private readonly SortedDictionary<ulong, CheckpointProposal> _checkpoints = [];
    private readonly Dictionary<Hash256, ulong> _certified = [];
    private readonly List<CheckpointWaiter> _checkpointWaiters = [];
    private readonly Queue<ExecutedBlock> _settled = [];
    private ImmutableArray<ExecutedBlock> _chain = [];
    private bool _isStoring;
    private bool _isDegraded;
    private bool _isRebuildNeeded;

    // A node that was away may not give up what L1 has had in the meantime: it hears L1 first, but does not wait for an L1 that is silent.
    private DateTimeOffset _mayGiveUpFrom = DateTimeOffset.MinValue;
    private DateTimeOffset _l1KnownFrom = DateTimeOffset.MinValue;

    private ChainOutcome HandleCertificate(ChunkCertificate certificate, DateTimeOffset now)
    {
        ChainStep step = _tips.Certified(certificate);
        if (step.Outcome is ChainOutcome.Accepted)
        {
            Record(new NodeRecord.Certified(now, certificate));
            _certified[certificate.ChunkHash] = certificate.Slot;
            _proofs.Add(certificate);
            Raise(new ReplicaEvent.ChunkCertified(certificate), now);
            Apply(step.Effects, now);
            if (!_isReplaying)
            {
                Follow(_feed.Certified(certificate.Slot, certificate.Index, certificate.ChunkHash, now).Effects, now);
                Retry(certificate, now);
            }

            CheckCheckpoints(now);
        }

        return step.Outcome;
    }

    /// <summary>A quorum could execute the chunk: what this node lacked it may have now.</summary>
    private void Retry(ChunkCertificate certificate, DateTimeOffset now)
    {
        foreach (ChunkWork work in _works.Values.Where(work => work.State == ChunkWorkState.Done && work.Header.Hash == certificate.ChunkHash).ToArray())
        {
            if (work.Check is { } check && VerdictTable.IsRetryable(check.Verdict))
            {
                Begin(work.Proposal, isFromL1: false, now);
            }
        }
    }

    private ChainOutcome HandleCheckpoint(Validated<CheckpointProposal> proposal, DateTimeOffset now)
    {
        if (proposal.Validity is not Validity.Accepted accepted)
        {
            return new ChainOutcome.Ignored(ChainIgnoreReason.OtherKind);
        }

        if (proposal.Message.LastChunk is { } last)
        {
            HandleChunk(new Validated<ChunkProposal>(last, accepted), now);
        }

        CheckpointHeader header = proposal.Message.Header;
        ChainStep step = _tips.CheckpointProposed(header);
        if (step.Outcome is ChainOutcome.Accepted)
        {
            CheckpointProposal kept = proposal.Message.WithoutLastChunk();
            Record(new NodeRecord.CheckpointProposed(now, kept));
            _checkpoints[header.Slot] = kept;
            _proofs.Add(header, kept.Signature);
            Raise(new ReplicaEvent.CheckpointProposed(header), now);
            Apply(step.Effects, now);
            CheckCheckpoints(now);
        }
        else if (step.Outcome is ChainOutcome.Ignored { Reason: ChainIgnoreReason.ProposalKnown } && _checkpoints.TryGetValue(header.Slot, out CheckpointProposal? known))
        {
            Raise(
                new ReplicaEvent.EvidenceFound(new Evidence.Equivocation(
                    Genesis.Context, header.Statement.Duty, known.Header.Hash, known.Signature, header.Hash, proposal.Message.Signature)),
                now);
        }

        return step.Outcome;
    }

    private ChainOutcome HandleL1(L1Update update, DateTimeOffset now)
    {
        ChainStep step = _tips.Observe(update);
        if (step.Outcome is ChainOutcome.Accepted)
        {
            Record(new NodeRecord.L1Moved(now, update));
            TakeInbox(update, now);
            if (update is L1Update.Block { Timestamp: var seen } && seen >= _l1KnownFrom)
            {
                _mayGiveUpFrom = DateTimeOffset.MinValue;
            }
        }

        if (update is L1Update.Block block && step.Outcome is ChainOutcome.Accepted)
        {
            foreach (RollupChange.CheckpointLanded landed in block.Changes.OfType<RollupChange.CheckpointLanded>())
            {
                SkipReason? skipped = step.Effects.OfType<ChainEffect.CheckpointSkipped>().FirstOrDefault(effect => effect.Number == landed.Number)?.Reason;
                _proofs.Add(landed.Header, null);
                Raise(new ReplicaEvent.CheckpointLanded(landed.Number, landed.Header, skipped), now);
            }
        }

        Apply(step.Effects, now);
        _isViewStale = true;
        CheckCheckpoints(now);
        return step.Outcome;
    }

    private void HandleTick(DateTimeOffset now)
    {
        Follow(_feed.Tick(now).Effects, now);
        Follow(_flashblocks.Tick(now).Effects, now);
        if (now >= _mayGiveUpFrom)
        {
            ChainStep step = _tips.Tick(now);
            if (step.Outcome is ChainOutcome.Accepted)
            {
                Record(new NodeRecord.GaveUp(now));
                Apply(step.Effects, now);
            }
        }

        foreach (ChunkWork work in _works.Values.ToArray())
        {
            if (work.State == ChunkWorkState.Done)
            {
                if (now > work.Deadline + Options.ExecutionPatience)
                {
                    _works.Remove(work.BlockHash);
                    _checks.Remove(work.Header.Hash);
                }
            }
            else if (now > work.Deadline && !work.IsFromL1 && work.State != ChunkWorkState.Execution)
            {
                ChunkVerdict verdict = work.State switch
                {
                    ChunkWorkState.Bodies => ChunkVerdict.TransactionsMissing,
                    ChunkWorkState.Deposits => ChunkVerdict.TimedOut,
                    _ => ChunkVerdict.ParentNotFound,
                };
                Finish(work, verdict, verdict == ChunkVerdict.TimedOut ? $"the inbox is not known here up to {work.Header.InHash}" : "the deadline passed");
            }
            else if (work.State == ChunkWorkState.Bodies)
            {
                Advance(work, now);
            }
        }

        foreach ((ulong number, Fetch fetch) in _fetches)
        {
            if (!fetch.IsRunning && now >= fetch.NextAt)
            {
                Start(number, fetch, now);
            }
        }

        if (now >= _nextExpiry)
        {
            _nextExpiry = now + TimeSpan.FromMinutes(1);
            _pool.DropExpired();
        }

        CheckCheckpoints(now);
    }

    private DateTimeOffset? NextDeadline()
    {
        DateTimeOffset? next = Now + TimeSpan.FromSeconds(5);
        Take(_feed.NextDeadline());
        Take(_flashblocks.NextDeadline());
        DateTimeOffset? givesUp = _tips.NextDeadline()?.AddTicks(1);
        Take(givesUp < _mayGiveUpFrom ? _mayGiveUpFrom : givesUp);
        foreach (ChunkWork work in _works.Values)
        {
            Take(work.State switch
            {
                ChunkWorkState.Done or ChunkWorkState.Execution => null,
                ChunkWorkState.Bodies when !work.IsPulling => work.NextPull,
                _ when work.IsFromL1 => null,
                _ => work.Deadline.AddTicks(1),
            });
        }

        foreach (Fetch fetch in _fetches.Values)
        {
            Take(fetch.IsRunning ? null : fetch.NextAt);
        }

        return next;

        void Take(DateTimeOffset? at)
        {
            if (at < next)
            {
                next = at;
            }
        }
    }

    // Effects.

    private void Apply(ImmutableArray<ChainEffect> effects, DateTimeOffset now)
    {
        List<ExecutedBlock> removed = [];
        List<ExecutedBlock> added = [];
        BlockId? head = null;
        foreach (ChainEffect effect in effects)
        {
            Report(_statuses.Apply(effect, now), now);
            switch (effect)
            {
                case ChainEffect.Pruned pruned:
                    removed.AddRange(pruned.Chunks.Select(chunk => _executed[chunk.Block.Hash]));
                    Raise(new ReplicaEvent.Pruned(pruned.Slot, [.. pruned.Chunks.Select(chunk => chunk.Block)], pruned.Reason), now);
                    break;
                case ChainEffect.Reached { Tip: Tip.Proposed } reached:
                    added.AddRange(reached.Chunks.Select(chunk => _executed[chunk.Block.Hash]));
                    break;
                case ChainEffect.Reached reached:
                    _proofs.Add(reached);
                    break;
                case ChainEffect.TipMoved moved:
                    _isViewStale = true;
                    Raise(new ReplicaEvent.TipMoved(moved.Tip, moved.From, moved.To), now);
                    head = moved.Tip == Tip.Proposed ? moved.To : head;
                    break;
                case ChainEffect.FetchCheckpoint fetch:
                    Fetching(fetch, now);
                    break;
                case ChainEffect.Settled settled:
                    foreach (ChainChunk chunk in settled.Chunks)
                    {
                        _settled.Enqueue(_executed[chunk.Block.Hash]);
                    }

                    break;
                case ChainEffect.RebuildNeeded when !_isReplaying:
                    _isRebuildNeeded = true;
                    Raise(new ReplicaEvent.RebuildNeeded(), now);
                    break;
                default:
                    break;
            }
        }

        if (head is not null || removed.Count > 0)
        {
            MoveHead(removed, added, now);
        }

        foreach (ExecutedBlock block in removed)
        {
            if (_tips.FindParent(block.Hash) is null)
            {
                _executed.Remove(block.Hash);
                _checks.Remove(block.Proposal!.Header.Hash);
            }
        }

        if (head is { } newest)
        {
            Follow(_feed.HeadMoved(_executed[newest.Hash].Slot ?? 0, newest.Hash).Effects, now);
        }

        if (_isReplaying)
        {
            StartStoring();
        }
        else if (_settled.Count > 0)
        {
            // Once the journal has what settles them: after a crash the same blocks are settled again.
            _afterwards.Add(StartStoring);
        }
    }

    /// <summary>The newest executed block is another one: readers, pool and flashblocks follow.</summary>
    private void MoveHead(List<ExecutedBlock> removed, List<ExecutedBlock> added, DateTimeOffset now)
    {
        RebuildChain();
        foreach (ExecutedBlock block in removed)
        {
            foreach (Transaction transaction in block.Transactions)
            {
                Hash256 hash = transaction.Hash;
                _index.Remove(in hash, block.Number);
            }
        }

        foreach (ExecutedBlock block in added)
        {
            foreach (Transaction transaction in block.Transactions)
            {
                Hash256 hash = transaction.Hash;
                _index.Add(in hash, block.Number);
            }
        }

        ExecutedBlock head = _chain[^1];
        if (!_isReplaying)
        {
            _pool.SetHead(HeadOf(head), [.. removed.Select(PoolBlockOf)], [.. added.Select(PoolBlockOf)]);
        }

        PendingSession[] before = [.. _sessions];
        Follow(_flashblocks.HeadMoved(head.Number, head.Hash, now).Effects, now);
        foreach (PendingSession session in before)
        {
            if (session.Number <= head.Number && _sessions.Remove(session))
            {
                // The chunk is sealed.
                session.Dispose();
                if (session.Block is { } block && !_executed.ContainsKey(block.Hash))
                {
                    Forget(block);
                }
            }
        }

        _isDegraded = _flashblocks.IsDegraded;
        _isViewStale = true;
        if (_sessions.Find(session => session.ParentHash == head.Hash && session.Block is not null) is { } next)
        {
            Commit(next, 0);
        }
    }

    private void RebuildChain()
    {
        ImmutableArray<ExecutedBlock>.Builder chain = ImmutableArray.CreateBuilder<ExecutedBlock>();
        chain.Add(_chain[0]);
        // While a journal is replayed, the stored blocks may be ahead of what it has settled so far.
        foreach (ExecutedBlock block in _settled.Concat(_tips.Chunks.Select(chunk => _executed[chunk.Block.Hash])))
        {
            if (block.Number > _chain[0].Number)
            {
                chain.Add(block);
            }
        }

        _chain = chain.ToImmutable();
    }

    private PoolHead HeadOf(ExecutedBlock block)
    {
        UInt256 baseFee = _rules.BaseFeeAfter(block.Header);
        return new PoolHead(block.Number, block.Hash, block.State, baseFee, Genesis.GasLimit, Genesis.Chain.ForkAt(block.Header.Timestamp));
    }

    private static PoolBlock PoolBlockOf(ExecutedBlock block) =>
        new(block.Number, block.Hash, block.Transactions, block.Changes is { } changes ? changes : null);

    private void Report(ImmutableArray<StatusChange> changes, DateTimeOffset now)
    {
        foreach (StatusChange change in changes)
        {
            Raise(new ReplicaEvent.StatusChanged(change), now);
        }
    }

    // Checkpoints on L1 whose chunks are not here.

    private readonly Dictionary<ulong, Fetch> _fetches = [];
    private DateTimeOffset _nextExpiry;

    private void Fetching(ChainEffect.FetchCheckpoint effect, DateTimeOffset now)
    {
        Fetch fetch = new(effect.Header);
        _fetches[effect.Number] = fetch;
        Start(effect.Number, fetch, now);
    }

    private void Start(ulong number, Fetch fetch, DateTimeOffset now)
    {
        fetch.Attempts++;
        fetch.NextAt = now + Options.Feed.BackOff(fetch.Attempts);
        if (Volatile.Read(ref _source) is null || _isReplaying)
        {
            return;
        }

        fetch.IsRunning = true;
        Pull(
            (source, token) => source.ReadCheckpointAsync(number, fetch.Header, token),
            (chunks, at) =>
            {
                fetch.IsRunning = false;
                if (!_fetches.TryGetValue(number, out Fetch? present) || present != fetch || chunks is not { } found || !Fits(fetch.Header, found))
                {
                    return;
                }

                _fetches.Remove(number);
                foreach (ChunkProposal chunk in found)
                {
                    Begin(chunk, isFromL1: true, at);
                }
            },
            _ => fetch.IsRunning = false);
    }

    /// <summary>What is on L1 is believed for its hash alone: the committee attested to it.</summary>
    private static bool Fits(CheckpointHeader header, ImmutableArray<ChunkProposal> chunks) =>
        header.CommitsTo([.. chunks.Select(chunk => chunk.Header.Hash)]);

    // Storing what is settled.

    private void StartStoring()
    {
        if (_isStoring || _settled.Count == 0)
        {
            return;
        }

        _isStoring = true;
        ExecutedBlock[] blocks = [.. _settled];
        Enqueue(
            () =>
            {
                _storage.Store(blocks);
                return blocks;
            },
            (result, now) =>
            {
                if (result is Exception defect)
                {
                    throw new InvalidOperationException("Settled blocks cannot be stored.", defect);
                }

                Stored(blocks, now);
            });
    }

    /// <summary>After the turn's statuses are shown, so that none of them comes back.</summary>
    private void Forget(ExecutedBlock[] blocks)
    {
        foreach (ExecutedBlock block in blocks)
        {
            foreach (Transaction transaction in block.Transactions)
            {
                _histories.Remove(transaction.Hash);
            }
        }
    }

    private void Stored(ExecutedBlock[] blocks, DateTimeOffset now)
    {
        _isStoring = false;
        foreach (ExecutedBlock block in blocks)
        {
            _settled.Dequeue();
            foreach (Transaction transaction in block.Transactions)
            {
                Hash256 hash = transaction.Hash;
                _index.Remove(in hash, block.Number);
            }
        }

        _afterwards.Add(() => Forget(blocks));

        ExecutedBlock last = blocks[^1];
        _proofs.ForgetThrough(last.Number, last.Slot ?? 0);
        foreach (ExecutedBlock old in _executed.Values.Where(block => block.Number < last.Number || (block.Number == last.Number && block.Hash != last.Hash)).ToArray())
        {
            _executed.Remove(old.Hash);
            if (old.Proposal is { } proposal)
            {
                _checks.Remove(proposal.Header.Hash);
            }
        }

        foreach (Hash256 old in _certified.Where(entry => entry.Value <= (last.Slot ?? 0)).Select(entry => entry.Key).ToArray())
        {
            _certified.Remove(old);
        }

        while (_checkpoints.Count > 0 && _checkpoints.First().Key is var slot && slot < (last.Slot ?? 0))
        {
            _checkpoints.Remove(slot);
        }

        if (last.Number > _chain[0].Number)
        {
            _chain = _chain.SetItem(0, new ExecutedBlock { Header = last.Header, Hash = last.Hash, State = last.State });
        }

        RebuildChain();
        _isViewStale = true;
        Raise(new ReplicaEvent.Stored(last.Id), now);
        if (_settled.Count > 0)
        {
            StartStoring();
        }
        else
        {
            CompactIfLong(now);
        }
    }

    // Checkpoint proposals that somebody wants to attest.

    private void CheckCheckpoints(DateTimeOffset now)
    {
        for (int i = _checkpointWaiters.Count - 1; i >= 0; i--)
        {
            CheckpointWaiter waiter = _checkpointWaiters[i];
            CheckpointCheck? check = Check(waiter.Header)
                ?? (now > _timetable.Consensus.AttestationDeadline(waiter.Header.Slot) ? new CheckpointCheck.Unvalidated() : null);
            if (check is not null)
            {
                _checkpointWaiters.RemoveAt(i);
                _afterwards.Add(() => waiter.Answer.TrySetResult(check));
            }
        }
    }

    /// <summary>Compares a checkpoint with the chunks of its slot; null as long as they are not all here.</summary>
    private CheckpointCheck? Check(CheckpointHeader header)
    {
        if (!_executed.TryGetValue(header.BlockHash, out ExecutedBlock? last))
        {
            return null;
        }

        List<CandidateChunk> chunks = [];
        ExecutedBlock? below = last;
        while (below?.Proposal is { } proposal && proposal.Header.Slot == last.Slot)
        {
            chunks.Insert(0, new CandidateChunk(proposal.Header, below.Hash, StandingOf(proposal.Header)));
            below = FindExecuted(below.Header.ParentHash);
        }

        if (below is null)
        {
            return null;
        }

        // Later chunks of the slot that stand on it and have a certificate must not be left out.
        ExecutedBlock top = last;
        while (_executed.Values.FirstOrDefault(block => block.Header.ParentHash == top.Hash && block.Slot == last.Slot) is { } next)
        {
            chunks.Add(new CandidateChunk(next.Proposal!.Header, next.Hash, StandingOf(next.Proposal.Header)));
            top = next;
        }

        Hash256 parent = CheckpointAt(below).Hash;
        return CheckpointAssembly.Check(_timetable.Consensus, header, parent, chunks.ToArray(), Hash256.Zero, Genesis.SlotLimits) is { } fault
            ? new CheckpointCheck.Invalid(fault)
            : CheckpointCheck.Valid.Instance;
    }

    private ChunkStanding StandingOf(ChunkHeader header) => _certified.ContainsKey(header.Hash) ? ChunkStanding.Certified : ChunkStanding.Expected;

    /// <summary>The checkpoint that ends with a block: on L1, proposed, or what the slot's chunks up to the block would give.</summary>
    private (Hash256 Hash, bool IsExpected) CheckpointAt(ExecutedBlock block)
    {
        if (_tips.Restart.Block == block.Id)
        {
            return (_tips.Restart.CheckpointHash, false);
        }

        if (block.Proposal is not { } proposal)
        {
            return (_groundCheckpoint, false);
        }

        foreach (LandedCheckpoint landed in _tips.Landed)
        {
            if (landed.LastBlock == block.Id)
            {
                return (landed.Header.Hash, false);
            }
        }

        if (_checkpoints.TryGetValue(proposal.Header.Slot, out CheckpointProposal? proposed) && proposed.Header.BlockHash == block.Hash)
        {
            return (proposed.Header.Hash, false);
        }

        List<CandidateChunk> chunks = [];
        ExecutedBlock below = block;
        while (below.Proposal is { } chunk && chunk.Header.Slot == proposal.Header.Slot)
        {
            chunks.Insert(0, new CandidateChunk(chunk.Header, below.Hash, ChunkStanding.Expected));
            if (FindExecuted(below.Header.ParentHash) is not { } parent)
            {
                return (Hash256.Zero, true);
            }

            below = parent;
        }

        CheckpointHeader header = CheckpointAssembly.HeaderOf(_timetable.Consensus, CheckpointAt(below).Hash, chunks.ToArray(), Hash256.Zero);
        return (header.Hash, true);
    }

    private sealed class Fetch(CheckpointHeader header)
    {
        internal CheckpointHeader Header => header;

        internal bool IsRunning { get; set; }

        internal int Attempts { get; set; }

        internal DateTimeOffset NextAt { get; set; }
    }

    private sealed record CheckpointWaiter(CheckpointHeader Header, TaskCompletionSource<CheckpointCheck> Answer);
}
