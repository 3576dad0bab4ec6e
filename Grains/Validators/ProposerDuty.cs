using System.Collections.Immutable;
using Cloud.Grains.Feed;
using Cloud.Grains.Hosting;
using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Grains.Interfaces.Publishing;
using Cloud.Grains.Signing;
using Cloud.Protocol.Attesting;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Proposing;
using Cloud.Protocol.Time;
using Cloud.Replica.Node;
using Microsoft.Extensions.Logging;

namespace Cloud.Grains.Validators;

/// <summary>Carries out what a <see cref="ProposerMachine"/> wants, in the turns of a validator's grain. Building and storing happen in the silo's replica.</summary>
internal sealed partial class ProposerDuty : IFlashblockPublisher, IDisposable
{
    private static readonly TimeSpan ParentPoll = TimeSpan.FromMilliseconds(20);

    private readonly SiloNode _silo;
    private readonly SigningLedger _ledger;
    private readonly Address _self;
    private readonly ILogger _logger;
    private readonly ProposerMachine _machine;
    private readonly TaskScheduler _turns = TaskScheduler.Current;
    private readonly CancellationTokenSource _ended = new();
    private readonly List<ChunkProposal> _chunks = [];
    private Hash256 _parent;
    private Hash256 _parentCheckpoint;
    private CheckpointProposal? _proposal;
    private DateTimeOffset? _wake;
    private int _available = -1;
    private volatile bool _hasChunks;
    private volatile bool _hasBegun;

    internal ProposerDuty(SiloNode silo, SigningLedger ledger, Address self, ulong slot, ILogger logger)
    {
        _silo = silo;
        _ledger = ledger;
        _self = self;
        _logger = logger;
        Slot = slot;
        _machine = new ProposerMachine(
            silo.Rollup.Context,
            silo.Rollup.Timetable,
            slot,
            silo.Options.Proposer with { ExpectsCertificates = silo.Options.Proposer.ExpectsCertificates && silo.Options.Mode == AttestationMode.PerChunk });
    }

    /// <summary>The slot.</summary>
    internal ulong Slot { get; }

    /// <summary>How far it is.</summary>
    internal ProposerState State => _machine.State;

    private DateTimeOffset Now => _silo.Time.GetUtcNow();

    private ConsensusTimetable Consensus => _silo.Rollup.Timetable.Consensus;

    public void Dispose()
    {
        _silo.Leave(this);
        if (!_ended.IsCancellationRequested)
        {
            _ended.Cancel();
        }

        _ended.Dispose();
    }

    /// <summary>Starts with the slot, or goes on with it where a replica has something of it.</summary>
    internal void Start()
    {
        _silo.Join(this);
        StartAsync().Forget(_logger);
    }

    /// <summary>A chunk has its certificate. From any thread.</summary>
    internal void OnCertified(ChunkCertificate certificate) => Post(() => Apply(new ProposerInput.ChunkCertified(certificate.ChunkHash)));

    /// <summary>The checkpoint has its certificate. From any thread.</summary>
    internal void OnCertified(CheckpointCertificate certificate) => Post(() => Apply(new ProposerInput.CheckpointCertified(certificate)));

    /// <summary>What waits to be built in. Messages from L1 go into the slot's first chunk, or into another slot.</summary>
    private int Waiting => _silo.Replica.Pool.Counts.Pending + (_hasChunks ? 0 : _silo.Replica.WaitingDeposits);

