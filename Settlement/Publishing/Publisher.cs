using System.Collections.Concurrent;
using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.Keys;
using Cloud.Settlement.L1;
using Cloud.Settlement.Transactions;
using Cloud.Settlement.Watching;

namespace Cloud.Settlement.Publishing;

/// <summary>Posts checkpoints with several keys: carries out what <see cref="PublicationLane"/> decides for each of them. Safe for several threads; calls take turns.</summary>
/// <remarks>
/// The owner calls <see cref="TickAsync"/> at each new head, after a start before anything else, and after <see cref="EnqueueAsync"/>. Every intent is stored before it is signed and every hash before
/// it is sent, over the version that was read: two processes with one store cannot both go on. An exception of the store leaves nothing half-done; the next tick reads the ledger again.
/// </remarks>
public sealed class Publisher : IDisposable
{
    private const int MaxSidecars = 8;
    private const ulong CancelGas = 21_000;

    /// <summary>What stays wrong whatever L1 does: posting would only cost.</summary>
    private static readonly ImmutableHashSet<string> LastingErrors =
    [
        "MalformedHeader", "NoBlobs", "SlotNotAfterTip", "DepositsGoBack", "NotProposer", "BadSignature", "NotPending", "AttestationIsGood", "BadOpening", "CheckpointMismatch",
    ];

    private readonly IL1Client _client;
    private readonly ImmutableArray<IL1Signer> _signers;
    private readonly IPublicationStore _store;
    private readonly PublisherOptions _options;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ConcurrentDictionary<Hash256, BlobSidecar> _sidecars = [];
    private readonly ConcurrentDictionary<Address, PublisherKeyStatus> _keys = [];
    private readonly Lazy<BlobSidecar> _cancelBlob = new(() => BlobSidecarBuilder.Build([new byte[BlobSidecar.BlobLength]], parallelism: 1));
    private PublicationLedger? _ledger;
    private BlobSchedule? _schedule;

