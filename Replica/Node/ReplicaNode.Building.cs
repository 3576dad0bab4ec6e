using System.Collections.Immutable;
using Cloud.Execution.Building;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Time;
using Cloud.Protocol.Transactions;
using Cloud.Protocol.Validation;
using Cloud.Replica.Chain;
using Cloud.Replica.Chains;
using Cloud.Replica.Feed;
using Cloud.Storage;

namespace Cloud.Replica.Node;

/// <content>The proposer's side: where to build, building, taking over what was built.</content>
public sealed partial class ReplicaNode
{
    private readonly Dictionary<Hash256, Built> _built = [];
    private readonly Dictionary<(ulong Slot, uint Chunk), FlashblockPayload> _intended = [];
    private (Flashblock Flashblock, BuiltFlashblock Built)? _ownFlashblock;

    /// <summary>Chooses the block that a slot is built on.</summary>
    /// <param name="slot">The slot to build.</param>
    /// <returns>The block, or why there is none yet.</returns>
    public Task<ParentChoice> ChooseParentAsync(ulong slot) => AskAsync(_ => ChooseParent(slot));

    /// <summary>What the journal has of a slot that was being built when the process ended.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="producer">Its proposer.</param>
    /// <returns>The slot's state; null where nothing of it is here.</returns>
    public Task<SlotResumption?> FindResumptionAsync(ulong slot, Address producer) => AskAsync(_ => FindResumption(slot, producer));

    /// <summary>Builds a chunk, flashblock by flashblock: each is signed, journaled, shown and only then emitted. Computes beside the caller.</summary>
    /// <param name="request">What to build. One chunk at a time.</param>
    /// <param name="publisher">Signs and emits.</param>
    /// <param name="cancellationToken">Stops; nothing is emitted afterwards.</param>
    /// <returns>What came out.</returns>
    public Task<BuildOutcome> BuildAsync(BuildRequest request, IFlashblockPublisher publisher, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(publisher);
        Interlocked.Increment(ref _running);
        return _work.RunAsync(() => BuildChunkAsync(request, publisher, cancellationToken));
    }

    /// <summary>Takes a chunk over that was built here, without executing it again.</summary>
    /// <param name="proposal">The signed chunk.</param>
    /// <returns>Completes when it is durable: before, it must not go out.</returns>
    public async Task<AdoptOutcome> AdoptAsync(ChunkProposal proposal)
    {
        ArgumentNullException.ThrowIfNull(proposal);
        try
        {
            return await AskAsync(now => Adopt(proposal, now));
        }
        catch (StorageException exception)
        {
            return new AdoptOutcome.StorageFailed(exception.Message);
        }
    }

