using System.Collections.Immutable;
using Cloud.Execution.Building;
using Cloud.Execution.Pool;
using Cloud.Execution.Verification;
using Cloud.Protocol.Attesting;
using Cloud.Protocol.Deposits;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Time;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Chain;
using Cloud.Replica.Chains;
using Cloud.Replica.Events;
using Cloud.Replica.Feed;
using Cloud.Replica.Genesis;
using Cloud.Replica.Statuses;
using Cloud.Replica.Views;
using Cloud.Replica.Work;
using Cloud.Settlement.L1Events;
using Cloud.Storage;
using Cloud.Storage.Journals;

namespace Cloud.Replica.Node;

/// <summary>The rollup as one process has it: it follows the feed, executes, builds, and shows what it knows. One per process. Safe for use by several threads.</summary>
/// <remarks>
/// <para>Inputs are handled one after the other, in turns. A turn's inputs are applied to the state machines, journaled together, and only when the journal has them do readers,
/// subscribers and callers learn what followed. So nothing is shown that a crash could take back, and waiting inputs share one flush.</para>
/// <para>The journal holds the inputs that changed something, in order. Opening handles them again, on top of the stored blocks: the same head, the same statuses.</para>
/// </remarks>
public sealed partial class ReplicaNode : IAsyncDisposable
{
    // Events of one journal record are numbered within it.
    private const int SequenceShift = 20;

    private readonly TimeProvider _time;
    private readonly IWorkRunner _work;
    private readonly IChainStorage _storage;
    private readonly IJournal _journal;
    private readonly bool _ownsStorage;
    private readonly bool _ownsJournal;
    private readonly Timetable _timetable;
    private readonly BlockRules _rules;
    private readonly SenderCache _senders;
    private readonly ChunkVerifier _verifier;
    private readonly TransactionStatuses _statuses;
    private readonly TransactionIndex _index = new();
    private readonly TransactionHistories _histories;
    private readonly ProofBook _proofs = new();
    private readonly AncestorHashes _hashes;
    private ChainTips _tips;
    private FeedFollower _feed;
    private FlashblockFollower _flashblocks;
    private readonly TransactionPool _pool;
    private IFeedSource? _source;
    private ReplicaView _view;
    private long _isolatedExecutions;
    private long _wholeExecutions;

    /// <summary>The rollup.</summary>
    public GenesisConfig Genesis { get; }

    /// <summary>What this node decides by itself.</summary>
    public ReplicaOptions Options { get; }

    /// <summary>The timetable.</summary>
    public Timetable Timetable => _timetable;

    /// <summary>What a block must look like.</summary>
    public BlockRules Rules => _rules;

    /// <summary>Transactions that wait. Submit through the node, so that they are durable.</summary>
    public TransactionPool Pool => _pool;

    /// <summary>Known senders.</summary>
    public SenderCache Senders => _senders;

    /// <summary>What happens, in order.</summary>
    public ReplicaEvents Events { get; }

    /// <summary>The chain as it is now.</summary>
    public ReplicaView View => Volatile.Read(ref _view);

    /// <summary>How many chunks were executed once more for one caller, see <see cref="ExecuteIsolatedAsync"/>.</summary>
    public long IsolatedExecutions => Interlocked.Read(ref _isolatedExecutions);

    /// <summary>How many chunks were executed as a whole: those that were neither built here nor shown here by their flashblocks.</summary>
    public long WholeExecutions => Interlocked.Read(ref _wholeExecutions);

    /// <summary>How many forks re-execution holds open: one for each chunk whose flashblocks come in, and for each chunk that is executed now.</summary>
    public int OpenForks => _verifier.OpenCount;

    /// <summary>Names where missing things are pulled from.</summary>
    /// <param name="source">The source; null for none any more.</param>
    public void Connect(IFeedSource? source)
    {
        Volatile.Write(ref _source, source);
        Tell(HandleTick);
    }