    /// <summary>Makes a publisher.</summary>
    /// <param name="client">L1.</param>
    /// <param name="signers">Keys that pay, each used for nothing else, at least one.</param>
    /// <param name="store">Its memory.</param>
    /// <param name="options">Settings that passed <see cref="PublisherOptions.Check"/>.</param>
    public Publisher(IL1Client client, IEnumerable<IL1Signer> signers, IPublicationStore store, PublisherOptions options)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        _client = client;
        _signers = [.. signers];
        ArgumentOutOfRangeException.ThrowIfZero(_signers.Length, nameof(signers));
        _store = store;
        _options = options;
    }

    /// <summary>How the keys stand, as of the last tick.</summary>
    public ImmutableArray<PublisherKeyStatus> Keys => [.. _signers.Select(signer => _keys.GetValueOrDefault(signer.Address) ?? new PublisherKeyStatus(signer.Address, default, 0, null))];

    /// <summary>Takes a checkpoint. It is durable when the task completes; the same checkpoint again changes nothing.</summary>
    /// <param name="request">The checkpoint.</param>
    /// <param name="cancellationToken">Ends the wait; the checkpoint may have been taken.</param>
    /// <returns>Whether it was taken.</returns>
    public async Task<EnqueueOutcome> EnqueueAsync(PublicationRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Hash256 checkpoint = request.Payload.Header.Hash;
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (true)
            {
                PublicationLedger ledger = await LedgerAsync(cancellationToken).ConfigureAwait(false);
                if (ledger.History.LastOrDefault(record => record.Job.Checkpoint == checkpoint) is { } ended)
                {
                    return new EnqueueOutcome.Ended(ended);
                }

                if (ledger.Queue.Any(queued => queued.Job.Checkpoint == checkpoint))
                {
                    return new EnqueueOutcome.Known();
                }

                if (ledger.Queue.Length >= _options.MaxQueue)
                {
                    return new EnqueueOutcome.Full(_options.MaxQueue);
                }

                await _store.PutAsync(request.Payload, cancellationToken).ConfigureAwait(false);
                Keep(checkpoint, request.Sidecar);
                PublicationJob job = new(
                    checkpoint,
                    request.Payload.Header.Slot,
                    request.Deadline,
                    request.Payload.Invalidation.IsEmpty ? _options.GasLimit : _options.InvalidatingGasLimit,
                    request.Payload.Blobs.Length);
                QueuedPublication queued = new(job, request.Payload.Header.Parent, request.NotBefore, request.Payload.InvalidateFirst);
                if (await SaveAsync(ledger with { Queue = ledger.Queue.Add(queued) }, cancellationToken).ConfigureAwait(false))
                {
                    return new EnqueueOutcome.Queued();
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>What the publisher remembers: queue, transactions in flight, and the history with every attempt.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The ledger.</returns>
    public async Task<PublicationLedger> ReadLedgerAsync(CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await LedgerAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Reads the ledger again when it is needed next: for a process that lets another one with the same store do the work.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task ForgetAsync(CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        _ledger = null;
        _turn.Release();
    }

    /// <summary>Looks at L1 once and does what is due for every key.</summary>
    /// <param name="view">L1 as the watcher saw it last.</param>
    /// <param name="cancellationToken">Ends it between two steps; what was not done is decided again.</param>
    /// <returns>What became of publications, and what is wrong.</returns>
    public async Task<PublisherTick> TickAsync(WatcherView view, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(view);
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Look look = new(this, view, cancellationToken);
            return await look.RunAsync().ConfigureAwait(false);
        }
        catch
        {
            _ledger = null;
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async ValueTask<PublicationLedger> LedgerAsync(CancellationToken cancellationToken) =>
        _ledger ??= await _store.ReadAsync(cancellationToken).ConfigureAwait(false);

    private async ValueTask<bool> SaveAsync(PublicationLedger ledger, CancellationToken cancellationToken)
    {
        PublicationLedger next = ledger with { Version = ledger.Version + 1 };
        _ledger = null;
        if (!await _store.TryWriteAsync(next, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        _ledger = next;
        return true;
    }

    private void Keep(in Hash256 checkpoint, BlobSidecar sidecar)
    {
        if (_sidecars.Count >= MaxSidecars)
        {
            _sidecars.Clear();
        }

        _sidecars[checkpoint] = sidecar;
    }

    /// <summary>One look at L1.</summary>
    private sealed class Look(Publisher owner, WatcherView view, CancellationToken cancellationToken)
    {
        private readonly ImmutableArray<PublicationOutcome>.Builder _outcomes = ImmutableArray.CreateBuilder<PublicationOutcome>();
        private readonly ImmutableArray<LaneAlarm>.Builder _alarms = ImmutableArray.CreateBuilder<LaneAlarm>();
        private readonly Dictionary<Hash256, string> _refusals = [];
        private readonly HashSet<Hash256> _posted = [];
        private readonly HashSet<Hash256> _ready = [];
        private L1Failure? _failure;
        private bool _isConflict;
        private MarketFees _market;

        private PublicationLedger Ledger => owner._ledger!;

        private PublishingPolicy Policy => owner._options.Policy;

        public async Task<PublisherTick> RunAsync()
        {
            await owner.LedgerAsync(cancellationToken).ConfigureAwait(false);
            if (await PrepareAsync().ConfigureAwait(false) && await SimulateAllAsync().ConfigureAwait(false))
            {
                Dictionary<Address, ImmutableArray<PublicationJob>> shares = Share();
                foreach (IL1Signer signer in owner._signers)
                {
                    if (_failure is not null || _isConflict)
                    {
                        break;
                    }

                    await RunLaneAsync(signer, shares[signer.Address]).ConfigureAwait(false);
                }
            }

            return new PublisherTick(_outcomes.ToImmutable(), _alarms.ToImmutable(), _failure, _isConflict);
        }

        /// <summary>Reads prices and balances.</summary>
        private async Task<bool> PrepareAsync()
        {
            if (!(await owner._client.GetPriorityFeeAsync(cancellationToken).ConfigureAwait(false)).TryGet(out UInt256 tip, out _failure))
            {
                return false;
            }

            // Nodes without eth_config give the price itself.
            owner._schedule ??= (await owner._client.GetBlobScheduleAsync(cancellationToken).ConfigureAwait(false)).TryGet(out BlobSchedule? schedule, out _) ? schedule : null;
            UInt256 blobFee;
            if (owner._schedule is { } known)
            {
                blobFee = known.NextPrice(view.Head, Policy.L1BlockTime);
            }
            else if (!(await owner._client.GetBlobBaseFeeAsync(cancellationToken).ConfigureAwait(false)).TryGet(out blobFee, out _failure))
            {
                return false;
            }

            _market = new MarketFees(view.Head.BaseFeePerGas, tip, blobFee);
            foreach (IL1Signer signer in owner._signers)
            {
                L1Result<UInt256> balance = await owner._client.GetBalanceAsync(signer.Address, BlockTag.Of(view.Head.Number), cancellationToken).ConfigureAwait(false);
                if (!balance.TryGet(out UInt256 wei, out _failure))
                {
                    return false;
                }

                Watch(signer.Address, wei, Ledger.LaneOf(signer.Address).Items.Count(item => item.Inclusion is null));
            }

            return true;
        }

        /// <summary>Finds out which publications the contract has, would take, or would never take.</summary>
        private async Task<bool> SimulateAllAsync()
        {
            HashSet<Hash256> included = [.. Ledger.Lanes.SelectMany(lane => lane.Items).Where(item => item.Inclusion is { Succeeded: true }).Select(item => item.Job.Checkpoint)];
            HashSet<Hash256> begun = Begun();
            foreach (QueuedPublication queued in Ledger.Queue)
            {
                Hash256 checkpoint = queued.Job.Checkpoint;
                if (view.State.Find(checkpoint) is not null)
                {
                    _posted.Add(checkpoint);
                }
                else if (!included.Contains(checkpoint) && ParentOf(queued) is { } parent
                    && view.Head.Timestamp + Policy.L1BlockTime >= queued.NotBefore
                    && !await SimulateAsync(queued, parent, begun.Contains(checkpoint)).ConfigureAwait(false))
                {
                    return false;
                }
            }

            return true;
        }

        /// <summary>Publications with a transaction that the contract may still take.</summary>
        private HashSet<Hash256> Begun() => [.. Ledger.Lanes.SelectMany(lane => lane.Items).Where(item => item.Inclusion is not { Succeeded: false }).Select(item => item.Job.Checkpoint)];

        /// <summary>The checkpoint below, where the contract is ready for one on top of it.</summary>
        private PostedCheckpoint? ParentOf(QueuedPublication queued) => queued.InvalidateFirst is { } bad
            ? view.State.At(bad) is not null && view.State.At(bad - 1) is { } below && below.Record.PayloadHash == queued.Parent ? below : null
            : view.State.Pending.Record.PayloadHash == queued.Parent ? view.State.Pending
            : null;

        private async Task<bool> SimulateAsync(QueuedPublication queued, PostedCheckpoint parent, bool isBegun)
        {
            if (await owner._store.GetAsync(queued.Job.Checkpoint, cancellationToken).ConfigureAwait(false) is not { } payload)
            {
                _alarms.Add(new LaneAlarm.PayloadMissing(queued.Job.Slot));
                return true;
            }

            BlobSidecar sidecar = await SidecarAsync(payload).ConfigureAwait(false);

            // Some nodes want to see the money for the blobs also in a simulation.
            Address richest = owner._signers.Select(signer => signer.Address).MaxBy(address => owner._keys[address].Balance);
            L1Call call = new(owner._options.Rollup, payload.Calldata(parent.Record.BlobsHash), richest, default, sidecar.VersionedHashes);
            L1Result<CallOutcome> result = await owner._client.CallAsync(call, BlockTag.Of(view.Head.Number), cancellationToken).ConfigureAwait(false);
            if (!result.TryGet(out CallOutcome? outcome, out _failure))
            {
                return false;
            }

            if (outcome is not CallOutcome.Reverted reverted)
            {
                _ready.Add(queued.Job.Checkpoint);
                return true;
            }

            ContractError? error = ContractArtifact.Rollup.Explain(reverted.Data);

            // The newest block is before the slot, the next one is in it; or was to be, and was not: the same is not paid for twice.
            if (error?.Name is "SlotNotOpen" or "BeforeGenesis")
            {
                if (!Ledger.Lanes.Any(lane => lane.Items.Any(item => item.Job.Checkpoint == queued.Job.Checkpoint && item.Inclusion is { Succeeded: false })))
                {
                    _ready.Add(queued.Job.Checkpoint);
                }
            }
            else if (error is not null && LastingErrors.Contains(error.Name))
            {
                _posted.Add(queued.Job.Checkpoint);
                _refusals[queued.Job.Checkpoint] = error.ToString();
            }
            else if (!isBegun)
            {
                _alarms.Add(new LaneAlarm.Refused(queued.Job.Slot, $"in a simulation, {error?.ToString() ?? reverted.Message}"));
            }

            return true;
        }

        /// <summary>Gives each publication that has no nonce yet to a key: one with nothing in flight first, then the one with the most money.</summary>
        private Dictionary<Address, ImmutableArray<PublicationJob>> Share()
        {
            Dictionary<Address, ImmutableArray<PublicationJob>> shares = [];
            HashSet<Hash256> begun = Begun();
            Dictionary<Address, int> load = [];
            foreach (IL1Signer signer in owner._signers)
            {
                shares[signer.Address] = [];
                load[signer.Address] = owner._keys[signer.Address].InFlight;
            }

            FeeBid bid = Policy.Suggest(_market);
            foreach (QueuedPublication queued in Ledger.Queue.Where(queued => !begun.Contains(queued.Job.Checkpoint)))
            {
                // What is over has to be reported, by whichever key.
                bool isMoot = _posted.Contains(queued.Job.Checkpoint) || view.Head.Timestamp + Policy.L1BlockTime >= queued.Job.Deadline;
                if (!isMoot && (!_ready.Contains(queued.Job.Checkpoint) || Waits(queued.Job)))
                {
                    continue;
                }

                // A second transaction of a publication comes from the key of the first: its lane knows when it has ended.
                Address? former = Ledger.Lanes.FirstOrDefault(lane => lane.Items.Any(item => item.Job.Checkpoint == queued.Job.Checkpoint))?.Publisher;
                Address best = owner._signers
                    .Select(signer => signer.Address)
                    .OrderBy(address => address != former)
                    .ThenBy(address => owner._keys[address].Balance < PublicationLane.MaxCost(queued.Job, bid))
                    .ThenBy(address => load[address])
                    .ThenByDescending(address => owner._keys[address].Balance)
                    .First();
                shares[best] = shares[best].Add(queued.Job);
                load[best]++;
            }

            return shares;
        }

        private bool Waits(PublicationJob job) =>
            owner._schedule is { } schedule && PostingChoice.Decide(job, view.Blocks, _market, schedule, Policy) is PostingDecision.Wait;

        private void Watch(Address publisher, UInt256 balance, int inFlight)
        {
            PublicationJob typical = Ledger.Queue.Length > 0 ? Ledger.Queue[^1].Job : new PublicationJob(default, 0, 0, owner._options.GasLimit, 1);
            UInt256 cost = PostingChoice.Cost(typical, _market);
            UInt256 runway = cost.IsZero ? ulong.MaxValue : balance / cost;
            PublisherKeyStatus status = new(publisher, balance, inFlight, runway.IsUInt64 ? (ulong)runway : ulong.MaxValue);
            owner._keys[publisher] = status;
            if (status.Runway < (ulong)owner._options.MinRunway)
            {
                _alarms.Add(new LaneAlarm.LowRunway(publisher, balance, status.Runway.Value));
            }
        }

        private async Task RunLaneAsync(IL1Signer signer, ImmutableArray<PublicationJob> waiting)
        {
            LaneState before = Ledger.LaneOf(signer.Address);
            if (before.Items.IsEmpty && waiting.IsEmpty)
            {
                return;
            }

            L1Result<ulong> nonce = await owner._client.GetNonceAsync(signer.Address, BlockTag.Of(view.Head.Number), cancellationToken).ConfigureAwait(false);
            if (!nonce.TryGet(out ulong next, out _failure) || await FindIncludedAsync(before).ConfigureAwait(false) is not { } included)
            {
                return;
            }

            LaneView laneView = new(
                view.Head, view.FinalizedNumber, next, owner._keys[signer.Address].Balance, _market, included, [.. _posted], waiting);
            LaneDecision decision = PublicationLane.Decide(before, laneView, Policy);
            if (!await StoreAsync(before, decision).ConfigureAwait(false))
            {
                _isConflict = true;
                return;
            }

            foreach (LaneAction action in decision.Actions)
            {
                switch (action)
                {
                    case LaneAction.Alarm alarm:
                        _alarms.Add(alarm.Reason);
                        break;
                    case LaneAction.Sign sign:
                        if (!await SignAsync(signer, sign.Nonce).ConfigureAwait(false) || !await SendAsync(signer, sign.Nonce).ConfigureAwait(false))
                        {
                            return;
                        }

                        break;
                    case LaneAction.Send send:
                        if (!await SendAsync(signer, send.Nonce).ConfigureAwait(false))
                        {
                            return;
                        }

                        break;
                    default:
                        break;
                }
            }
        }

        private async Task<ImmutableDictionary<Hash256, Inclusion>?> FindIncludedAsync(LaneState lane)
        {
            ImmutableDictionary<Hash256, Inclusion>.Builder included = ImmutableDictionary.CreateBuilder<Hash256, Inclusion>();
            foreach (LaneItem item in lane.Items)
            {
                foreach (LaneAttempt attempt in item.Attempts)
                {
                    if (attempt.Hash is not { } hash)
                    {
                        continue;
                    }

                    L1Result<L1Receipt?> result = await owner._client.GetReceiptAsync(hash, cancellationToken).ConfigureAwait(false);
                    if (!result.TryGet(out L1Receipt? receipt, out _failure) && _failure is not null)
                    {
                        return null;
                    }

                    // Everything is decided at one head: a newer block is for the next look, and one that the watcher's chain does not have is of another chain.
                    if (receipt is not null && receipt.BlockNumber <= view.Head.Number && (view.HashAt(receipt.BlockNumber) is not { } canonical || canonical == receipt.BlockHash))
                    {
                        included[hash] = new Inclusion(receipt.BlockNumber, receipt.BlockHash, receipt.Succeeded);
                    }
                }
            }

            return included.ToImmutable();
        }

        private async Task<bool> StoreAsync(LaneState before, LaneDecision decision)
        {
            PublicationLedger ledger = Ledger;
            List<Hash256> ended = [];
            foreach (LaneAction.Report report in decision.Actions.OfType<LaneAction.Report>())
            {
                if (!ledger.Queue.Any(queued => queued.Job.Checkpoint == report.Outcome.Job.Checkpoint))
                {
                    // It has ended with a later transaction; this is an earlier one, which the contract refused.
                    continue;
                }

                _outcomes.Add(report.Outcome);
                PublicationEnd? end = report.Outcome switch
                {
                    PublicationOutcome.Landed => PublicationEnd.Landed,
                    PublicationOutcome.Expired => PublicationEnd.Expired,
                    PublicationOutcome.PostedElsewhere => PublicationEnd.PostedElsewhere,
                    _ => null,
                };
                Inclusion? inclusion = report.Outcome switch
                {
                    PublicationOutcome.Landed landed => landed.Where,
                    PublicationOutcome.Expired expired => expired.Cost,
                    _ => null,
                };
                if (end is { } how)
                {
                    PublicationJob job = report.Outcome.Job;
                    LaneItem? tried = before.Items.LastOrDefault(item => item.Job.Checkpoint == job.Checkpoint);
                    ImmutableArray<LaneAttempt> attempts = [.. before.Items.Where(item => item.Job.Checkpoint == job.Checkpoint).SelectMany(item => item.Attempts)];
                    string detail = _refusals.GetValueOrDefault(job.Checkpoint, string.Empty);
                    ledger = ledger.Ended(tried is null
                        ? new PublicationRecord(job, how, [], inclusion, detail)
                        : new PublicationRecord(job, how, attempts, inclusion, detail, before.Publisher, tried.Nonce));
                    ended.Add(job.Checkpoint);
                }
            }

            if (ended.Count == 0 && before.Items.AsSpan().SequenceEqual(decision.State.Items.AsSpan()))
            {
                return true;
            }

            if (!await owner.SaveAsync(ledger.With(decision.State), cancellationToken).ConfigureAwait(false))
            {
                _outcomes.Clear();
                return false;
            }

            foreach (Hash256 checkpoint in ended)
            {
                owner._sidecars.TryRemove(checkpoint, out _);
                await owner._store.RemoveAsync(checkpoint, cancellationToken).ConfigureAwait(false);
            }

            return true;
        }

        private async Task<bool> SignAsync(IL1Signer signer, ulong nonce)
        {
            LaneState lane = Ledger.LaneOf(signer.Address);
            LaneItem item = lane.Items.First(item => item.Nonce == nonce);
            Bytes data = default;
            if (!item.Last.IsCancel)
            {
                QueuedPublication? queued = Ledger.Queue.FirstOrDefault(queued => queued.Job.Checkpoint == item.Job.Checkpoint);
                PublicationPayload? payload = await owner._store.GetAsync(item.Job.Checkpoint, cancellationToken).ConfigureAwait(false);
                if (queued is null || payload is null)
                {
                    _alarms.Add(new LaneAlarm.PayloadMissing(item.Job.Slot));
                    return true;
                }

                // Where the parent is out of the chain at present, the calldata of the attempt before names the one that it had.
                data = ParentOf(queued) is { } parent ? payload.Calldata(parent.Record.BlobsHash)
                    : item.Attempts.LastOrDefault(attempt => !attempt.IsCancel && attempt.Hash is not null)?.Data ?? default;
                if (data.IsEmpty)
                {
                    return true;
                }
            }

            if (await TransactionAsync(item, item.Last with { Data = data }).ConfigureAwait(false) is not { } transaction)
            {
                return true;
            }

            SigningOutcome signing = await signer.SignAsync(transaction.SigningMessage(), cancellationToken).ConfigureAwait(false);
            if (signing is not SigningOutcome.Signed signed)
            {
                _alarms.Add(new LaneAlarm.NotSigned(signer.Address, ((SigningOutcome.Failed)signing).Message));
                return true;
            }

            Hash256 hash = transaction.With(signed.Signature).Hash;
            _isConflict = !await owner.SaveAsync(Ledger.With(PublicationLane.Signed(lane, nonce, hash, signed.Signature, data)), cancellationToken).ConfigureAwait(false);
            return !_isConflict;
        }

        private async Task<bool> SendAsync(IL1Signer signer, ulong nonce)
        {
            LaneState lane = Ledger.LaneOf(signer.Address);
            LaneItem item = lane.Items.First(item => item.Nonce == nonce);
            if (item.Last.Hash is not { } hash || await TransactionAsync(item, item.Last).ConfigureAwait(false) is not { } transaction)
            {
                return true;
            }

            SignedL1Transaction raw = transaction.With(item.Last.Signature);
            L1Result<SendOutcome> result = await owner._client.SendAsync(raw.Raw.Memory, cancellationToken).ConfigureAwait(false);
            if (!result.TryGet(out SendOutcome? outcome, out L1Failure? failure))
            {
                // It may have arrived; the next look tells.
                _failure = failure;
                return true;
            }

            (LaneState after, LaneAlarm? alarm) = PublicationLane.Sent(lane, nonce, hash, view.Head.Number, outcome);
            if (alarm is not null)
            {
                _alarms.Add(alarm);
            }

            if (!lane.Items.AsSpan().SequenceEqual(after.Items.AsSpan()))
            {
                _isConflict = !await owner.SaveAsync(Ledger.With(after), cancellationToken).ConfigureAwait(false);
            }

            return !_isConflict;
        }

        /// <summary>The transaction of an attempt; null where its blobs are gone.</summary>
        private async Task<L1Transaction?> TransactionAsync(LaneItem item, LaneAttempt attempt)
        {
            BlobSidecar sidecar;
            if (attempt.IsCancel)
            {
                sidecar = owner._cancelBlob.Value;
            }
            else if (await owner._store.GetAsync(item.Job.Checkpoint, cancellationToken).ConfigureAwait(false) is { } payload)
            {
                sidecar = await SidecarAsync(payload).ConfigureAwait(false);
            }
            else
            {
                _alarms.Add(new LaneAlarm.PayloadMissing(item.Job.Slot));
                return null;
            }

            Address publisher = Ledger.Lanes.First(lane => lane.Items.Any(own => own.Job.Checkpoint == item.Job.Checkpoint && own.Nonce == item.Nonce)).Publisher;
            return new L1Transaction
            {
                ChainId = owner._options.ChainId,
                Nonce = item.Nonce,
                MaxPriorityFeePerGas = attempt.Fees.Tip,
                MaxFeePerGas = attempt.Fees.FeeCap,
                MaxFeePerBlobGas = attempt.Fees.BlobFeeCap,
                GasLimit = attempt.IsCancel ? CancelGas : item.Job.GasLimit,
                To = attempt.IsCancel ? publisher : owner._options.Rollup,
                Data = attempt.Data,
                Sidecar = sidecar,
            };
        }

        private async Task<BlobSidecar> SidecarAsync(PublicationPayload payload)
        {
            Hash256 checkpoint = payload.Header.Hash;
            if (!owner._sidecars.TryGetValue(checkpoint, out BlobSidecar? sidecar))
            {
                sidecar = await BlobSidecarBuilder.BuildAsync(payload.Blobs, cancellationToken).ConfigureAwait(false);
                owner.Keep(checkpoint, sidecar);
            }

            return sidecar;
        }
    }
}
