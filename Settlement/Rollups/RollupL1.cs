using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.BlobStores;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.Following;
using Cloud.Settlement.L1;
using Cloud.Settlement.L1Events;
using Cloud.Settlement.Publishing;
using Cloud.Settlement.Transactions;
using Cloud.Settlement.Watching;
using Cloud.Settlement.Work;
using Ends = Cloud.Settlement.Publishing.PublicationOutcome;
using PublicationOutcome = Cloud.Settlement.L1Events.PublicationOutcome;

namespace Cloud.Settlement.Rollups;

/// <summary>The real L1: publishes through a <see cref="Publisher"/>, and tells what the contract does by its events. <see cref="RunAsync"/> must be running. Safe for several threads.</summary>
public sealed class RollupL1 : IL1, IDisposable
{
    private readonly IL1Client _client;
    private readonly Publisher? _publisher;
    private readonly IPublicationSigner _proposer;
    private readonly BlobArchive _blobs;
    private readonly RollupL1Options _options;
    private readonly TimeProvider _time;
    private readonly RollupWatcher _watcher;
    private readonly CheckpointReader _reader;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly ConcurrentDictionary<Hash256, TaskCompletionSource<PublicationOutcome>> _waiting = [];
    private volatile WatcherView? _view;
    private volatile bool _isAsked;

    /// <summary>Joins the parts.</summary>
    /// <param name="client">L1.</param>
    /// <param name="publisher">Posts; ticked by nobody else. Null where this process only follows.</param>
    /// <param name="proposer">Signs publications.</param>
    /// <param name="blobs">Reads blobs, and keeps those that are posted.</param>
    /// <param name="options">The rollup.</param>
    /// <param name="time">The clock.</param>
    public RollupL1(IL1Client client, Publisher? publisher, IPublicationSigner proposer, BlobArchive blobs, RollupL1Options options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        _client = client;
        _publisher = publisher;
        _proposer = proposer;
        _blobs = blobs;
        _options = options;
        _time = time;
        _watcher = new RollupWatcher(client, options.Watcher);
        _reader = new CheckpointReader(client, blobs, new SigningDomains(options.Context), options.Clock.EpochSlots);
    }

    /// <summary>Told of everything that a person should look at.</summary>
    public event Action<LaneAlarm>? Alarmed;

    /// <summary>Told of every failure of L1; what is safe goes on.</summary>
    public event Action<L1Failure>? Failed;

    /// <summary>L1 as it was seen last; null before the first look.</summary>
    public WatcherView? View => _view;

    /// <summary>Whether this process is the one that publishes.</summary>
    public bool IsPublishing => _publisher is not null && (_isAsked || !_options.PublishesWhenAsked);

