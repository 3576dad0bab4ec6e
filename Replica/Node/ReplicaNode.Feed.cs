using System.Collections.Immutable;
using Cloud.Execution.Building;
using Cloud.Execution.Pool;
using Cloud.Execution.Verification;
using Cloud.Protocol.Attesting;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Deposits;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Transactions;
using Cloud.Protocol.Validation;
using Cloud.Replica.Chain;
using Cloud.Replica.Chains;
using Cloud.Replica.Events;
using Cloud.Replica.Feed;
using Cloud.Storage;

namespace Cloud.Replica.Node;

/// <content>Flashblocks and chunks of others: ordered, completed, executed.</content>
public sealed partial class ReplicaNode
{
    // What is stored or was checked by its hash is not checked again for length.
    private static readonly TransactionRules BodyRules = new() { AllowDeposits = true, MaxLength = int.MaxValue };

    private readonly List<PendingSession> _sessions = [];
    private readonly Dictionary<Hash256, ChunkWork> _works = [];
    private readonly Dictionary<Hash256, ChunkCheck> _checks = [];
    private readonly Dictionary<Hash256, List<TaskCompletionSource<ChunkCheck>>> _waiters = [];
    private readonly Queue<(Func<object> Run, Action<object, DateTimeOffset> Done)> _lane = [];
    private bool _isLaneBusy;
    private int _running;

    private FeedOutcome HandleFlashblock(Validated<Flashblock> flashblock, DateTimeOffset now)
    {
        FeedStep step = _flashblocks.Arrived(flashblock, now);
        Follow(step.Effects, now);
        return step.Outcome;
    }

    private FeedOutcome HandleChunk(Validated<ChunkProposal> proposal, DateTimeOffset now)
    {
        if (proposal.Validity is Validity.Accepted && proposal.Message.Bodies is { IsEmpty: false }
            && _works.TryGetValue(proposal.Message.Header.Block.ComputeHash(), out ChunkWork? known) && known.State == ChunkWorkState.Bodies)
        {
            // A copy that brings what the first one lacked.
            TakeBodies(known, proposal.Message.Bodies.Value);
            Advance(known, now);
        }

        FeedStep step = _feed.Arrived(proposal, now);
        Follow(step.Effects, now);
        return step.Outcome;
    }