    /// <summary>Takes a transaction of a client's.</summary>
    /// <param name="raw">EIP-2718 encoding.</param>
    /// <param name="anchor">Hash of a block or root of a state that it was made against; null for any.</param>
    /// <returns>Completes when the transaction is durable.</returns>
    public Task<SubmitOutcome> SubmitAsync(ReadOnlyMemory<byte> raw, Hash256? anchor = null) =>
        anchor is { } named && View.FindAnchor(in named) is null
            ? Task.FromResult<SubmitOutcome>(new SubmitOutcome.AnchorUnknown(named))
            : SubmitAsync(raw, isOwn: true);

    /// <summary>Takes a transaction that another node accepted, from the stream.</summary>
    /// <param name="raw">EIP-2718 encoding.</param>
    /// <returns>Completes when the transaction is durable here.</returns>
    public Task<SubmitOutcome> TransactionArrivedAsync(ReadOnlyMemory<byte> raw) => SubmitAsync(raw, isOwn: false);

    /// <summary>Takes a flashblock, from the stream.</summary>
    /// <param name="flashblock">The flashblock and what validation said.</param>
    /// <returns>What was done with it.</returns>
    public Task<FeedOutcome> FlashblockArrivedAsync(Validated<Flashblock> flashblock) =>
        AskAsync(now => HandleFlashblock(flashblock, now), Overloaded);

    /// <summary>Takes a chunk, from the stream.</summary>
    /// <param name="proposal">The chunk and what validation said.</param>
    /// <returns>What was done with it.</returns>
    public Task<FeedOutcome> ChunkArrivedAsync(Validated<ChunkProposal> proposal) => AskAsync(now => HandleChunk(proposal, now), Overloaded);

    /// <summary>Takes the announcement that a chunk exists, by direct call from its slot's grain.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="index">Index of the chunk.</param>
    /// <param name="blockHash">Hash of its block.</param>
    /// <returns>What was done with it.</returns>
    public Task<FeedOutcome> ChunkAnnouncedAsync(ulong slot, uint index, Hash256 blockHash) => AskAsync(
        now =>
        {
            if (_executed.ContainsKey(blockHash) || _works.ContainsKey(blockHash))
            {
                return new FeedOutcome.Duplicate();
            }

            FeedStep step = _feed.Announced(slot, index, now);
            Follow(step.Effects, now);
            return step.Outcome;
        },
        Overloaded);

    /// <summary>Takes a certificate.</summary>
    /// <param name="certificate">A certificate that was checked.</param>
    /// <returns>What the chain did with it.</returns>
    public Task<ChainOutcome> CertificateArrivedAsync(ChunkCertificate certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return AskAsync(now => HandleCertificate(certificate, now), OverloadedChain);
    }

    /// <summary>Takes a checkpoint proposal, also an own one: completes when it is durable, and only then an own one may go out.</summary>
    /// <param name="proposal">The proposal and what validation said.</param>
    /// <returns>What the chain did with it.</returns>
    public Task<ChainOutcome> CheckpointArrivedAsync(Validated<CheckpointProposal> proposal)
    {
        ArgumentNullException.ThrowIfNull(proposal.Message, nameof(proposal));
        return AskAsync(now => HandleCheckpoint(proposal, now), OverloadedChain);
    }

    /// <summary>Takes what L1's follower reports. Follow L1 from <see cref="ReplicaView.L1Head"/>.</summary>
    /// <param name="update">What happened.</param>
    /// <returns>What the chain did with it.</returns>
    public Task<ChainOutcome> L1MovedAsync(L1Update update)
    {
        ArgumentNullException.ThrowIfNull(update);
        return AskAsync(now => HandleL1(update, now));
    }

    /// <summary>Does what is due. The node does it by itself; a test may hasten it.</summary>
    /// <returns>Completes when it is done.</returns>
    public Task TickAsync() => AskAsync(now =>
    {
        HandleTick(now);
        return true;
    });