    /// <summary>Looks at L1 and publishes, again and again.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                bool isBehind = await StepAsync(cancellationToken).ConfigureAwait(false);
                if (!isBehind)
                {
                    await _wake.WaitAsync(_options.PollInterval, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>Looks at L1 once, and lets the publisher do what is due.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether there is more to read at once.</returns>
    public async Task<bool> StepAsync(CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            L1Result<ImmutableArray<WatchStep>> polled = await _watcher.PollAsync(cancellationToken).ConfigureAwait(false);
            if (_watcher.Problem is { } problem)
            {
                Failed?.Invoke(problem);
            }

            if (polled is L1Result<ImmutableArray<WatchStep>>.Failed || _watcher.View is not { } view)
            {
                return _watcher.Problem is null && _watcher.Behind > 0;
            }

            _view = view;
            if (_publisher is null)
            {
                return false;
            }

            if (!IsPublishing)
            {
                await _publisher.ForgetAsync(cancellationToken).ConfigureAwait(false);
                return false;
            }

            PublisherTick tick = await _publisher.TickAsync(view, cancellationToken).ConfigureAwait(false);
            if (tick.Failure is { } failed)
            {
                Failed?.Invoke(failed);
            }

            foreach (LaneAlarm alarm in tick.Alarms)
            {
                Alarmed?.Invoke(alarm);
            }

            await TellAsync(view, tick, cancellationToken).ConfigureAwait(false);
            return false;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public async Task<PublicationOutcome> PublishAsync(CheckpointPublication publication, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(publication);
        if (_publisher is null)
        {
            throw new InvalidOperationException("This process has no key that pays for checkpoints.");
        }

        _isAsked = true;
        Hash256 checkpoint = publication.Header.Hash;
        while (_view is null)
        {
            await Task.Delay(_options.PollInterval, _time, cancellationToken).ConfigureAwait(false);
        }

        TaskCompletionSource<PublicationOutcome> done = _waiting.GetOrAdd(checkpoint, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
        PublicationLedger ledger = await _publisher.ReadLedgerAsync(cancellationToken).ConfigureAwait(false);
        if (ledger.History.LastOrDefault(record => record.Job.Checkpoint == checkpoint) is { } ended)
        {
            done.TrySetResult(OutcomeOf(ended));
        }
        else if (ledger.Lanes.SelectMany(lane => lane.Items).FirstOrDefault(item => item.Job.Checkpoint == checkpoint) is { Inclusion: { Succeeded: true } where } && _view is { } view)
        {
            done.TrySetResult(Landed(view, checkpoint, where));
        }
        else if (!ledger.Queue.Any(queued => queued.Job.Checkpoint == checkpoint) && await PrepareAsync(publication, cancellationToken).ConfigureAwait(false) is { } refused)
        {
            done.TrySetResult(refused);
        }

        Wake();
        try
        {
            return await done.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (done.Task.IsCompleted)
            {
                _waiting.TryRemove(checkpoint, out _);
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Blocks that lie deep in history and change nothing are left out. Checkpoints that are proven at the newest block are taken as validly attested: their proof has shown it.</remarks>
    public async IAsyncEnumerable<L1Update> FollowAsync(L1BlockRef? after, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        RollupWatcher watcher = new(_client, _options.Watcher);
        L1BlockRef? from = after;
        L1BlockRef? last = after;
        while (true)
        {
            L1Result<ImmutableArray<WatchStep>> polled = await watcher.PollAsync(cancellationToken).ConfigureAwait(false);
            _ = polled.TryGet(out ImmutableArray<WatchStep> steps, out _);
            if (watcher.Problem is { } problem)
            {
                Failed?.Invoke(problem);
            }

            foreach (WatchStep step in steps.IsDefault ? [] : steps)
            {
                if (from is { } known && step is WatchStep.Added { Block.Header: { } header } && header.Number <= known.Number)
                {
                    if (header.Number == known.Number)
                    {
                        from = null;
                        if (header.Hash != known.Hash)
                        {
                            yield return new L1Update.Reorged(new L1BlockRef(header.Number - 1, header.ParentHash));
                            yield return await UpdateOfAsync(step, cancellationToken).ConfigureAwait(false);
                            last = new L1BlockRef(header.Number, header.Hash);
                        }
                    }

                    continue;
                }

                if (from is null || step is not WatchStep.Finalized)
                {
                    L1Update told = await UpdateOfAsync(step, cancellationToken).ConfigureAwait(false);
                    yield return told is L1Update.Block block && last is { } before && block.Id.Number > before.Number + 1 ? block with { IsAfterGap = true } : told;
                    last = told switch
                    {
                        L1Update.Block added => added.Id,
                        L1Update.Reorged reorged => reorged.Ancestor,
                        _ => last,
                    };
                }
            }

            // A block deep in history is not among the steps; it stays.
            if (from is { } old && watcher.Position is { } position && position.Number > old.Number)
            {
                from = null;
            }

            if (watcher.Behind == 0 || watcher.Problem is not null || steps.IsDefaultOrEmpty)
            {
                await Task.Delay(_options.PollInterval, _time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Blobs do not carry the producers' signatures: the proposals have empty ones, and are as good as the checkpoint's certificate.</remarks>
    public async Task<ImmutableArray<ChunkProposal>?> ReadAsync(ulong number, CheckpointHeader header, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(header);
        if (_view is not { } view || view.State.At(number) is not { } posted || posted.Record.PayloadHash != header.Hash)
        {
            return null;
        }

        PostedCheckpoint parent = view.State.At(number - 1) ?? posted;
        return await _reader.ReadAsync(posted, parent, view.State, cancellationToken).ConfigureAwait(false) is CheckpointReading.Readable readable
            ? [.. readable.Data.Chunks.Select(chunk => new ChunkProposal(_options.Context, chunk.Header, default, chunk.Transactions))]
            : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _turn.Dispose();
        _wake.Dispose();
    }

    private static PublicationOutcome OutcomeOf(PublicationRecord record) => record.End switch
    {
        PublicationEnd.Landed => new PublicationOutcome.Landed(0, new L1BlockRef(record.Inclusion!.BlockNumber, record.Inclusion.BlockHash)),
        PublicationEnd.Expired => new PublicationOutcome.Expired(),
        _ => new PublicationOutcome.Rejected(FaultOf(record.Detail)),
    };

    private static PublicationFault FaultOf(string detail) => detail.Split('(')[0] switch
    {
        "SlotNotOpen" => PublicationFault.SlotNotOpen,
        "SlotClosed" => PublicationFault.SlotClosed,
        "SlotNotAfterTip" => PublicationFault.SlotNotAfterTip,
        "ParentMismatch" => PublicationFault.ParentMismatch,
        "NotPending" or "AttestationIsGood" or "BadOpening" or "CheckpointMismatch" => PublicationFault.NothingToInvalidate,
        _ => PublicationFault.Reverted,
    };

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }

    /// <summary>Packs, lets the proposer sign, keeps the blobs and queues; an outcome where that is impossible.</summary>
    private async Task<PublicationOutcome?> PrepareAsync(CheckpointPublication publication, CancellationToken cancellationToken)
    {
        CheckpointHeader header = publication.Header;
        RollupState state = _view!.State;
        if (!state.Committees.TryGetValue(_options.Clock.EpochOf(header.Slot), out Committee? committee) || state.Inbox.CountAt(header.InHash) is not { } deposits
            || !(await BackgroundWork.RunAsync(() => CheckpointPacker.Pack(publication), cancellationToken).ConfigureAwait(false)).TryGet(out ImmutableArray<Bytes> blobs, out _))
        {
            return new PublicationOutcome.Rejected(PublicationFault.Incomplete);
        }

        BlobSidecar sidecar = await BlobSidecarBuilder.BuildAsync(blobs, cancellationToken).ConfigureAwait(false);
        Bytes invalidation = default;
        if (publication.InvalidateFirst is { } bad)
        {
            if (state.At(bad) is not { } posted || state.At(bad - 1) is not { } parent
                || await _reader.ReadAsync(posted, parent, state, cancellationToken).ConfigureAwait(false) is not CheckpointReading.Invalid invalid)
            {
                return new PublicationOutcome.Rejected(PublicationFault.NothingToInvalidate);
            }

            invalidation = RollupCalls.Invalidate(invalid.Accusation);
        }

        Address proposer = committee.ProposerAt(header.Slot);
        Hash256 blobsHash = CheckpointRecord.HashOfBlobs(sidecar.VersionedHashes.AsSpan());
        if (await _proposer.SignAsync(proposer, header.Slot, header.Hash, blobsHash, cancellationToken).ConfigureAwait(false) is not { } signature)
        {
            return new PublicationOutcome.Rejected(PublicationFault.NotSigned);
        }

        await _blobs.KeepAsync(sidecar.VersionedHashes, sidecar.Blobs, cancellationToken).ConfigureAwait(false);
        PublicationPayload payload = new(
            header,
            CompactSignature.From(signature),
            new CommitteeTree(committee).ProposerProof(header.Slot),
            deposits,
            sidecar.Blobs,
            invalidation.IsEmpty ? null : publication.InvalidateFirst,
            invalidation);
        ulong expires = (ulong)Math.Max(0, publication.Expires.ToUnixTimeSeconds());
        PublicationRequest request = new(payload, sidecar, _options.Clock.StartOf(header.Slot), Math.Min(_options.Clock.DeadlineOf(header.Slot), expires));
        return await _publisher!.EnqueueAsync(request, cancellationToken).ConfigureAwait(false) switch
        {
            EnqueueOutcome.Ended ended => OutcomeOf(ended.Record),
            EnqueueOutcome.Full => new PublicationOutcome.Rejected(PublicationFault.Incomplete),
            _ => null,
        };
    }

    /// <summary>Tells those who wait: at the first inclusion, or at the end.</summary>
    private async Task TellAsync(WatcherView view, PublisherTick tick, CancellationToken cancellationToken)
    {
        foreach (Ends outcome in tick.Outcomes)
        {
            PublicationOutcome? told = outcome switch
            {
                Ends.Mined { Where.Succeeded: true } mined => Landed(view, mined.Job.Checkpoint, mined.Where),
                Ends.Landed landed => Landed(view, landed.Job.Checkpoint, landed.Where),
                Ends.Mined or Ends.Expired => new PublicationOutcome.Expired(),
                Ends.PostedElsewhere elsewhere => await ElsewhereAsync(view, elsewhere.Job.Checkpoint, cancellationToken).ConfigureAwait(false),
                _ => null,
            };
            if (told is not null && _waiting.TryGetValue(outcome.Job.Checkpoint, out TaskCompletionSource<PublicationOutcome>? done))
            {
                done.TrySetResult(told);
            }
        }
    }

    private static PublicationOutcome.Landed Landed(WatcherView view, in Hash256 checkpoint, Inclusion where) =>
        new(view.State.Find(checkpoint)?.Number ?? 0, new L1BlockRef(where.BlockNumber, where.BlockHash));

    private async Task<PublicationOutcome> ElsewhereAsync(WatcherView view, Hash256 checkpoint, CancellationToken cancellationToken)
    {
        if (view.State.Find(checkpoint) is { } posted)
        {
            return new PublicationOutcome.Landed(posted.Number, posted.Block);
        }

        PublicationLedger ledger = await _publisher!.ReadLedgerAsync(cancellationToken).ConfigureAwait(false);
        return new PublicationOutcome.Rejected(FaultOf(ledger.History.LastOrDefault(record => record.Job.Checkpoint == checkpoint)?.Detail ?? string.Empty));
    }

    private async Task<L1Update> UpdateOfAsync(WatchStep step, CancellationToken cancellationToken) => step switch
    {
        WatchStep.Reorged reorged => new L1Update.Reorged(reorged.Ancestor),
        WatchStep.Finalized finalized => new L1Update.Finalized(finalized.Block),
        WatchStep.Added added => await BlockOfAsync(added.Block, cancellationToken).ConfigureAwait(false),
        _ => throw new InvalidOperationException($"Unknown step {step}."),
    };

    private async Task<L1Update.Block> BlockOfAsync(WatchedBlock block, CancellationToken cancellationToken)
    {
        ImmutableArray<RollupChange>.Builder changes = ImmutableArray.CreateBuilder<RollupChange>();
        PostedCheckpoint last = block.Before.Pending;
        foreach ((RollupEvent read, L1Log log) in block.Events)
        {
            switch (read)
            {
                case RollupEvent.CheckpointProposed proposed:
                    PostedCheckpoint posted = new(
                        proposed.Number, proposed.Record, new L1BlockRef(block.Header.Number, block.Header.Hash), block.Header.Timestamp, log.TransactionHash);
                    PostedCheckpoint parent = last.Number + 1 == posted.Number ? last : block.Before.At(posted.Number - 1) ?? last;
                    changes.Add(await ChangeOfAsync(posted, parent, block.After, cancellationToken).ConfigureAwait(false));
                    last = posted;
                    break;
                case RollupEvent.CheckpointInvalidated invalidated:
                    changes.Add(new RollupChange.CheckpointInvalidated(invalidated.Number, invalidated.PayloadHash));
                    last = block.Before.At(invalidated.Number - 1) ?? last;
                    break;
                case RollupEvent.ChainPruned pruned:
                    changes.Add(new RollupChange.ChainPruned(pruned.ProvenNumber));
                    last = block.Before.Proven;
                    break;
                case RollupEvent.EpochProven proven:
                    changes.Add(new RollupChange.EpochProven(proven.To));
                    break;
                default:
                    break;
            }
        }

        L1Block header = block.Header;
        return new L1Update.Block(
            new L1BlockRef(header.Number, header.Hash), header.ParentHash, DateTimeOffset.FromUnixTimeSeconds((long)header.Timestamp), changes.ToImmutable())
        {
            Inbox = block.After.Inbox,
        };
    }

    /// <summary>What became known of a posted checkpoint. Waits for the blobs as long as it must: nothing may be told of a checkpoint whose attestations are not seen.</summary>
    private async Task<RollupChange> ChangeOfAsync(PostedCheckpoint posted, PostedCheckpoint parent, RollupState state, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_view is { } view && posted.Number <= view.State.Proven.Number
                && (await _client.GetTransactionAsync(posted.Transaction, cancellationToken).ConfigureAwait(false)).TryGet(out L1TransactionData? transaction, out _)
                && transaction is not null && HeaderSearch.Find(transaction.Input.Span, posted.Record.PayloadHash) is { } proven)
            {
                return new RollupChange.CheckpointLanded(posted.Number, proven, AttestationVerdict.Valid);
            }

            switch (await _reader.ReadAsync(posted, parent, state, cancellationToken).ConfigureAwait(false))
            {
                case CheckpointReading.Readable readable:
                    return new RollupChange.CheckpointLanded(posted.Number, readable.Data.Header, AttestationVerdict.Valid);
                case CheckpointReading.Invalid { Header: { } header } invalid:
                    return new RollupChange.CheckpointLanded(posted.Number, header, invalid.Verdict);
                case CheckpointReading.Invalid invalid:
                    return new RollupChange.UnreadableLanded(posted.Number, posted.Record.PayloadHash, invalid.Verdict);
                case CheckpointReading.Unreadable { Header: { } header }:
                    return new RollupChange.CheckpointLanded(posted.Number, header, AttestationVerdict.Valid);
                case CheckpointReading.Unreadable:
                    return new RollupChange.UnreadableLanded(posted.Number, posted.Record.PayloadHash, AttestationVerdict.Valid);
                case CheckpointReading.Unavailable unavailable:
                    Failed?.Invoke(new L1Failure.Unavailable(unavailable.Message));
                    break;
                default:
                    break;
            }

            await Task.Delay(_options.PollInterval, _time, cancellationToken).ConfigureAwait(false);
        }
    }
}