    private void Follow(ImmutableArray<FeedEffect> effects, DateTimeOffset now)
    {
        foreach (FeedEffect effect in effects)
        {
            switch (effect)
            {
                case FeedEffect.Deliver deliver:
                    Begin(deliver.Proposal, isFromL1: false, now);
                    break;
                case FeedEffect.Show show:
                    Queue(show.Flashblock, now);
                    break;
                case FeedEffect.Withdraw withdraw:
                    Withdraw(withdraw.Chunk, now);
                    break;
                case FeedEffect.Degraded degraded:
                    _isDegraded = true;
                    _isViewStale = true;
                    Raise(new ReplicaEvent.FlashblocksMissing(degraded.Slot, degraded.Chunk), now);
                    break;
                case FeedEffect.Report report:
                    Raise(new ReplicaEvent.EvidenceFound(report.Evidence), now);
                    break;
                case FeedEffect.GaveUp gaveUp:
                    GiveUp(gaveUp.Slot, gaveUp.Index);
                    break;
                case FeedEffect.PullChunks pull:
                    Pull(
                        (source, token) => source.PullChunksAsync(pull.Slot, pull.From, pull.Through, token),
                        (chunks, at) =>
                        {
                            foreach (Validated<ChunkProposal> chunk in chunks)
                            {
                                HandleChunk(chunk, at);
                            }
                        });
                    break;
                case FeedEffect.PullBlock pull:
                    Pull(
                        (source, token) => source.PullBlockAsync(pull.BlockHash, pull.BeforeSlot, token),
                        (chunk, at) =>
                        {
                            if (chunk is { } found)
                            {
                                HandleChunk(found, at);
                            }
                        });
                    break;
                case FeedEffect.PullFlashblocks pull:
                    Pull(
                        (source, token) => source.PullFlashblocksAsync(pull.Slot, pull.Chunk, pull.From, token),
                        (flashblocks, at) =>
                        {
                            foreach (Validated<Flashblock> flashblock in flashblocks)
                            {
                                HandleFlashblock(flashblock, at);
                            }
                        });
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>Asks the source, with a deadline; failures are empty answers, since everything is asked for again.</summary>
    private void Pull<T>(Func<IFeedSource, CancellationToken, Task<T>> ask, Action<T, DateTimeOffset> take, Action<DateTimeOffset>? failed = null)
    {
        if (Volatile.Read(ref _source) is not { } source || _isReplaying)
        {
            return;
        }

        _ = _work.RunAsync(async () =>
        {
            T answer;
            try
            {
                using CancellationTokenSource deadline = new(Options.PullTimeout, _time);
                answer = await ask(source, deadline.Token);
            }
            catch (Exception)
            {
                if (failed is not null)
                {
                    Tell(failed);
                }

                return false;
            }

            Tell(at => take(answer, at));
            return true;
        });
    }

    // Flashblocks.

    private void Queue(Flashblock flashblock, DateTimeOffset now)
    {
        PendingSession? session = FindSession(flashblock.Payload.Slot, flashblock.Payload.Chunk);
        if (flashblock.Payload.Index == 0 || session is null)
        {
            if (flashblock.Payload.Base is null)
            {
                return;
            }

            session = new PendingSession(flashblock);
            _sessions.Add(session);
        }

        _isDegraded = false;
        session.UsedBelow = FindParent(session.ParentHash)?.UsedInSlot(session.Slot) ?? default;
        if (_ownFlashblock is { } own && ReferenceEquals(own.Flashblock, flashblock))
        {
            session.IsOwn = true;
            ShowOwn(session, own.Flashblock, own.Built, now);
            return;
        }

        session.Queue.Enqueue(flashblock);
        Execute(session);
    }

    private PendingSession? FindSession(ulong slot, uint chunk) => _sessions.Find(session => session.Slot == slot && session.Chunk == chunk);

    /// <summary>Executes the session's next flashblock where its parent's state is here.</summary>
    private void Execute(PendingSession session)
    {
        if (session.IsExecuting || session.IsBroken || session.IsDropped || session.Queue.Count == 0)
        {
            return;
        }

        if (session.Verification is null)
        {
            // A session that was built here or that a restart interrupted goes on from the start.
            if (FindParent(session.ParentHash) is not { } parent)
            {
                return;
            }

            DepositOutcome? deposits = DepositsOf(session, parent);
            if (deposits is null or DepositOutcome.Unknown)
            {
                // L1 may show them with its next block.
                return;
            }

            session.UsedBelow = parent.UsedInSlot(session.Slot);
            ChunkContext context = _rules.ContextOf(parent.Header, session.ParentHash, session.Slot, session.Chunk, session.Base.FeeRecipient, _hashes.Above(parent.Hash)) with
            {
                Deposits = deposits is DepositOutcome.Expected expected ? expected.Transactions : [],
            };
            if (session.Base != context.ToBase() || deposits is not DepositOutcome.Expected)
            {
                session.IsBroken = true;
                return;
            }

            session.Verification = _verifier.Open(parent.State, context, _rules.LimitsAfter(session.UsedBelow));
            if (session.Block is { } shown)
            {
                Replay(session, shown);
                if (session.IsBroken)
                {
                    return;
                }
            }
        }

        Flashblock flashblock = session.Queue.Dequeue();
        session.IsExecuting = true;
        ChunkVerification verification = session.Verification;
        ImmutableArray<Transaction> before = session.Block?.Transactions ?? [];
        Enqueue(() => Run(session, verification, before, flashblock), (result, at) => Executed(session, flashblock, result, at));
    }

    /// <summary>Brings a fresh verification to where the session stands.</summary>
    private static void Replay(PendingSession session, PendingBlock shown)
    {
        VerificationResult result = session.Verification!.Append(shown.Transactions, shown.Header, DateTimeOffset.MaxValue, CancellationToken.None);
        session.IsBroken = result is not VerificationResult.Valid;
    }

    private static VerificationResult Run(
        PendingSession session, ChunkVerification verification, ImmutableArray<Transaction> before, Flashblock flashblock)
    {
        FlashblockDiff diff = flashblock.Payload.Diff;
        ImmutableArray<Transaction>.Builder added = ImmutableArray.CreateBuilder<Transaction>(diff.Transactions.Length);
        List<Bytes> all = new(before.Length + diff.Transactions.Length);
        foreach (Transaction transaction in before)
        {
            all.Add(transaction.Raw);
        }

        foreach (Bytes raw in diff.Transactions)
        {
            if (Transaction.Decode(raw.Span, BodyRules) is not TransactionDecoding.Decoded decoded)
            {
                return new VerificationResult.FailedTransaction(all.Count, default, "undecodable");
            }

            added.Add(decoded.Transaction);
            all.Add(raw);
        }

        BlockHeader header = FlashblockAssembler.HeaderOf(session.Base, diff, all);
        Hash256 hash = header.ComputeHash();
        return hash == diff.BlockHash
            ? verification.Append(added.MoveToImmutable(), header, DateTimeOffset.MaxValue, CancellationToken.None)
            : new VerificationResult.StateMismatch(HeaderField.ParentHash, hash.ToString(), diff.BlockHash.ToString());
    }

    private void Executed(PendingSession session, Flashblock flashblock, object result, DateTimeOffset now)
    {
        session.IsExecuting = false;
        if (session.IsDropped)
        {
            session.Dispose();
        }
        else if (result is VerificationResult.Valid valid)
        {
            VerifiedChunk chunk = valid.Chunk;
            Record(new NodeRecord.Shown(now, flashblock));
            session.Add(flashblock, chunk.Header, chunk.Transactions, chunk.Receipts, chunk.State, chunk.Changes[^1], chunk.Used);
            Shown(session, flashblock, now);
            Execute(session);
        }
        else
        {
            session.IsBroken = true;
        }

        AdvanceOn(session, now);
    }

    /// <summary>A flashblock is part of what is pending now.</summary>
    private void Shown(PendingSession session, Flashblock flashblock, DateTimeOffset now)
    {
        PendingBlock block = session.Block!;
        int first = block.Counts.Length > 1 ? block.Counts[^2] : 0;
        for (int i = first; i < block.Transactions.Length; i++)
        {
            Hash256 hash = block.Transactions[i].Hash;
            _index.Add(in hash, block.Number);
        }

        _proofs.Add(flashblock, block);
        Commit(session, first);
        Raise(new ReplicaEvent.FlashblockShown(flashblock, block), now);
        Report(_statuses.Preconfirmed(flashblock.Payload, now), now);
        _isViewStale = true;
    }

    private void Commit(PendingSession session, int first)
    {
        PendingBlock block = session.Block!;
        if (!_isReplaying && block.Number == _pool.Head.Number + 1 && session.ParentHash == _pool.Head.Hash)
        {
            _pool.Commit(new PoolFlashblock(block.Number, block.Flashblocks.Length - 1, [.. block.Transactions.AsSpan()[first..]], block.State, [block.Changes[^1]]));
        }
    }

    private void Withdraw(PendingChunk chunk, DateTimeOffset now)
    {
        if (FindSession(chunk.Slot, chunk.Chunk) is not { } session)
        {
            return;
        }

        _sessions.Remove(session);
        session.Dispose();
        if (session.Block is { } block)
        {
            Forget(block);
            if (!_isReplaying)
            {
                _pool.Discard(block.Number);
            }

            Raise(new ReplicaEvent.FlashblocksWithdrawn(block.Slot, block.Chunk, block.Number, block.Flashblocks.Length), now);
            Report(_statuses.Abandoned(block.Slot, block.Chunk, new BreakReason.FlashblockAbandoned(block.Slot, block.Chunk, null), now), now);
        }

        _isViewStale = true;
    }

    private void Forget(PendingBlock block)
    {
        foreach (Transaction transaction in block.Transactions)
        {
            Hash256 hash = transaction.Hash;
            if (!_chain.Any(executed => executed.Number == block.Number && executed.Transactions.Contains(transaction)))
            {
                _index.Remove(in hash, block.Number);
            }
        }
    }

    // Chunks.

    private void Begin(ChunkProposal proposal, bool isFromL1, DateTimeOffset now)
    {
        Hash256 blockHash = proposal.Header.Block.ComputeHash();
        if (_executed.ContainsKey(blockHash))
        {
            Decide(proposal.Header.Hash, new ChunkCheck(ChunkVerdict.Valid, blockHash));
            return;
        }

        if (!_works.TryGetValue(blockHash, out ChunkWork? work))
        {
            work = new ChunkWork(proposal, blockHash);
            _works.Add(blockHash, work);
        }
        else if (work.State == ChunkWorkState.Done)
        {
            work.State = ChunkWorkState.Parent;
        }

        DateTimeOffset due = _timetable.Consensus.AttestationDeadline(proposal.Header.Slot);
        work.Deadline = (due > now ? due : now) + Options.ExecutionPatience;
        work.IsFromL1 |= isFromL1;
        if (proposal.Bodies is { } bodies)
        {
            TakeBodies(work, bodies);
        }

        Advance(work, now);
    }

    /// <summary>Takes a chunk as far as it comes now.</summary>
    private void Advance(ChunkWork work, DateTimeOffset now)
    {
        if (work.State is ChunkWorkState.Done or ChunkWorkState.Execution)
        {
            return;
        }

        ChunkHeader header = work.Header;
        if (FindExecuted(header.Block.ParentHash) is not { } parent)
        {
            work.State = ChunkWorkState.Parent;
            return;
        }

        if (_tips.FindParent(header.Block.ParentHash) is not { } position)
        {
            Finish(work, ChunkVerdict.ParentNotFound, "the parent left the chain");
            return;
        }

        if (header.Block.Number <= _tips.Tips.Checkpointed.Number)
        {
            Finish(work, ChunkVerdict.NumberTaken, $"block {header.Block.Number} is on L1");
            return;
        }

        if (ChunkLink.Check(_timetable.Consensus, position, header) is { } fault)
        {
            Finish(work, ChunkVerdict.WrongLink, fault.ToString());
            return;
        }

        DepositOutcome outcome = _isReplaying ? Nothing : DepositsOf(InHashOf(parent), header.Index, header.InHash);
        if (outcome is DepositOutcome.Unknown)
        {
            work.State = ChunkWorkState.Deposits;
            return;
        }

        if (outcome is not DepositOutcome.Expected { Transactions: var deposits })
        {
            Finish(work, ChunkVerdict.InHashMismatch, outcome.ToString());
            return;
        }

        if (FindSession(header.Slot, header.Index) is { IsBroken: false } session && session.ParentHash == header.Block.ParentHash
            && (_isReplaying || session.Deposits == deposits.Length) && TryUse(session, work, now))
        {
            return;
        }

        foreach (Transaction deposit in deposits)
        {
            work.Bodies.TryAdd(deposit.Hash, deposit);
        }

        if (!Gather(work, now))
        {
            return;
        }

        if (_isReplaying)
        {
            // It was checked before it was journaled.
            deposits = Leading([.. header.Transactions.Select(hash => work.Bodies[hash])]);
        }

        work.State = ChunkWorkState.Execution;
        ChunkLimits used = UsedInSlot(parent, header.Slot);
        VerificationRequest request = new()
        {
            Parent = parent.State,
            Context = _rules.ContextOf(parent.Header, parent.Hash, header.Slot, header.Index, header.Block.FeeRecipient, _hashes.Above(parent.Hash)) with { Deposits = deposits },
            Limits = _rules.LimitsAfter(in used),
            Header = header.Block,
            TransactionHashes = header.Transactions,
            Transactions = work.Bodies,
            Deadline = work.IsFromL1 || _isReplaying ? DateTimeOffset.MaxValue : work.Deadline,
        };
        Interlocked.Increment(ref _wholeExecutions);
        Enqueue(() => _verifier.Verify(request, CancellationToken.None), (result, at) => Executed(work, parent, result, at));
    }

    /// <summary>Whether the chunk's flashblocks give it, or will: then it is not executed a second time.</summary>
    private bool TryUse(PendingSession session, ChunkWork work, DateTimeOffset now)
    {
        if (session.Block is { IsComplete: true } block)
        {
            if (block.Hash != work.BlockHash)
            {
                return false;
            }

            Accept(work, session, block, now);
            return true;
        }

        bool isComing = session.IsExecuting || session.Queue.Count > 0;
        if (isComing)
        {
            work.State = ChunkWorkState.Flashblocks;
        }

        return isComing;
    }

    private void Accept(ChunkWork work, PendingSession session, PendingBlock block, DateTimeOffset now)
    {
        if (FindExecuted(session.ParentHash) is not { } parent || _storage.Seal(block.State, block.Number) is not { } state)
        {
            Finish(work, ChunkVerdict.ParentNotFound, "the parent's state is gone");
            return;
        }

        Add(work, Block(work.Proposal, block.Header, block.Hash, block.Transactions, block.Receipts, state, block.Changes, block.Used, parent), now);
    }

    private static ExecutedBlock Block(
        ChunkProposal proposal,
        BlockHeader header,
        in Hash256 hash,
        ImmutableArray<Transaction> transactions,
        ImmutableArray<Receipt> receipts,
        IStateLayer state,
        ImmutableArray<Execution.State.StateChanges> changes,
        in ChunkLimits used,
        ExecutedBlock parent)
    {
        ChunkLimits before = UsedInSlot(parent, proposal.Header.Slot);
        return new ExecutedBlock
        {
            Header = header,
            Hash = hash,
            Proposal = new ChunkProposal(proposal.Context, proposal.Header, proposal.Signature, [.. transactions.Select(transaction => transaction.Raw)]),
            Transactions = transactions,
            Receipts = receipts,
            State = state,
            Changes = changes,
            Used = used,
            UsedInSlot = new ChunkLimits(before.Gas + used.Gas, before.Transactions + used.Transactions, before.Data + used.Data),
        };
    }

    /// <summary>Collects the chunk's transactions; pulls those that are nowhere here.</summary>
    private bool Gather(ChunkWork work, DateTimeOffset now)
    {
        ImmutableArray<Hash256>.Builder missing = ImmutableArray.CreateBuilder<Hash256>();
        PendingBlock? shown = FindSession(work.Header.Slot, work.Header.Index)?.Block;
        foreach (Hash256 hash in work.Header.Transactions)
        {
            if (work.Bodies.ContainsKey(hash))
            {
                continue;
            }

            if (!_isReplaying && _pool.TryGet(in hash, out Transaction? transaction))
            {
                work.Bodies.Add(hash, transaction);
            }
            else if (FindIn(shown, in hash) is { } pending)
            {
                work.Bodies.Add(hash, pending);
            }
            else if (missing.Count < Options.MaxBodiesPerPull)
            {
                missing.Add(hash);
            }
        }

        if (missing.Count == 0)
        {
            return true;
        }

        work.State = ChunkWorkState.Bodies;
        if (!work.IsPulling && now >= work.NextPull)
        {
            work.IsPulling = true;
            work.NextPull = now + Options.Feed.BackOff(++work.Pulls);
            ImmutableArray<Hash256> hashes = missing.DrainToImmutable();
            Pull(
                (source, token) => source.PullTransactionsAsync(work.Header, hashes, token),
                (bodies, at) =>
                {
                    work.IsPulling = false;
                    if (TakeBodies(work, bodies) > 0)
                    {
                        work.NextPull = at;
                    }

                    Advance(work, at);
                },
                _ => work.IsPulling = false);
        }

        return false;
    }

    private static Transaction? FindIn(PendingBlock? block, in Hash256 hash)
    {
        if (block is not null)
        {
            foreach (Transaction transaction in block.Transactions)
            {
                if (transaction.Hash == hash)
                {
                    return transaction;
                }
            }
        }

        return null;
    }

    private static int TakeBodies(ChunkWork work, ImmutableArray<Bytes> bodies)
    {
        int taken = 0;
        HashSet<Hash256> wanted = [.. work.Header.Transactions];
        foreach (Bytes body in bodies)
        {
            if (Transaction.Decode(body.Span, BodyRules) is TransactionDecoding.Decoded decoded && wanted.Contains(decoded.Transaction.Hash)
                && work.Bodies.TryAdd(decoded.Transaction.Hash, decoded.Transaction))
            {
                taken++;
            }
        }

        return taken;
    }

    private void Executed(ChunkWork work, ExecutedBlock parent, object result, DateTimeOffset now)
    {
        switch (result)
        {
            case VerificationResult.Valid { Chunk: var chunk }:
                if (FindSession(work.Header.Slot, work.Header.Index) is { IsBroken: false, Block: { IsComplete: true } shown } session && shown.Hash == work.BlockHash)
                {
                    // The last flashblocks came meanwhile: others may stand on their state already.
                    Accept(work, session, shown, now);
                }
                else if (_storage.Seal(chunk.State, chunk.Header.Number) is { } state)
                {
                    Add(work, Block(work.Proposal, chunk.Header, chunk.Hash, chunk.Transactions, chunk.Receipts, state, chunk.Changes, chunk.Used, parent), now);
                }
                else
                {
                    Finish(work, ChunkVerdict.ParentNotFound, "the parent's fork was discarded");
                }

                break;
            case VerificationResult.StateMismatch mismatch:
                Finish(work, ChunkVerdict.StateMismatch, $"{mismatch.Field}: expected {mismatch.Expected}, is {mismatch.Actual}", mismatch.Fault);
                break;
            case VerificationResult.FailedTransaction failed:
                Finish(work, ChunkVerdict.InvalidTransaction, $"transaction {failed.Index}, {failed.Hash}: {failed.Reason}", failed.Fault);
                break;
            case VerificationResult.LimitsExceeded exceeded:
                Finish(work, ChunkVerdict.LimitExceeded, $"{exceeded.Kind}: {exceeded.Used}, limit {exceeded.Limit}", exceeded.Fault);
                break;
            case VerificationResult.ParentUnknown:
                Finish(work, ChunkVerdict.ParentNotFound, "the parent's fork was discarded");
                break;
            case VerificationResult.TransactionsMissing:
                work.State = ChunkWorkState.Bodies;
                Advance(work, now);
                break;
            case Exception defect:
                // A defect here, or of the machine: never the producer's fault, and no reason to stop.
                Finish(work, ChunkVerdict.InternalError, defect.Message);
                break;
            default:
                Finish(work, ChunkVerdict.TimedOut, "the deadline passed while it was executed");
                break;
        }
    }

    /// <summary>Puts an executed chunk into the chain.</summary>
    private ChainOutcome Add(ChunkWork? work, ExecutedBlock block, DateTimeOffset now)
    {
        _executed[block.Hash] = block;
        _hashes.Add(block.Hash, block.Number, block.Header.ParentHash);
        ChainStep step = _tips.Executed(new ChainChunk(block.Proposal!.Header, block.Id), now);
        if (step.Outcome is not ChainOutcome.Accepted)
        {
            _executed.Remove(block.Hash);
            if (work is not null)
            {
                Finish(
                    work,
                    step.Outcome is ChainOutcome.WrongLink ? ChunkVerdict.WrongLink
                        : step.Outcome is ChainOutcome.ParentUnknown ? ChunkVerdict.ParentNotFound
                        : block.Number <= _tips.Tips.Checkpointed.Number || step.Outcome is ChainOutcome.ContradictsL1 ? ChunkVerdict.NumberTaken
                        : ChunkVerdict.TimedOut,
                    step.Outcome.ToString());
            }

            return step.Outcome;
        }

        Record(new NodeRecord.Executed(now, block.Proposal));
        Raise(new ReplicaEvent.ChunkExecuted(block), now);
        Apply(step.Effects, now);
        Decide(block.Proposal.Header.Hash, new ChunkCheck(ChunkVerdict.Valid, block.Hash));
        if (work is not null)
        {
            work.State = ChunkWorkState.Done;
            _works.Remove(work.BlockHash);
        }

        Follow(_feed.Known(block.Slot!.Value, block.Hash).Effects, now);
        AdvanceChildren(block.Hash, now);
        CheckCheckpoints(now);
        return step.Outcome;
    }

    private void AdvanceChildren(Hash256 blockHash, DateTimeOffset now)
    {
        foreach (ChunkWork child in _works.Values.Where(work => work.State == ChunkWorkState.Parent && work.Header.Block.ParentHash == blockHash).ToArray())
        {
            Advance(child, now);
        }

        foreach (PendingSession session in _sessions.Where(session => session.ParentHash == blockHash).ToArray())
        {
            Execute(session);
        }
    }

    private void AdvanceOn(PendingSession session, DateTimeOffset now)
    {
        foreach (ChunkWork work in _works.Values.Where(work => work.State == ChunkWorkState.Flashblocks && (work.Header.Slot, work.Header.Index) == (session.Slot, session.Chunk)).ToArray())
        {
            work.State = ChunkWorkState.Parent;
            Advance(work, now);
        }

        if (session.Block is { IsComplete: true } block)
        {
            foreach (PendingSession next in _sessions.Where(other => other.ParentHash == block.Hash).ToArray())
            {
                Execute(next);
            }
        }
    }

    private void Finish(ChunkWork work, ChunkVerdict verdict, string? detail, ReexecutionFault? fault = null)
    {
        work.State = ChunkWorkState.Done;
        Evidence? evidence = fault is { } known ? new Evidence.InvalidChunk(work.Proposal.WithoutBodies(), new ReexecutionClaim(known, Hash256.Zero)) : null;
        work.Check = new ChunkCheck(verdict, work.BlockHash, detail, evidence);
        if (evidence is not null)
        {
            Raise(new ReplicaEvent.EvidenceFound(evidence), Now);
        }

        Decide(work.Header.Hash, work.Check);
        if (VerdictTable.BlameOf(verdict) is Blame.Proposer or Blame.Refused)
        {
            Follow(_feed.FoundInvalid(work.Header.Slot, work.BlockHash).Effects, Now);
            foreach (ChunkWork child in _works.Values.Where(child => child.State == ChunkWorkState.Parent && child.Header.Block.ParentHash == work.BlockHash).ToArray())
            {
                Finish(child, ChunkVerdict.ParentNotFound, "it stands on an invalid chunk");
            }
        }
    }

    /// <summary>Answers those who wait for a verdict.</summary>
    private void Decide(Hash256 chunkHash, ChunkCheck check)
    {
        _checks[chunkHash] = check;
        if (_waiters.Remove(chunkHash, out List<TaskCompletionSource<ChunkCheck>>? waiters))
        {
            _afterwards.Add(() =>
            {
                foreach (TaskCompletionSource<ChunkCheck> waiter in waiters)
                {
                    waiter.TrySetResult(check);
                }
            });
        }
    }

    private void GiveUp(ulong slot, uint index)
    {
        foreach (ChunkWork work in _works.Values.Where(work => work.State == ChunkWorkState.Parent && work.Header.Slot == slot && work.Header.Index > index).ToArray())
        {
            Finish(work, ChunkVerdict.ParentNotFound, $"chunk {index} of slot {slot} cannot be had");
        }
    }

    private static ChunkLimits UsedInSlot(ExecutedBlock parent, ulong slot) => parent.Slot == slot ? parent.UsedInSlot : default;

    private ExecutedBlock? FindExecuted(in Hash256 hash) => _executed.GetValueOrDefault(hash);

    // One piece of heavy work at a time, beside the turns.

    private void Enqueue(Func<object> run, Action<object, DateTimeOffset> done)
    {
        if (_isReplaying)
        {
            done(run(), _replayTime);
            return;
        }

        _lane.Enqueue((run, done));
        StartLane();
    }

    private void StartLane()
    {
        if (_isLaneBusy || !_lane.TryDequeue(out (Func<object> Run, Action<object, DateTimeOffset> Done) item))
        {
            return;
        }

        _isLaneBusy = true;
        Interlocked.Increment(ref _running);
        _work.Post(() =>
        {
            object result;
            try
            {
                result = item.Run();
            }
            catch (Exception exception)
            {
                result = exception;
            }
            finally
            {
                Interlocked.Decrement(ref _running);
            }

            Tell(now =>
            {
                _isLaneBusy = false;
                if (result is StorageException failure)
                {
                    // A node that goes on might promise what it cannot keep.
                    throw failure;
                }

                item.Done(result, now);
                StartLane();
            });
        });
    }
}