    /// <summary>How many transactions wait may have changed. From any thread.</summary>
    internal void OnAvailable()
    {
        // Only what can change a decision makes a turn: that there is something, where there was too little.
        int needed = Math.Max(1, _silo.Options.Proposer.MinTransactions);
        int count = Waiting;
        int before = Interlocked.Exchange(ref _available, count);
        if (_hasBegun && before < needed != count < needed)
        {
            Post(() => Apply(new ProposerInput.TransactionsAvailable(Volatile.Read(ref _available))));
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Signature?> SignAsync(FlashblockPayload payload, CancellationToken cancellationToken)
    {
        FlashblockPayload? kept = _silo.Options.HasOtherSilos ? payload : null;

        // The turns of a silo that dies are never run: who waits for one must still come to an end.
        LedgerOutcome outcome = await InTurn(() => SignThroughLedger(payload.Statement, Consensus.ReceiveDeadline(Slot), kept)).WaitAsync(cancellationToken);
        return outcome is LedgerOutcome.Signed signed ? signed.Signature : null;
    }

    /// <inheritdoc/>
    public async ValueTask EmitAsync(Flashblock flashblock, CancellationToken cancellationToken)
    {
        try
        {
            // A second place has it before anybody sees it; in one process the journal is enough, and the call is short.
            await _silo.Grains.Chunk(Slot, flashblock.Payload.Chunk).Add(flashblock).Within(_silo.Options.FlashblockReplication, _silo.Time, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogNotReplicated(_logger, exception, Slot, flashblock.Payload.Chunk, flashblock.Payload.Index);
        }

        _silo.Publish(FeedStreams.Flashblocks, flashblock.Encode());
    }

    private static async Task<T> Unwrap<T>(Task<Task<T>> task) => await await task;

    private async Task StartAsync()
    {
        if (_silo.Options.HasOtherSilos)
        {
            await TakeOver();
        }

        if (await _silo.Replica.FindResumptionAsync(Slot, _self) is { } found)
        {
            LogResumed(_logger, Slot, found.Chunks.Length, found.IsChunkOpen);
            (_parent, _parentCheckpoint, _proposal) = (found.Block, found.Checkpoint, found.Proposed);
            _chunks.AddRange(found.Chunks);
            _hasChunks = _chunks.Count > 0;

            // What was certified before this silo took over, or before its process started, is not told again.
            Apply(new ProposerInput.Resumed(
                found.Block,
                found.Checkpoint,
                found.Chunks,
                found.IsChunkOpen,
                found.Proposed,
                [.. found.Certified, .. found.Chunks.Select(chunk => chunk.Header.Hash).Where(_silo.IsCertified)]));
            if (found.Proposed is { } proposed && _silo.FindCertificate(proposed.Header.Hash) is { } certificate)
            {
                Apply(new ProposerInput.CheckpointCertified(certificate));
            }

            Begin();
            return;
        }

        Begin();
        Apply(new ProposerInput.Tick());
        await ChooseParent();
    }

    /// <summary>What another silo signed for this slot before it died is shown here, and shown again to all, before anything is built on it.</summary>
    private async Task TakeOver()
    {
        DateTimeOffset deadline = Consensus.ReceiveDeadline(Slot);
        foreach (IGrouping<uint, FlashblockPayload> chunk in (await _ledger.FindFlashblocksAsync(Slot)).GroupBy(flashblock => flashblock.Chunk).OrderBy(group => group.Key))
        {
            FlashblockPayload[] signed = [.. chunk];
            if (signed[0].Base is not { } @base || _silo.HasChunk(Slot, chunk.Key))
            {
                continue;
            }

            LogTakenOver(_logger, Slot, chunk.Key, signed.Length);
            while (!_silo.HasBlock(@base.ParentHash) && !_silo.HasChunk(Slot, chunk.Key) && Now < deadline)
            {
                await Task.Delay(ParentPoll, _silo.Time, _ended.Token);
            }

            foreach (FlashblockPayload payload in signed)
            {
                if (await SignThroughLedger(payload.Statement, deadline) is LedgerOutcome.Signed { Signature: var signature })
                {
                    Flashblock whole = new(_silo.Rollup.Context, payload, signature);
                    await _silo.Replica.FlashblockArrivedAsync(new(whole, new Protocol.Validation.Validity.Accepted(_self)));
                    await EmitAsync(whole, _ended.Token);
                }
            }

            while (_silo.Replica.FindFlashblocks(Slot, chunk.Key).Length < signed.Length && !_silo.HasChunk(Slot, chunk.Key) && Now < deadline)
            {
                await Task.Delay(ParentPoll, _silo.Time, _ended.Token);
            }
        }
    }

    /// <summary>From here on transactions count. Not before it is clear whether the slot is resumed: one that is too late to be begun is not too late to be gone on with.</summary>
    private void Begin()
    {
        _available = Waiting;
        _hasBegun = true;
        Apply(new ProposerInput.TransactionsAvailable(_available));
    }

    /// <summary>Waits for the block that the slot before ends with, for as long as it can still be on its way.</summary>
    private async Task ChooseParent()
    {
        TimeSpan early = Consensus.FrameStart(Slot) - Now;
        if (early > TimeSpan.Zero)
        {
            await Task.Delay(early, _silo.Time, _ended.Token);
        }

        LocalBudgets budgets = _silo.Rollup.Timetable.Budgets;
        DateTimeOffset patience = Consensus.FrameStart(Slot) + budgets.Init + budgets.Propagation;
        bool isHeldUp = false;
        while (_machine.State == ProposerState.Starting && !_ended.IsCancellationRequested)
        {
            ParentChoice choice = await _silo.Replica.ChooseParentAsync(Slot);
            switch (choice)
            {
                case ParentChoice.Chosen chosen when Now >= patience || (chosen.Slot == Slot - 1 ? _silo.EndsSlot(chosen.Block.Hash) : Slot == 0):
                    (_parent, _parentCheckpoint) = (chosen.Block.Hash, chosen.Checkpoint);
                    LogParent(_logger, Slot, chosen.Block.Number, chosen.Slot ?? 0);
                    Apply(new ProposerInput.ParentChosen(chosen.Block.Hash, chosen.Checkpoint));
                    return;
                case ParentChoice.SlotTaken taken when taken.Slot > Slot:
                    LogTaken(_logger, Slot, taken.Slot);
                    break;
                case ParentChoice.TooDeep deep when !isHeldUp && Now >= patience:
                    isHeldUp = true;
                    LogHeldUp(_logger, Slot, deep.Unpublished);
                    break;
                default:
                    break;
            }

            await Task.Delay(ParentPoll, _silo.Time, _ended.Token);
        }
    }

    private void Post(Action turn)
    {
        if (!_ended.IsCancellationRequested)
        {
            Task.Factory.StartNew(turn, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _turns).Forget(_logger);
        }
    }

    private Task<T> InTurn<T>(Func<Task<T>> turn) => Unwrap(Task.Factory.StartNew(turn, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _turns));

    private void Apply(ProposerInput input)
    {
        if (_ended.IsCancellationRequested)
        {
            return;
        }

        ProposerState before = _machine.State;
        foreach (ProposerEffect effect in _machine.Apply(input, Now))
        {
            Do(effect);
        }

        if (before != _machine.State && _machine.State is ProposerState.Collecting)
        {
            SyncParent().Forget(_logger);
        }
    }

    private void Do(ProposerEffect effect)
    {
        switch (effect)
        {
            case ProposerEffect.BuildChunk build:
                Build(build).Forget(_logger);
                break;
            case ProposerEffect.Sign sign:
                Sign(sign.Statement).Forget(_logger);
                break;
            case ProposerEffect.StoreChunk store:
                Store(store.Proposal).Forget(_logger);
                break;
            case ProposerEffect.BroadcastChunk broadcast:
                Broadcast(broadcast.Proposal).Forget(_logger);
                break;
            case ProposerEffect.StoreCheckpoint store:
                Store(store.Proposal).Forget(_logger);
                break;
            case ProposerEffect.SendCheckpoint send:
                Send(send.Proposal).Forget(_logger);
                break;
            case ProposerEffect.RequestPublish publish:
                Publish(publish).Forget(_logger);
                break;
            case ProposerEffect.WakeAt wake:
                Wake(wake.At).Forget(_logger);
                break;
            case ProposerEffect.Abandon abandon:
                LogAbandoned(_logger, Slot, abandon.Reason);
                _silo.Leave(this);
                break;
            default:
                break;
        }
    }

    private async Task Wake(DateTimeOffset at)
    {
        if (_wake is { } set && set <= at && set > Now)
        {
            // The earlier tick asks again.
            return;
        }

        _wake = at;
        TimeSpan wait = at - Now;
        if (wait > TimeSpan.Zero)
        {
            // Timers count whole milliseconds, and cut off the rest.
            await Task.Delay(wait + TimeSpan.FromMilliseconds(1), _silo.Time, _ended.Token);
        }

        if (_wake == at)
        {
            _wake = null;
        }

        Apply(new ProposerInput.Tick());
    }

    private async Task Build(ProposerEffect.BuildChunk build)
    {
        Hash256 parent = _chunks.Count > 0 ? _chunks[^1].Header.Block.ComputeHash() : _parent;
        BuildRequest request = new(
            Slot,
            build.Index,
            parent,
            _self,
            _self,
            build.Deadline,
            build.MinTransactions,
            build.IsLast,
            build.IsResumed,
            Math.Max(1, _silo.Rollup.Timetable.ChunksPerSlot - build.SubSlot));
        BuildOutcome outcome = await _silo.Replica.BuildAsync(request, this, _ended.Token);
        switch (outcome)
        {
            case BuildOutcome.Sealed sealedOne:
                Apply(new ProposerInput.ChunkBuilt(sealedOne.Header, sealedOne.BlockHash, sealedOne.IsSlotFull));
                break;
            case BuildOutcome.TooFewTransactions:
                Apply(new ProposerInput.TooFewTransactions());
                break;
            default:
                if (outcome is not BuildOutcome.Stopped)
                {
                    LogNotBuilt(_logger, Slot, build.Index, outcome.ToString());
                }

                Apply(outcome is BuildOutcome.StorageFailed ? new ProposerInput.StorageFailed() : new ProposerInput.BuildFailed());
                break;
        }
    }

    private async Task Sign(Statement statement)
    {
        LedgerOutcome outcome = await SignThroughLedger(statement, Consensus.ReceiveDeadline(Slot));
        Apply(outcome is LedgerOutcome.Signed signed ? new ProposerInput.Signed(signed.Signature) : new ProposerInput.SigningRefused());
    }

    private async Task<LedgerOutcome> SignThroughLedger(Statement statement, DateTimeOffset deadline, FlashblockPayload? flashblock = null)
    {
        for (int attempt = 1; ; attempt++)
        {
            LedgerOutcome outcome = await _ledger.SignAsync(statement.Duty, _silo.Rollup.Domains.Digest(statement), flashblock);
            if (outcome is not LedgerOutcome.Failed || Now >= deadline || _ended.IsCancellationRequested)
            {
                return outcome;
            }

            await Task.Delay(_silo.Options.BackOff(attempt), _silo.Time, _ended.Token);
        }
    }

    private async Task Store(ChunkProposal proposal)
    {
        AdoptOutcome outcome = await _silo.Replica.AdoptAsync(proposal);
        if (outcome is AdoptOutcome.Adopted)
        {
            _chunks.Add(proposal);
            _hasChunks = true;
            _silo.OnOwnChunk(proposal);
            await RefreshParent();
            Apply(new ProposerInput.Stored());
        }
        else
        {
            LogNotStored(_logger, Slot, outcome.ToString());
            Apply(new ProposerInput.StorageFailed());
        }
    }

    /// <summary>The slot before may have ended otherwise than it looked when this one began on its last block.</summary>
    private async Task RefreshParent()
    {
        if (await _silo.Replica.FindCheckpointAsync(_parent) is { } checkpoint && checkpoint != _parentCheckpoint)
        {
            _parentCheckpoint = checkpoint;
            Apply(new ProposerInput.ParentCheckpointChanged(checkpoint));
        }
    }

    private async Task Store(CheckpointProposal proposal)
    {
        try
        {
            await _silo.Replica.CheckpointArrivedAsync(new(proposal, new Protocol.Validation.Validity.Accepted(_self)));
            _proposal = proposal;
            _silo.OnOwnCheckpoint(proposal);
            Apply(new ProposerInput.Stored());
        }
        catch (Exception exception)
        {
            LogNotStored(_logger, Slot, exception.Message);
            Apply(new ProposerInput.StorageFailed());
        }
    }

    private async Task Broadcast(ChunkProposal proposal)
    {
        ChunkProposal full = WithBodies(proposal);
        _silo.Publish(FeedStreams.Chunks, (_silo.Options.InlineBodies ? full : proposal.WithoutBodies()).Encode());
        await Deliver(() => _silo.Grains.Chunk(Slot, proposal.Header.Index).Propose(full), Consensus.ReceiveDeadline(Slot));
    }

    private async Task Send(CheckpointProposal proposal)
    {
        CheckpointProposal full = proposal.LastChunk is { } last ? new CheckpointProposal(proposal.Context, proposal.Header, proposal.Signature, WithBodies(last)) : proposal;
        CheckpointProposal gossip = proposal.LastChunk is { } light && !_silo.Options.InlineBodies
            ? new CheckpointProposal(proposal.Context, proposal.Header, proposal.Signature, light.WithoutBodies())
            : full;
        _silo.Publish(FeedStreams.Checkpoints, gossip.Encode());
        await Deliver(() => _silo.Grains.Slot(Slot).Propose(full), Consensus.ReceiveDeadline(Slot));
    }

    /// <summary>Sends until it is taken, or nobody would take it any more.</summary>
    private async Task Deliver(Func<Task<MessageReply>> send, DateTimeOffset deadline)
    {
        for (int attempt = 1; !_ended.IsCancellationRequested; attempt++)
        {
            try
            {
                MessageReply reply = await send().Within(_silo.Options.CallTimeout, _silo.Time, _ended.Token);
                if (reply.IsHere)
                {
                    return;
                }

                LogNotTaken(_logger, Slot, reply.Outcome, reply.Reason);
                if (reply.Outcome is not (MessageOutcome.CommitteeUnknown or MessageOutcome.Rejected or MessageOutcome.NoSuchPosition))
                {
                    return;
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogSendFailed(_logger, exception, Slot, attempt);
            }

            if (Now > deadline)
            {
                return;
            }

            await Task.Delay(_silo.Options.BackOff(attempt), _silo.Time, _ended.Token);
        }
    }

    private ChunkProposal WithBodies(ChunkProposal proposal)
    {
        if (proposal.Bodies is not null)
        {
            return proposal;
        }

        ImmutableArray<Bytes> bodies = _silo.BodiesOf(proposal.Header.Block.ComputeHash());
        return bodies.IsDefault ? proposal : new ChunkProposal(proposal.Context, proposal.Header, proposal.Signature, bodies);
    }

    /// <summary>Follows L1 until it is clear what it has before the slot.</summary>
    private async Task SyncParent()
    {
        while (_machine.State == ProposerState.Collecting && !_ended.IsCancellationRequested)
        {
            if (await _silo.FindStanding(Slot, _parentCheckpoint) is { } standing)
            {
                Apply(new ProposerInput.ParentSynced(standing));
                return;
            }

            await Task.Delay(_silo.Options.ResendAfter, _silo.Time, _ended.Token);
        }
    }

    /// <summary>The checkpoint's chunks with their transactions. After a hand-over the replica here may not have executed them yet: then they come from the chunks' grains.</summary>
    private async Task<ImmutableArray<ChunkProposal>?> Completed(ProposerEffect.RequestPublish publish)
    {
        ChunkProposal[] chunks = [.. _chunks.Take((int)publish.Header.Chunks)];
        for (int attempt = 1; !_ended.IsCancellationRequested && Now <= publish.Expires; attempt++)
        {
            bool isComplete = true;
            for (int i = 0; i < chunks.Length; i++)
            {
                try
                {
                    chunks[i] = WithBodies(chunks[i]);
                    if (chunks[i].Bodies is null)
                    {
                        chunks[i] = await _silo.PullBodies(chunks[i], _ended.Token);
                        isComplete &= chunks[i].Bodies is not null;
                    }
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    isComplete = false;
                    LogSendFailed(_logger, exception, Slot, attempt);
                }
            }

            if (isComplete)
            {
                return [.. chunks];
            }

            await Task.Delay(_silo.Options.BackOff(attempt), _silo.Time, _ended.Token);
        }

        LogIncomplete(_logger, Slot);
        return null;
    }

    private async Task Publish(ProposerEffect.RequestPublish publish)
    {
        if (await Completed(publish) is not { } chunks)
        {
            _silo.Leave(this);
            return;
        }

        CheckpointProposal proposal = _proposal!.WithoutLastChunk();
        ulong? invalidateFirst = (await _silo.Replica.FindL1TipAsync()).FirstSkipped;
        PublicationRequest request = new(proposal, publish.Certificate, chunks, publish.NotBefore, publish.Expires, invalidateFirst);
        for (int attempt = 1; !_ended.IsCancellationRequested; attempt++)
        {
            try
            {
                PublicationView view = await _silo.Grains.Publisher().Publish(request).Within(_silo.Options.CallTimeout, _silo.Time, _ended.Token);
                LogPublishing(_logger, Slot, view.State);
                break;
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogSendFailed(_logger, exception, Slot, attempt);
            }

            if (Now > publish.Expires)
            {
                break;
            }

            await Task.Delay(_silo.Options.BackOff(attempt), _silo.Time, _ended.Token);
        }

        _silo.Leave(this);
    }

    [LoggerMessage(1, LogLevel.Information, "Slot {Slot} goes on with {Chunks} chunks; one is open: {IsOpen}")]
    private static partial void LogResumed(ILogger logger, ulong slot, int chunks, bool isOpen);

    [LoggerMessage(13, LogLevel.Information, "Slot {Slot}: {Count} flashblocks of chunk {Chunk} were signed before, perhaps by a silo that died")]
    private static partial void LogTakenOver(ILogger logger, ulong slot, uint chunk, int count);

    [LoggerMessage(2, LogLevel.Debug, "Slot {Slot} is built on block {Number} of slot {ParentSlot}")]
    private static partial void LogParent(ILogger logger, ulong slot, ulong number, ulong parentSlot);

    [LoggerMessage(3, LogLevel.Warning, "Slot {Slot} is not built: the chain has chunks of slot {Taken}")]
    private static partial void LogTaken(ILogger logger, ulong slot, ulong taken);

    [LoggerMessage(11, LogLevel.Warning, "Slot {Slot} waits: {Unpublished} slots below it are not on L1")]
    private static partial void LogHeldUp(ILogger logger, ulong slot, int unpublished);

    [LoggerMessage(12, LogLevel.Error, "Slot {Slot} is not published: the transactions of its chunks were not found in time")]
    private static partial void LogIncomplete(ILogger logger, ulong slot);

    [LoggerMessage(4, LogLevel.Warning, "Slot {Slot} is given up: {Reason}")]
    private static partial void LogAbandoned(ILogger logger, ulong slot, AbandonReason reason);

    [LoggerMessage(5, LogLevel.Warning, "Chunk {Index} of slot {Slot} was not built: {Outcome}")]
    private static partial void LogNotBuilt(ILogger logger, ulong slot, uint index, string outcome);

    [LoggerMessage(6, LogLevel.Error, "Slot {Slot}: a signed message could not be stored and does not go out: {Outcome}")]
    private static partial void LogNotStored(ILogger logger, ulong slot, string outcome);

    [LoggerMessage(7, LogLevel.Information, "Slot {Slot}: a message was not taken: {Outcome} {Reason}")]
    private static partial void LogNotTaken(ILogger logger, ulong slot, MessageOutcome outcome, string reason);

    [LoggerMessage(8, LogLevel.Information, "Slot {Slot}: a message could not be sent, attempt {Attempt}")]
    private static partial void LogSendFailed(ILogger logger, Exception exception, ulong slot, int attempt);

    [LoggerMessage(9, LogLevel.Information, "Slot {Slot}: flashblock {Index} of chunk {Chunk} has no second place yet")]
    private static partial void LogNotReplicated(ILogger logger, Exception exception, ulong slot, uint chunk, uint index);

    [LoggerMessage(10, LogLevel.Debug, "The publication of slot {Slot}: {State}")]
    private static partial void LogPublishing(ILogger logger, ulong slot, PublicationState state);
}