    /// <summary>Waits for the verdict on a chunk. The chunk is executed once for all who wait, in the same process.</summary>
    /// <param name="chunkHash">The chunk, <see cref="ChunkHeader.Hash"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The verdict.</returns>
    public async Task<ChunkCheck> WaitForVerdictAsync(Hash256 chunkHash, CancellationToken cancellationToken = default)
    {
        TaskCompletionSource<ChunkCheck> waiter = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = cancellationToken.Register(() => waiter.TrySetCanceled(cancellationToken));
        _ = await AskAsync(_ =>
        {
            if (_checks.TryGetValue(chunkHash, out ChunkCheck? check))
            {
                _afterwards.Add(() => waiter.TrySetResult(check));
            }
            else if (_waiters.TryGetValue(chunkHash, out List<TaskCompletionSource<ChunkCheck>>? waiters))
            {
                waiters.Add(waiter);
            }
            else
            {
                _waiters.Add(chunkHash, [waiter]);
            }

            return true;
        });
        try
        {
            return await waiter.Task;
        }
        catch (OperationCanceledException)
        {
            Tell(_ =>
            {
                if (_waiters.TryGetValue(chunkHash, out List<TaskCompletionSource<ChunkCheck>>? waiters) && waiters.Remove(waiter) && waiters.Count == 0)
                {
                    _waiters.Remove(chunkHash);
                }
            });
            throw;
        }
    }