    private async Task<BuildOutcome> BuildChunkAsync(BuildRequest request, IFlashblockPublisher publisher, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                (BuildOutcome? refusal, BuildPlan? plan) = await AskAsync(now => Prepare(request, now));
                if (refusal is not null)
                {
                    return refusal;
                }

                if (plan is null)
                {
                    TimeSpan left = request.Deadline - Now;
                    if (left <= TimeSpan.Zero)
                    {
                        return new BuildOutcome.CannotResume("the messages from L1 that the slot consumes are not known here");
                    }

                    await Task.Delay(UntilNextTry(left), _time, cancellationToken);
                    continue;
                }

                (BuildOutcome? outcome, TimeSpan wait) = await BuildOnceAsync(request, plan, publisher, cancellationToken);
                if (outcome is not null)
                {
                    return outcome;
                }

                // Nothing is promised yet: the next flashblock's time may bring enough transactions.
                await Task.Delay(wait, _time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return BuildOutcome.Stopped.Instance;
        }
        catch (ForkDiscardedException)
        {
            return new BuildOutcome.ParentUnavailable(request.Parent);
        }
        catch (ObjectDisposedException)
        {
            return BuildOutcome.Stopped.Instance;
        }
        catch (StorageException exception)
        {
            return new BuildOutcome.StorageFailed(exception.Message);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    private async Task<(BuildOutcome? Outcome, TimeSpan Wait)> BuildOnceAsync(
        BuildRequest request, BuildPlan plan, IFlashblockPublisher publisher, CancellationToken cancellationToken)
    {
        ChunkBuilder builder;
        BuiltFlashblock? repeated = null;
        if (plan.Emitted.IsEmpty)
        {
            builder = new ChunkBuilder(plan.Chunk, _pool, _time) { Faulted = ReportFault };
        }
        else
        {
            switch (ChunkBuilder.Resume(plan.Chunk, [.. plan.Emitted], _pool, _senders, _time, cancellationToken))
            {
                case ChunkResumption.Resumed resumed:
                    (builder, repeated) = (resumed.Builder, resumed.Last);
                    break;
                case ChunkResumption.Mismatch mismatch:
                    return (new BuildOutcome.CannotResume($"flashblock {mismatch.Index}: emitted {mismatch.Emitted}, computed {mismatch.Computed}"), default);
                case ChunkResumption.InvalidTransaction invalid:
                    return (new BuildOutcome.CannotResume($"flashblock {invalid.Index}, transaction {invalid.Transaction}: {invalid.Reason}"), default);
                default:
                    throw new InvalidOperationException();
            }
        }

        builder.PacesCollector = Options.PacesCollector;
        using (builder)
        {
            Hash256 previous = plan.Previous;
            BuildOutcome? ended = null;
            bool isTooFew = false;
            using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            try
            {
                if (plan.Intended is { } intended)
                {
                    // It may be signed, and was shown to nobody.
                    await EmitAsync(intended, repeated!, stop.Token);
                }

                await builder.RunAsync(
                    async (built, token) =>
                    {
                        int own = built.Prefix.Used.Transactions - plan.Chunk.Context.Deposits.Length;
                        if (built.Index == 0 && own < request.MinTransactions && plan.Chunk.Context.Deposits.IsEmpty)
                        {
                            isTooFew = true;
                            throw new OperationCanceledException();
                        }

                        FlashblockPayload payload = new(
                            request.Slot,
                            request.Producer,
                            request.Index,
                            (uint)built.Index,
                            FlashblockPayload.PayloadIdOf(request.Slot, request.Index),
                            plan.Chunk.Context.Number,
                            previous,
                            built.IsLast,
                            (ulong)Math.Max(0, Now.ToUnixTimeMilliseconds()),
                            built.Index == 0 ? plan.Chunk.Context.ToBase() : null,
                            built.ToDiff());
                        await AskAsync(now => Intend(payload, now));
                        await EmitAsync(payload, built, token);
                    },
                    stop.Token);
            }
            catch (OperationCanceledException) when (ended is not null)
            {
                return (ended, default);
            }
            catch (OperationCanceledException) when (isTooFew)
            {
                TimeSpan left = request.Deadline - Now;
                return left <= TimeSpan.Zero ? (BuildOutcome.TooFewTransactions.Instance, default) : (null, UntilNextTry(left));
            }

            return (await AskAsync(_ => Seal(request, plan, builder.Chunk!)), default);

            async Task EmitAsync(FlashblockPayload payload, BuiltFlashblock built, CancellationToken token)
            {
                if (await publisher.SignAsync(payload, token) is not { } signature)
                {
                    ended = new BuildOutcome.SigningRefused(payload.Index);
                    throw new OperationCanceledException();
                }

                Flashblock flashblock = new(Genesis.Context, payload, signature);
                if (await AskAsync(now => TakeOwn(flashblock, built, now)) is { } reason)
                {
                    ended = new BuildOutcome.Superseded(reason);
                    throw new OperationCanceledException();
                }

                previous = payload.Hash;
                await publisher.EmitAsync(flashblock, token);
            }
        }
    }

    /// <summary>A flashblock's time, or what is left. Timers cut off parts of a millisecond: without one more the loop would spin through the last of them.</summary>
    private TimeSpan UntilNextTry(TimeSpan left) => left < _timetable.Budgets.FlashblockInterval ? left + TimeSpan.FromMilliseconds(1) : _timetable.Budgets.FlashblockInterval;

    private static void ReportFault(Transaction transaction, Exception exception)
    {
        // Left out of the chunk; the builder counts, and gives up after too many.
    }

    private (BuildOutcome? Refusal, BuildPlan? Plan) Prepare(BuildRequest request, DateTimeOffset now)
    {
        if (FindParent(request.Parent) is not { } parent)
        {
            return (new BuildOutcome.ParentUnavailable(request.Parent), null);
        }

        PendingSession? session = FindSession(request.Slot, request.Index) is { } open && open.ParentHash == request.Parent ? open : null;
        PendingBlock? emitted = session?.Block;
        FlashblockPayload? intended = FindIntended(request, emitted);
        ImmutableArray<Transaction> again = intended is null ? [] : TransactionsOf(intended);
        if (emitted is null)
        {
            session = intended is null ? null : new PendingSession(new Flashblock(Genesis.Context, intended, default));
        }

        if (ChooseDeposits(request, parent, session, emitted?.Transactions ?? again) is not var (deposits, inHash))
        {
            return (null, null);
        }

        Address feeRecipient = session?.Base.FeeRecipient ?? request.FeeRecipient;
        ChunkContext context = _rules.ContextOf(parent.Header, parent.Hash, request.Slot, request.Index, in feeRecipient, _hashes.Above(parent.Hash)) with { Deposits = deposits };
        ChunkLimits used = parent.UsedInSlot(request.Slot);
        DateTimeOffset earliest = request.Deadline - _timetable.Consensus.Timing.Chunk;
        DateTimeOffset begun = emitted is null ? now : DateTimeOffset.FromUnixTimeMilliseconds((long)emitted.Flashblocks[0].Payload.EmittedAt) - _timetable.Budgets.FlashblockInterval;
        ChunkPlan chunk = new()
        {
            Parent = parent.State,
            Context = context,
            Limits = _rules.ShareAfter(in used, request.ChunksLeft),
            Schedule = _timetable.Flashblocks(begun > earliest ? begun : earliest, request.Deadline, request.Index == 0),
            MaxTransactionGas = Options.MaxTransactionGas,
        };
        ImmutableArray<EmittedFlashblock>.Builder before = ImmutableArray.CreateBuilder<EmittedFlashblock>();
        if (emitted is not null)
        {
            int from = 0;
            for (int i = 0; i < emitted.Flashblocks.Length; i++)
            {
                FlashblockPayload payload = emitted.Flashblocks[i].Payload;
                before.Add(new EmittedFlashblock([.. emitted.Transactions.AsSpan(from..emitted.Counts[i])], payload.Diff.BlockHash, payload.IsLast));
                from = emitted.Counts[i];
            }
        }

        if (intended is not null)
        {
            before.Add(new EmittedFlashblock(again, intended.Diff.BlockHash, intended.IsLast));
        }

        return (null, new BuildPlan(chunk, before.ToImmutable(), intended, emitted?.Flashblocks[^1].Payload.Hash ?? default, used, inHash));
    }

    /// <summary>The flashblock that was about to be signed after those that were shown, when the process ended.</summary>
    private FlashblockPayload? FindIntended(BuildRequest request, PendingBlock? emitted) =>
        _intended.TryGetValue((request.Slot, request.Index), out FlashblockPayload? intended)
            && intended.Producer == request.Producer
            && intended.Index == (uint)(emitted?.Flashblocks.Length ?? 0)
            && (emitted is null ? intended.Base?.ParentHash == request.Parent : intended.Previous == emitted.Flashblocks[^1].Payload.Hash)
                ? intended
                : null;

    /// <summary>Journals what will be signed. The answer comes when it is durable: before, nothing may be signed.</summary>
    private bool Intend(FlashblockPayload payload, DateTimeOffset now)
    {
        Record(new NodeRecord.Intended(now, payload));
        _intended[(payload.Slot, payload.Chunk)] = payload;
        foreach ((ulong Slot, uint Chunk) old in _intended.Keys.Where(key => key.Slot + 2 < payload.Slot).ToArray())
        {
            _intended.Remove(old);
        }

        return true;
    }

    private static ImmutableArray<Transaction> TransactionsOf(FlashblockPayload own) =>
        [.. own.Diff.Transactions.Select(raw => Transaction.Decode(raw.Span, BodyRules) is TransactionDecoding.Decoded decoded
            ? decoded.Transaction
            : throw new InvalidOperationException("An own flashblock has an undecodable transaction."))];

    /// <summary>Shows an own flashblock; the answer comes when it is durable. Null where it fits.</summary>
    private FeedOutcome? TakeOwn(Flashblock flashblock, BuiltFlashblock built, DateTimeOffset now)
    {
        _ownFlashblock = (flashblock, built);
        FeedStep step = _flashblocks.Arrived(new Validated<Flashblock>(flashblock, new Validity.Accepted(flashblock.Payload.Producer)), now);
        Follow(step.Effects, now);
        _ownFlashblock = null;
        return step.Outcome is FeedOutcome.Decided { Decision: FlashblockDecision.Extend or FlashblockDecision.Open or FlashblockDecision.Replace } ? null : step.Outcome;
    }

    private void ShowOwn(PendingSession session, Flashblock flashblock, BuiltFlashblock built, DateTimeOffset now)
    {
        ChunkPrefix prefix = built.Prefix;
        Record(new NodeRecord.Shown(now, flashblock));
        _intended.Remove((session.Slot, session.Chunk));
        PendingBlock? before = session.Block;
        session.Add(
            flashblock,
            prefix.Header,
            (before?.Transactions ?? []).AddRange(prefix.Transactions),
            (before?.Receipts ?? []).AddRange(prefix.Receipts),
            prefix.State,
            prefix.Changes,
            prefix.Used);
        Shown(session, flashblock, now);
    }

    private BuildOutcome Seal(BuildRequest request, BuildPlan plan, BuiltChunk chunk)
    {
        if (_storage.Seal(chunk.State, chunk.Block.Header.Number) is not { } state)
        {
            return new BuildOutcome.ParentUnavailable(request.Parent);
        }

        ChunkHeader header = new(
            request.Slot,
            request.Producer,
            request.Index,
            request.IsLast,
            plan.InHash,
            chunk.Block.Header,
            [.. chunk.Block.Transactions.Select(transaction => transaction.Hash)]);
        ChunkLimits used = new(plan.UsedBelow.Gas + chunk.Used.Gas, plan.UsedBelow.Transactions + chunk.Used.Transactions, plan.UsedBelow.Data + chunk.Used.Data);
        _built[chunk.Block.Hash] = new Built(chunk, state, used);
        return new BuildOutcome.Sealed(header, chunk.Block.Hash, _rules.IsSlotFull(in used));
    }

    private AdoptOutcome Adopt(ChunkProposal proposal, DateTimeOffset now)
    {
        Hash256 hash = proposal.Header.Block.ComputeHash();
        if (_executed.TryGetValue(hash, out ExecutedBlock? known) && known.Proposal?.Header.Hash == proposal.Header.Hash)
        {
            return AdoptOutcome.Adopted.Instance;
        }

        if (!_built.TryGetValue(hash, out Built? built))
        {
            return AdoptOutcome.NotBuiltHere.Instance;
        }

        BuiltChunk chunk = built.Chunk;
        ExecutedBlock block = new()
        {
            Header = chunk.Block.Header,
            Hash = hash,
            Proposal = new ChunkProposal(proposal.Context, proposal.Header, proposal.Signature, [.. chunk.Block.Transactions.Select(transaction => transaction.Raw)]),
            Transactions = chunk.Block.Transactions,
            Receipts = chunk.Receipts,
            State = built.State,
            Changes = chunk.Changes,
            Used = chunk.Used,
            UsedInSlot = built.UsedInSlot,
        };
        ChainOutcome outcome = Add(null, block, now);
        if (outcome is not ChainOutcome.Accepted)
        {
            return new AdoptOutcome.Refused(outcome);
        }

        // The feed hears of it too, so that its return from the stream is no news, and a second one is evidence.
        Follow(_feed.Arrived(new Validated<ChunkProposal>(proposal.WithoutBodies(), new Validity.Accepted(proposal.Header.Producer)), now).Effects, now);
        foreach (Hash256 old in _built.Where(entry => entry.Value.Chunk.Block.Header.Number <= block.Number).Select(entry => entry.Key).ToArray())
        {
            _built.Remove(old);
        }

        return AdoptOutcome.Adopted.Instance;
    }

    private ParentChoice ChooseParent(ulong slot)
    {
        if (_isRebuildNeeded)
        {
            return new ParentChoice.NotSynced("the node has to be built again from L1");
        }

        if (_tips.IsBehindL1)
        {
            return new ParentChoice.NotSynced("a checkpoint is on L1 whose chunks are not here");
        }

        ExecutedBlock head = _chain[^1];
        ulong? headSlot = head.Slot ?? _tips.Restart.Slot;
        if (headSlot >= slot)
        {
            return new ParentChoice.SlotTaken(headSlot.Value);
        }

        // What is below the new slot and not on L1: the slot before may be, since it is published while this one is built. No more than that, however wide the
        // inclusion window is: a chain that L1 does not keep up with waits for it, and a slot that is lost takes only one other with it.
        int limit = _timetable.Consensus.Timing.Profile == TimingProfile.Sequential ? 0 : 1;
        if (_tips.UnpublishedSlots > limit)
        {
            return new ParentChoice.TooDeep(_tips.UnpublishedSlots, limit);
        }

        // The newest chunk may be complete by its flashblocks, and still on its way; but not for ever, or a producer that died before it signed the chunk would stop all who come after.
        PendingBlock? pending = PendingOn(head.Hash);
        if (pending is not null && pending.Slot < slot && Now <= _timetable.Deadlines(pending.Slot).Orphaned)
        {
            if (!pending.IsComplete || PendingOn(pending.Hash) is not null)
            {
                return new ParentChoice.ChunkOpen(pending.Slot, pending.Chunk);
            }

            // Beside it nothing is built either: what its flashblocks promised would be broken.
            return pending.Slot == headSlot || _tips.UnpublishedSlots < limit
                ? new ParentChoice.Chosen(new BlockId(pending.Number, pending.Hash), pending.Slot, ExpectedCheckpoint(pending, head), true, _tips.FirstSkipped)
                : new ParentChoice.TooDeep(_tips.UnpublishedSlots + 1, limit);
        }

        // What was about to be signed when the process ended may be signed: its slot comes first, and goes on with it.
        if (pending is null
            && _intended.Values.FirstOrDefault(own => own.Slot < slot && own.Base?.ParentHash == head.Hash) is { } intended
            && Now <= _timetable.Deadlines(intended.Slot).Orphaned)
        {
            return new ParentChoice.ChunkOpen(intended.Slot, intended.Chunk);
        }

        (Hash256 checkpoint, bool isExpected) = CheckpointAt(head);
        return new ParentChoice.Chosen(head.Id, headSlot, checkpoint, isExpected, _tips.FirstSkipped);
    }

    /// <summary>The chunk under construction on a block; null where there is none that holds together.</summary>
    private PendingBlock? PendingOn(Hash256 parent) => _sessions.Find(session => session.ParentHash == parent && session is { IsBroken: false, Block: not null })?.Block;

    /// <summary>The checkpoint that a slot's proposer will propose if its last chunk is the pending one.</summary>
    private Hash256 ExpectedCheckpoint(PendingBlock pending, ExecutedBlock head)
    {
        ChunkHeader last = new(
            pending.Slot,
            pending.Flashblocks[0].Payload.Producer,
            pending.Chunk,
            isLast: true,
            FindSession(pending.Slot, pending.Chunk) is { } session ? InHashOf(session) ?? Hash256.Zero : Hash256.Zero,
            pending.Header,
            [.. pending.Transactions.Select(transaction => transaction.Hash)]);
        List<Protocol.Checkpoints.CandidateChunk> chunks = [new(last, pending.Hash, Protocol.Checkpoints.ChunkStanding.Expected)];
        ExecutedBlock below = head;
        while (below.Proposal is { } chunk && chunk.Header.Slot == pending.Slot)
        {
            chunks.Insert(0, new Protocol.Checkpoints.CandidateChunk(chunk.Header, below.Hash, Protocol.Checkpoints.ChunkStanding.Expected));
            if (FindExecuted(below.Header.ParentHash) is not { } parent)
            {
                return Hash256.Zero;
            }

            below = parent;
        }

        return Protocol.Checkpoints.CheckpointAssembly.HeaderOf(_timetable.Consensus, CheckpointAt(below).Hash, chunks.ToArray(), Hash256.Zero).Hash;
    }

    private SlotResumption? FindResumption(ulong slot, Address producer)
    {
        ImmutableArray<ChunkProposal> chunks = [.. _chain.Where(block => block.Slot == slot && block.Proposal!.Header.Producer == producer).Select(block => block.Proposal!)];
        PendingSession? open = _sessions.Find(session => session.Slot == slot && session.Chunk == (uint)chunks.Length && session.Block?.Flashblocks[0].Payload.Producer == producer);
        FlashblockPayload? intended = _intended.GetValueOrDefault((slot, (uint)chunks.Length)) is { } found && found.Producer == producer ? found : null;
        if (chunks.IsEmpty && open is null && intended?.Base is null)
        {
            return null;
        }

        Hash256 parent = chunks.IsEmpty ? open?.ParentHash ?? intended!.Base!.ParentHash : chunks[0].Header.Block.ParentHash;
        Hash256 checkpoint = FindExecuted(parent) is { } below ? CheckpointAt(below).Hash : Hash256.Zero;
        ImmutableArray<Hash256> certified = [.. chunks.Select(chunk => chunk.Header.Hash).Where(hash => _proofs.CertificateOf(in hash) is not null)];
        return new SlotResumption(parent, checkpoint, chunks, open is not null || intended is not null, certified, _checkpoints.GetValueOrDefault(slot));
    }

    private ParentState? FindParent(in Hash256 hash)
    {
        if (FindExecuted(in hash) is { } block)
        {
            return new ParentState(block.Header, block.Hash, block.State, block.Slot, block.UsedInSlot, InHashOf(block));
        }

        Hash256 wanted = hash;
        if (_sessions.Find(session => session is { IsBroken: false, Block.IsComplete: true } && session.Block.Hash == wanted) is { Block: { } pending } open
            && _storage.Seal(pending.State, pending.Number) is { } state)
        {
            ChunkLimits below = open.UsedBelow;
            return new ParentState(
                pending.Header,
                pending.Hash,
                state,
                pending.Slot,
                new ChunkLimits(below.Gas + pending.Used.Gas, below.Transactions + pending.Used.Transactions, below.Data + pending.Used.Data),
                InHashOf(open));
        }

        return null;
    }

    private sealed record Built(BuiltChunk Chunk, IStateLayer State, ChunkLimits UsedInSlot);

    private sealed record BuildPlan(ChunkPlan Chunk, ImmutableArray<EmittedFlashblock> Emitted, FlashblockPayload? Intended, Hash256 Previous, ChunkLimits UsedBelow, Hash256 InHash);
}