    /// <summary>Executes a chunk once more for this caller alone, on a fork of its own.</summary>
    /// <param name="proposal">A chunk whose parent is here.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The verdict.</returns>
    public async Task<ChunkCheck> ExecuteIsolatedAsync(ChunkProposal proposal, DateTimeOffset deadline, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(proposal);
        VerificationRequest? request = await AskAsync(_ => IsolatedRequest(proposal, deadline));
        Hash256 hash = proposal.Header.Block.ComputeHash();
        if (request is null)
        {
            return new ChunkCheck(ChunkVerdict.ParentNotFound, hash, "the parent, or what its slot consumes of the inbox, is not here");
        }

        Interlocked.Increment(ref _running);
        Interlocked.Increment(ref _isolatedExecutions);
        try
        {
            return CheckOf(proposal, hash, await _work.RunAsync(() => Task.FromResult(_verifier.Verify(request, cancellationToken))));
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    /// <summary>Waits until all chunks of a checkpoint are executed here, and compares the header with them.</summary>
    /// <param name="header">The proposed checkpoint.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The outcome; <see cref="CheckpointCheck.Unvalidated"/> after the slot's attestation deadline.</returns>
    public async Task<CheckpointCheck> WaitForCheckpointAsync(CheckpointHeader header, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(header);
        TaskCompletionSource<CheckpointCheck> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        CheckpointWaiter waiter = new(header, answer);
        using CancellationTokenRegistration registration = cancellationToken.Register(() => answer.TrySetCanceled(cancellationToken));
        _ = await AskAsync(now =>
        {
            _checkpointWaiters.Add(waiter);
            CheckCheckpoints(now);
            return true;
        });
        try
        {
            return await answer.Task;
        }
        catch (OperationCanceledException)
        {
            Tell(_ => _checkpointWaiters.Remove(waiter));
            throw;
        }
    }

    /// <summary>Whether a block stands on another, or is it; for <see cref="AttestationDuty"/>.</summary>
    /// <param name="ancestor">Hash of the lower block.</param>
    /// <param name="descendant">Hash of the higher block.</param>
    /// <returns>False also where one of them is not in memory.</returns>
    public Task<bool> StandsOnAsync(Hash256 ancestor, Hash256 descendant) => AskAsync(_ => _tips.IsAncestor(in ancestor, in descendant));

    /// <summary>Where a transaction stands, and how it came there.</summary>
    /// <param name="hash">The transaction.</param>
    /// <returns>The report; null where the node never saw it, or has forgotten it.</returns>
    public TransactionReport? FindReport(in Hash256 hash)
    {
        ImmutableArray<StatusEntry> history = _histories.Find(in hash);
        ReplicaView view = View;
        if (!history.IsEmpty)
        {
            TransactionStatus last = history[^1].Status;
            return new TransactionReport(hash, PlaceOf(last) is { } place && _storage.TryFindBlock(place.Hash, out _) && SettledStatus(view, place) is { } now && now.Level > last.Level ? now : last, history);
        }

        // Settled: its place says how far it has come.
        return view.FindTransaction(in hash) is { Block.IsPending: false } found && _storage.TryFindBlock(found.Block.Hash, out ulong number)
            ? new TransactionReport(hash, SettledStatus(view, new BlockId(number, found.Block.Hash)), [])
            : null;
    }

    /// <summary>Whether the node tells it when a transaction's status changes; not any more where its block is settled.</summary>
    /// <param name="hash">The transaction.</param>
    /// <returns>False also where the node does not know it.</returns>
    public bool FollowsStatus(in Hash256 hash) => !_histories.Find(in hash).IsEmpty;

    /// <summary>What shows that a transaction stands where its status says.</summary>
    /// <param name="hash">The transaction.</param>
    /// <returns>The messages that are kept; null where the transaction is in no block in memory.</returns>
    public ProofMaterial? FindProof(in Hash256 hash)
    {
        ReplicaView view = View;
        if (view.FindTransaction(in hash) is not { } found)
        {
            return null;
        }

        Hash256 transaction = hash;
        ExecutedBlock? block = view.Recent.FirstOrDefault(executed => executed.Hash == found.Block.Hash && executed.Proposal is not null);
        Flashblock? flashblock = _proofs.FlashblockWith(found.Block.Number, in transaction);
        if (block is null)
        {
            return flashblock is null ? null : new ProofMaterial(hash, flashblock, null, null, [], null, null, null);
        }

        ChunkHeader header = block.Proposal!.Header;
        (CheckpointHeader Header, Protocol.Crypto.Signature? Signature)? checkpoint = _proofs.CheckpointOf(header.Slot);
        ImmutableArray<Hash256> chunks = checkpoint is { } known
            ? [.. view.Recent.Where(executed => executed.Slot == header.Slot).Select(executed => executed.Proposal!.Header.Hash).Take((int)known.Header.Chunks)]
            : [];
        return new ProofMaterial(
            hash,
            flashblock,
            block.Proposal.WithoutBodies(),
            _proofs.CertificateOf(header.Hash),
            chunks,
            checkpoint?.Header,
            checkpoint?.Signature,
            _proofs.LandingOf(block.Hash));
    }

    /// <summary>The signed flashblocks of a chunk in memory, from index 0: to answer pulls and those who resume.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="chunk">Index of the chunk.</param>
    /// <returns>The flashblocks in order; none where they are not kept.</returns>
    public ImmutableArray<Flashblock> FindFlashblocks(ulong slot, uint chunk) => _proofs.FlashblocksOf(slot, chunk);

    /// <summary>Transactions of the pool and of blocks in memory: to answer pulls.</summary>
    /// <param name="hashes">Which ones.</param>
    /// <returns>EIP-2718 encodings of those that are here.</returns>
    public ImmutableArray<Bytes> FindTransactions(ReadOnlySpan<Hash256> hashes)
    {
        ReplicaView view = View;
        ImmutableArray<Bytes>.Builder found = ImmutableArray.CreateBuilder<Bytes>();
        foreach (ref readonly Hash256 hash in hashes)
        {
            if (_pool.TryGet(in hash, out Transaction? transaction) || (transaction = view.FindTransaction(in hash)?.Transaction) is not null)
            {
                found.Add(transaction.Raw);
            }
        }

        return found.ToImmutable();
    }

    /// <summary>Stops as a crash would: nothing is handled or shown any more, and nothing is closed.</summary>
    public void Abort() => Stop(null);

    /// <summary>Stops, and closes what the node has opened.</summary>
    /// <returns>Completes when everything is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        Stop(null);
        // Nothing may read the files after they are closed; what still runs ends within a flashblock.
        while ((_ownsStorage || _ownsJournal) && IsBusy())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }

        if (_ownsJournal)
        {
            await _journal.DisposeAsync();
        }

        if (_ownsStorage)
        {
            _storage.Dispose();
        }
    }

    private static FeedOutcome Overloaded() => new FeedOutcome.LimitReached(nameof(ReplicaOptions.MaxInbox));

    private static ChainOutcome OverloadedChain() => new ChainOutcome.LimitReached(nameof(ReplicaOptions.MaxInbox));

    /// <summary>Where what is on L1 stands; null for what is not there.</summary>
    private static BlockId? PlaceOf(TransactionStatus status) => status switch
    {
        TransactionStatus.Checkpointed checkpointed => checkpointed.Place.Block,
        TransactionStatus.Proven proven => proven.Place.Block,
        _ => null,
    };

    private static TransactionStatus SettledStatus(ReplicaView view, BlockId block)
    {
        TransactionPlace place = new(0, 0, default, block);
        L1Proof proof = new(0, default, block.Number, default);
        return view.ViewOf(block.Number) switch
        {
            Tip.Finalized => new TransactionStatus.Finalized(place, proof),
            Tip.Proven => new TransactionStatus.Proven(place, proof),
            _ => new TransactionStatus.Checkpointed(place, proof),
        };
    }

    private async Task<SubmitOutcome> SubmitAsync(ReadOnlyMemory<byte> raw, bool isOwn)
    {
        // Decoding, recovering the sender and the pool's checks run on the caller's thread: they are most of the work, and the pool is safe for it.
        PoolAdmission admission = _pool.Add(raw.Span);
        try
        {
            return admission switch
            {
                PoolAdmission.Added added => await AskAsync<SubmitOutcome>(now => Submitted(added, isOwn, now), () => Refuse(added)),

                // Who hears that it is known relies on it, and the first one of it may still wait for the disk: a turn later it is there.
                PoolAdmission.Refused { Reason: PoolRefusal.AlreadyKnown } known when isOwn =>
                    await AskAsync<SubmitOutcome>(_ => new SubmitOutcome.Refused(known.Reason), () => new SubmitOutcome.Overloaded(nameof(ReplicaOptions.MaxInbox))),
                PoolAdmission.Refused refused => new SubmitOutcome.Refused(refused.Reason),
                _ => throw new InvalidOperationException(),
            };
        }
        catch (Exception exception) when (exception is StorageException or ObjectDisposedException)
        {
            if (admission is PoolAdmission.Added { Transaction: var lost })
            {
                // Nobody has it on disk: who sends it again must not hear that it is known.
                _pool.Remove(lost.Hash);
            }

            if (exception is ObjectDisposedException)
            {
                throw;
            }

            return new SubmitOutcome.StorageFailed(exception.Message);
        }
    }

    private SubmitOutcome.Overloaded Refuse(PoolAdmission.Added added)
    {
        _pool.Remove(added.Transaction.Hash);
        return new SubmitOutcome.Overloaded(nameof(ReplicaOptions.MaxInbox));
    }

    private SubmitOutcome.Accepted Submitted(PoolAdmission.Added added, bool isOwn, DateTimeOffset now)
    {
        Record(new NodeRecord.Submitted(now, added.Transaction.Raw, isOwn));
        Raise(new ReplicaEvent.TransactionAccepted(added.Transaction, added.Sender, isOwn), now);
        Report(_statuses.Accepted(added.Transaction.Hash, now).Changes, now);
        return new SubmitOutcome.Accepted(added.Transaction.Hash, added.IsPending);
    }

    /// <summary>The pool reports from whatever thread changed it; what it gave up becomes an input.</summary>
    private void PoolChanged(IReadOnlyList<PoolChange> changes)
    {
        List<PoolChange>? dropped = null;
        foreach (PoolChange change in changes)
        {
            if (change.Status is PoolStatus.Dropped)
            {
                (dropped ??= []).Add(change);
            }
        }

        if (dropped is not null)
        {
            Tell(now =>
            {
                foreach (PoolChange change in dropped)
                {
                    Drop(change.Hash, ((PoolStatus.Dropped)change.Status).Reason.Message, now);
                }
            });
        }
    }

    private void Drop(in Hash256 hash, string reason, DateTimeOffset now)
    {
        // It may have come back since, or be in a block: then its way goes on.
        if (_statuses.Find(in hash) is { Status: TransactionStatus.Pending } && !_pool.TryGet(in hash, out _))
        {
            Record(new NodeRecord.Dropped(now, hash, reason));
            Report(_statuses.Dropped(in hash, reason, now).Changes, now);
        }
    }

    private VerificationRequest? IsolatedRequest(ChunkProposal proposal, DateTimeOffset deadline)
    {
        ChunkHeader header = proposal.Header;
        if (FindExecuted(header.Block.ParentHash) is not { } parent)
        {
            return null;
        }

        ChunkWork work = new(proposal, header.Block.ComputeHash());
        if (proposal.Bodies is { } bodies)
        {
            TakeBodies(work, bodies);
        }

        if (_executed.TryGetValue(work.BlockHash, out ExecutedBlock? known))
        {
            foreach (Transaction transaction in known.Transactions)
            {
                work.Bodies.TryAdd(transaction.Hash, transaction);
            }
        }

        foreach (Hash256 hash in header.Transactions)
        {
            if (!work.Bodies.ContainsKey(hash) && _pool.TryGet(in hash, out Transaction? transaction))
            {
                work.Bodies.Add(hash, transaction);
            }
        }

        if (DepositsOf(InHashOf(parent), header.Index, header.InHash) is not DepositOutcome.Expected { Transactions: var deposits })
        {
            return null;
        }

        foreach (Transaction deposit in deposits)
        {
            work.Bodies.TryAdd(deposit.Hash, deposit);
        }

        ChunkLimits used = UsedInSlot(parent, header.Slot);
        return new VerificationRequest
        {
            Parent = parent.State,
            Context = _rules.ContextOf(parent.Header, parent.Hash, header.Slot, header.Index, header.Block.FeeRecipient, _hashes.Above(parent.Hash)) with { Deposits = deposits },
            Limits = _rules.LimitsAfter(in used),
            Header = header.Block,
            TransactionHashes = header.Transactions,
            Transactions = work.Bodies,
            Deadline = deadline,
        };
    }

    private static ChunkCheck CheckOf(ChunkProposal proposal, in Hash256 blockHash, VerificationResult result)
    {
        ChunkVerdict verdict = result switch
        {
            VerificationResult.Valid => ChunkVerdict.Valid,
            VerificationResult.StateMismatch => ChunkVerdict.StateMismatch,
            VerificationResult.FailedTransaction => ChunkVerdict.InvalidTransaction,
            VerificationResult.LimitsExceeded => ChunkVerdict.LimitExceeded,
            VerificationResult.ParentUnknown => ChunkVerdict.ParentNotFound,
            VerificationResult.TransactionsMissing => ChunkVerdict.TransactionsMissing,
            _ => ChunkVerdict.TimedOut,
        };
        Evidence? evidence = result.Fault is { } fault ? new Evidence.InvalidChunk(proposal.WithoutBodies(), new ReexecutionClaim(fault, Hash256.Zero)) : null;
        return new ChunkCheck(verdict, blockHash, result is VerificationResult.Valid ? null : result.ToString(), evidence);
    }

    private bool IsBusy()
    {
        lock (_inboxGate)
        {
            return _isPumping || Volatile.Read(ref _running) > 0;
        }
    }

    private ReplicaView MakeView() => new(
        _storage,
        _index,
        _chain,
        PendingOnHead(),
        _tips.Tips,
        _tips.Landed.Count > 0 ? _tips.Landed[^1].Number : _tips.Restart.Checkpoint,
        _tips.L1Head,
        _lastSequence,
        _isDegraded);

    /// <summary>The chunks under construction that stand on the newest executed block, one on the other.</summary>
    private ImmutableArray<PendingBlock> PendingOnHead()
    {
        ImmutableArray<PendingBlock>.Builder pending = ImmutableArray.CreateBuilder<PendingBlock>();
        Hash256 top = _chain[^1].Hash;
        while (_sessions.Find(session => session.ParentHash == top && session.Block is not null)?.Block is { } block)
        {
            pending.Add(block);
            if (!block.IsComplete)
            {
                break;
            }

            top = block.Hash;
        }

        return pending.ToImmutable();
    }
}
