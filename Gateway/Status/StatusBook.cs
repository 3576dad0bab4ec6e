using System.Collections.Immutable;
using Cloud.Gateway.Metrics;
using Cloud.Gateway.Status.Documents;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Chain;
using Cloud.Replica.Chains;
using Cloud.Replica.Events;
using Cloud.Replica.Node;
using Cloud.Replica.Statuses;
using Cloud.Replica.Views;
using Cloud.Settlement.L1Events;

namespace Cloud.Gateway.Status;

/// <summary>What the status API shows: slots, chunks, checkpoints, ladders and incidents as the node told them, and the log of what changed. Safe for several threads.</summary>
/// <remarks>An event and what it changes are applied together, so that a document and the newest event's id that were read together fit.</remarks>
internal sealed partial class StatusBook
{
    private readonly Lock _gate = new();
    private readonly ReplicaNode _node;
    private readonly StatusOptions _options;
    private readonly CommitteeBook _committees;
    private readonly SettlementBook _settlement;
    private readonly TimeProvider _time;
    private readonly ChainMetrics _metrics;
    private readonly SortedDictionary<ulong, SlotRecord> _slots = [];
    private readonly Dictionary<ulong, ChunkRecord> _byNumber = [];
    private readonly Dictionary<Hash256, CheckpointRecord> _checkpoints = [];
    private readonly Dictionary<Hash256, ImmutableArray<StatusEntry>> _histories = [];
    private readonly Queue<Hash256> _historyOrder = [];
    private readonly Dictionary<Address, Queue<Hash256>> _bySender = [];
    private readonly Dictionary<Hash256, (Address Sender, Transaction Transaction)> _accepted = [];
    private readonly List<ReorgDocument> _reorgs = [];
    private readonly List<BrokenPromiseDocument> _broken = [];
    private readonly List<EvidenceDocument> _evidence = [];
    private readonly RungTimings _timings = new();
    private readonly RateMeter _rate = new();
    private readonly Queue<ChunkRecord> _proofOrder = [];
    private readonly ulong _firstSlot;
    private readonly DateTimeOffset _startedAt;
    private long _proofBytes;
    private long _given;
    private long _brokenCount;
    private BreakReason? _lastBreak;
    private long _incidents;
    private ulong _provenThrough;
    private ulong _finalThrough;

    /// <summary>Makes a book that knows what the node has in memory.</summary>
    public StatusBook(ReplicaNode node, StatusOptions options, CommitteeBook committees, SettlementBook settlement, EventLog log, ChainMetrics metrics, TimeProvider time)
    {
        _metrics = metrics;
        _node = node;
        _options = options;
        _committees = committees;
        _settlement = settlement;
        _time = time;
        Log = log;
        ReplicaView view = node.View;
        foreach (ExecutedBlock block in view.Recent)
        {
            Note(block, block.Header.Timestamp > long.MaxValue / 2 ? time.GetUtcNow() : DateTimeOffset.FromUnixTimeSeconds((long)Math.Min(block.Header.Timestamp, 253_402_300_799)));
        }

        metrics.Observe("preconf.checkpoint.age", "s", "Time since the newest checkpoint landed; since the start where none did", CheckpointAge);
        metrics.Observe("preconf.pool.transactions", "{transaction}", "Transactions that wait", () => node.Pool.Counts.Pending + node.Pool.Counts.Queued);
        metrics.Observe("preconf.publisher.in_flight", "{transaction}", "Checkpoints' transactions that wait to be mined", () => settlement.Present.Ledger.Lanes.Sum(lane => lane.Items.Count(item => item.Inclusion is null)));
        metrics.Observe("preconf.streams", "{stream}", "Open event streams", () => log.Streams);
        _startedAt = time.GetUtcNow();
        _provenThrough = view.Tips.Proven.Number;
        _finalThrough = view.Tips.Finalized.Number;
        _firstSlot = _slots.Count > 0 ? _slots.Keys.First() : BuildingSlot(time.GetUtcNow()) ?? 0;
    }

    /// <summary>What changed.</summary>
    public EventLog Log { get; }

    /// <summary>Takes an event of the node.</summary>
    /// <param name="nodeEvent">The event.</param>
    public void Handle(ReplicaEvent nodeEvent)
    {
        lock (_gate)
        {
            switch (nodeEvent)
            {
                case ReplicaEvent.TransactionAccepted accepted:
                    NoteAccepted(accepted.Transaction, accepted.Sender);
                    break;
                case ReplicaEvent.FlashblockShown shown:
                    Show(shown, nodeEvent.At);
                    break;
                case ReplicaEvent.FlashblocksWithdrawn withdrawn:
                    Withdraw(withdrawn, nodeEvent.At);
                    break;
                case ReplicaEvent.ChunkExecuted executed:
                    if (Note(executed.Block, nodeEvent.At) is { } record)
                    {
                        _metrics.Executed(_node.Timetable.Consensus.ReceiveDeadline(record.Slot) - nodeEvent.At);
                        TellChunk(record);
                    }

                    break;
                case ReplicaEvent.ChunkCertified certified:
                    Certify(certified.Certificate, nodeEvent.At);
                    break;
                case ReplicaEvent.CheckpointProposed proposed:
                    CheckpointOf(proposed.Header).ProposedAt ??= nodeEvent.At;
                    TellCheckpoint(proposed.Header.Slot);
                    break;
                case ReplicaEvent.CheckpointLanded landed:
                    Land(landed, nodeEvent.At);
                    break;
                case ReplicaEvent.StatusChanged changed:
                    Change(changed.Change);
                    break;
                case ReplicaEvent.TipMoved moved:
                    Move(moved, nodeEvent.At);
                    break;
                case ReplicaEvent.Pruned pruned:
                    Prune(pruned, nodeEvent.At);
                    break;
                case ReplicaEvent.EvidenceFound found:
                    Note(found.Evidence, nodeEvent.At);
                    break;
                default:
                    break;
            }
        }
    }

    private double CheckpointAge()
    {
        lock (_gate)
        {
            DateTimeOffset since = _startedAt;
            foreach (SlotRecord slot in _slots.Values)
            {
                since = slot.Checkpoint is { IsOnL1: true, LandedAt: { } at } && at > since ? at : since;
            }

            return Math.Max(0, (_time.GetUtcNow() - since).TotalSeconds);
        }
    }

    /// <summary>Events were missed: what the node has in memory is taken, and the readers begin anew.</summary>
    public void HandleGap()
    {
        lock (_gate)
        {
            foreach (ExecutedBlock block in _node.View.Recent)
            {
                Note(block, _time.GetUtcNow());
            }
        }

        Log.Tell(EventNames.Reset, new ResetDocument("too-old", Log.LastId, Log.LastId));
    }

    private SlotRecord SlotOf(ulong slot)
    {
        if (!_slots.TryGetValue(slot, out SlotRecord? record))
        {
            _slots.Add(slot, record = new SlotRecord(slot));
            while (_slots.Count > _options.MaxSlots)
            {
                Forget(_slots.First().Value);
            }
        }

        return record;
    }

    private void Forget(SlotRecord record)
    {
        _slots.Remove(record.Slot);
        foreach (ChunkRecord chunk in record.Chunks)
        {
            if (_byNumber.TryGetValue(chunk.Number, out ChunkRecord? known) && ReferenceEquals(known, chunk))
            {
                _byNumber.Remove(chunk.Number);
            }
        }

        if (record.Checkpoint is { } checkpoint)
        {
            _checkpoints.Remove(checkpoint.Header.Hash);
        }
    }

    private void Show(ReplicaEvent.FlashblockShown shown, DateTimeOffset at)
    {
        FlashblockPayload payload = shown.Flashblock.Payload;
        SlotRecord slot = SlotOf(payload.Slot);
        ChunkRecord? record = slot.Live(payload.Chunk);
        if (record is null || record.Number != payload.BlockNumber)
        {
            record = Open(slot, payload.Chunk, payload.BlockNumber, payload.Producer, at);
        }

        if (record.Flashblocks.Any(known => known.Index == payload.Index))
        {
            return;
        }

        record.Transactions = shown.Pending.Counts.Length > payload.Index ? shown.Pending.Counts[(int)payload.Index] : shown.Pending.Transactions.Length;
        record.GasUsed = payload.Diff.GasUsed;
        foreach (Bytes transaction in payload.Diff.Transactions)
        {
            record.Size += transaction.Length;
        }

        DateTimeOffset emitted = DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Min(payload.EmittedAt, 253_402_300_799_000));
        FlashblockDocument document = new(
            payload.Slot, payload.Chunk, payload.Index, payload.BlockNumber, payload.Hash, emitted, at, payload.Diff.Transactions.Length, record.Transactions, payload.Diff.GasUsed, payload.IsLast);
        record.Flashblocks = record.Flashblocks.Add(document);
        record.SealedAt = payload.IsLast ? emitted : record.SealedAt;
        if (record.Proofs is { } proofs)
        {
            long before = proofs.Bytes;
            proofs.Add(shown.Flashblock, record.Transactions - payload.Diff.Transactions.Length);
            KeepProofs(proofs.Bytes - before);
        }

        Log.Add(EventNames.Flashblock, document);
        if (payload.Index == 0)
        {
            TellChunk(record);
        }
    }

    private ChunkRecord Open(SlotRecord slot, uint index, ulong number, Address producer, DateTimeOffset at)
    {
        ChunkRecord record = new(slot.Slot, index, number, producer, at);
        slot.Chunks.Add(record);
        _byNumber[number] = record;
        _proofOrder.Enqueue(record);
        return record;
    }

    private void KeepProofs(long added)
    {
        _proofBytes += added;
        while (_proofBytes > _options.MaxProofBytes && _proofOrder.TryDequeue(out ChunkRecord? oldest))
        {
            _proofBytes -= oldest.Proofs?.Bytes ?? 0;
            oldest.Proofs = null;
        }
    }

    private void Withdraw(ReplicaEvent.FlashblocksWithdrawn withdrawn, DateTimeOffset at)
    {
        if (SlotOf(withdrawn.Slot).Live(withdrawn.Chunk) is not { IsSealed: false } record)
        {
            return;
        }

        record.IsAbandoned = true;
        BreakReason reason = _lastBreak as BreakReason.FlashblockAbandoned ?? new BreakReason.FlashblockAbandoned(withdrawn.Slot, withdrawn.Chunk, null);
        Log.Add(
            EventNames.FlashblockWithdrawn,
            new FlashblockWithdrawnDocument(withdrawn.Slot, withdrawn.Chunk, withdrawn.Flashblocks, record.Transactions, at, StatusDocuments.Of(reason)));
        TellChunk(record);
    }

    private ChunkRecord? Note(ExecutedBlock block, DateTimeOffset at)
    {
        if (block.Proposal is not { } proposal)
        {
            return null;
        }

        ChunkHeader header = proposal.Header;
        SlotRecord slot = SlotOf(header.Slot);
        ChunkRecord? record = slot.Chunks.Find(chunk => chunk.BlockHash == block.Hash) ?? slot.Live(header.Index);
        if (record is { IsSealed: true } && record.BlockHash != block.Hash)
        {
            record.IsPruned = true;
            record = null;
        }

        record ??= Open(slot, header.Index, block.Number, header.Producer, at);
        if (record.IsSealed)
        {
            record.IsPruned = false;
            _byNumber[block.Number] = record;
            return null;
        }

        record.Hash = header.Hash;
        record.BlockHash = block.Hash;
        record.Header = block.Header;
        record.IsLast = header.IsLast;
        record.Producer = header.Producer;
        record.Transactions = block.Transactions.Length;
        record.GasUsed = block.Header.GasUsed;
        record.Size = block.Transactions.Sum(transaction => (long)transaction.Raw.Length);
        record.SealedAt ??= at;
        record.ExecutedAt = at;
        if (record.Proofs is { } proofs)
        {
            long before = proofs.Bytes;
            proofs.Add(proposal);
            KeepProofs(proofs.Bytes - before);
        }

        _byNumber[block.Number] = record;
        return record;
    }

    private void Certify(ChunkCertificate certificate, DateTimeOffset at)
    {
        if (!_slots.TryGetValue(certificate.Slot, out SlotRecord? slot) || slot.Chunks.Find(chunk => chunk.Hash == certificate.ChunkHash) is not { } record)
        {
            return;
        }

        if (record is { CertifiedAt: null, SealedAt: { } sealedAt })
        {
            _metrics.Certified(at - sealedAt);
        }

        record.CertifiedAt ??= at;
        record.Attestations = certificate.Signers.Count;
        record.Signers = certificate.Signers.Bitmap;
        if (record.Proofs is { Certificate: null } proofs)
        {
            long before = proofs.Bytes;
            proofs.Add(certificate);
            KeepProofs(proofs.Bytes - before);
        }

        TellChunk(record);
    }

    private CheckpointRecord CheckpointOf(CheckpointHeader header)
    {
        SlotRecord slot = SlotOf(header.Slot);
        if (slot.Checkpoint?.Header.Hash != header.Hash)
        {
            slot.Checkpoint = new CheckpointRecord(header);
            _checkpoints[header.Hash] = slot.Checkpoint;
        }

        return slot.Checkpoint!;
    }

    private void Land(ReplicaEvent.CheckpointLanded landed, DateTimeOffset at)
    {
        CheckpointRecord record = CheckpointOf(landed.Header);
        record.Number = landed.Number;
        record.Skipped = landed.Skipped;
        record.IsOnL1 = true;
        record.IsInvalidated = false;
        record.LandedAt ??= at;
        _metrics.Landed();
        TellCheckpoint(landed.Header.Slot);
    }

    private void Change(StatusChange change)
    {
        ImmutableArray<StatusEntry> history = HistoryOf(change.Transaction);
        StatusEntry? before = history.IsEmpty ? null : history[^1];
        StatusEntry entry = new(change.Status, change.At, change.Broken);
        if (before == entry || (entry.Status.Level >= 6 && before?.Status.Level == entry.Status.Level))
        {
            return;
        }

        Remember(change.Transaction, history.Add(entry));
        NoteL1(change.Status);
        if (change.Broken is { } reason)
        {
            _lastBreak = reason;
            if (before is { } promised)
            {
                BrokenPromiseDocument broken = new(
                    $"b{++_incidents}", change.At, change.Transaction, StatusDocuments.StateOf(promised.Status), StatusDocuments.StateOf(change.Status), StatusDocuments.Of(reason));
                Push(_broken, broken);
                _brokenCount++;
                _metrics.Broken(broken.Reason.Code);
                Log.Add(EventNames.Broken, broken);
            }
        }
        else if (change.Status.Level >= 2 && (before?.Status.Level ?? 1) < change.Status.Level)
        {
            Count(change, history, before);
        }

        Log.Add(EventNames.Transaction, () => TransactionEventOf(change, before), change.Transaction);
    }

    private void Count(StatusChange change, ImmutableArray<StatusEntry> history, StatusEntry? before)
    {
        if ((before?.Status.Level ?? 1) < 2)
        {
            _given++;
            _rate.Add(1, change.At);
        }

        if (!history.IsEmpty && history[0].Status is TransactionStatus.Pending)
        {
            TimeSpan took = change.At - history[0].At;
            TransactionState rung = StatusDocuments.StateOf(change.Status);
            _timings.Add(rung, took, change.At);
            _metrics.Rung(NameOf(rung), took);
            if (change.Status is TransactionStatus.Preconfirmed preconfirmed && _slots.TryGetValue(preconfirmed.Slot, out SlotRecord? slot))
            {
                slot.NotePreconfirmed(took);
            }
        }
    }

    /// <summary>A status on L1 says in which block.</summary>
    private void NoteL1(TransactionStatus status)
    {
        switch (status)
        {
            case TransactionStatus.Checkpointed { Proof: var proof } when _checkpoints.TryGetValue(proof.PayloadHash, out CheckpointRecord? record):
                record.Number ??= proof.Number;
                record.LandedIn = proof.Block;
                break;
            case TransactionStatus.Proven { Proof: var proof } when _checkpoints.TryGetValue(proof.PayloadHash, out CheckpointRecord? record):
                record.ProvenIn = proof.Block;
                break;
            case TransactionStatus.Finalized { Proof: var proof } when _checkpoints.TryGetValue(proof.PayloadHash, out CheckpointRecord? record):
                record.FinalIn = proof.Block;
                break;
            default:
                break;
        }
    }

    private ImmutableArray<StatusEntry> HistoryOf(in Hash256 transaction) => _histories.GetValueOrDefault(transaction, []);

    private void Remember(in Hash256 transaction, ImmutableArray<StatusEntry> history)
    {
        if (!_histories.ContainsKey(transaction))
        {
            _historyOrder.Enqueue(transaction);
            while (_historyOrder.Count > _options.MaxTransactions)
            {
                Hash256 oldest = _historyOrder.Dequeue();
                _histories.Remove(oldest);
                if (_accepted.Remove(oldest, out (Address Sender, Transaction Transaction) sent) && _bySender.TryGetValue(sent.Sender, out Queue<Hash256>? theirs))
                {
                    theirs.Dequeue();
                    if (theirs.Count == 0)
                    {
                        _bySender.Remove(sent.Sender);
                    }
                }
            }
        }

        const int MostSteps = 64;
        _histories[transaction] = history.Length > MostSteps ? history.RemoveAt(1) : history;
    }

    private void NoteAccepted(Transaction transaction, in Address sender)
    {
        Hash256 hash = transaction.Hash;
        if (_accepted.TryAdd(hash, (sender, transaction)))
        {
            if (!_bySender.TryGetValue(sender, out Queue<Hash256>? theirs))
            {
                _bySender.Add(sender, theirs = []);
            }

            theirs.Enqueue(hash);
            Remember(hash, HistoryOf(hash));
        }
    }

    private void Move(ReplicaEvent.TipMoved moved, DateTimeOffset at)
    {
        Log.Add(EventNames.Tip, new TipEventDocument(moved.Tip, moved.From, moved.To, at));
        bool isBack = moved.To.Number < moved.From.Number;
        _provenThrough = moved.Tip == Tip.Proven ? moved.To.Number : _provenThrough;
        _finalThrough = moved.Tip == Tip.Finalized ? moved.To.Number : _finalThrough;
        (ulong low, ulong high) = isBack ? (moved.To.Number, moved.From.Number) : (moved.From.Number, moved.To.Number);
        List<ChunkRecord> touched = [];
        for (ulong number = low + 1; number <= high && high - low <= 65_536; number++)
        {
            if (_byNumber.TryGetValue(number, out ChunkRecord? record))
            {
                if (!isBack && moved.Tip == Tip.Proposed && record.IsPruned && record.BlockHash is { } hash && _node.View.FindBlock(hash) is not null)
                {
                    record.IsPruned = false;
                }

                touched.Add(record);
                if (moved.Tip != Tip.Proposed)
                {
                    TellChunk(record);
                }
            }
        }

        if (moved.Tip >= Tip.Checkpointed)
        {
            foreach (ulong slot in touched.Select(record => record.Slot).Distinct())
            {
                if (_slots.TryGetValue(slot, out SlotRecord? record) && record.Checkpoint is { } checkpoint)
                {
                    Settle(checkpoint, moved.Tip, isBack, at, _node.View.L1Head);
                    TellCheckpoint(slot);
                    if (!isBack && moved.Tip >= Tip.Proven)
                    {
                        Raise(touched.FindAll(chunk => chunk.Slot == slot && chunk.IsLive), checkpoint, moved.Tip, at);
                    }
                }
            }
        }

        List<ChunkRecord> fallen = touched.FindAll(record => record.IsLive && record.IsSealed);
        if (isBack && moved.Tip != Tip.Proposed && fallen.Count > 0 && _lastBreak is { } reason)
        {
            Tell(new ReorgDocument(
                $"r{++_incidents}", at, "fell-back", moved.Tip, fallen[0].Slot, [.. fallen.Select(PlaceOf)], fallen.Sum(record => record.Transactions), StatusDocuments.Of(reason)));
        }
    }

    /// <summary>The node tells no statuses of transactions that it has settled: those go on with their checkpoint.</summary>
    private void Raise(List<ChunkRecord> chunks, CheckpointRecord checkpoint, Tip tip, DateTimeOffset at)
    {
        L1Proof proof = ProofOf(checkpoint);
        foreach (ChunkRecord chunk in chunks)
        {
            TransactionPlace place = new(chunk.Slot, chunk.Index, chunk.Hash ?? default, new BlockId(chunk.Number, chunk.BlockHash ?? default));
            TransactionStatus status = tip == Tip.Proven ? new TransactionStatus.Proven(place, proof) : new TransactionStatus.Finalized(place, proof);
            foreach (Transaction transaction in _node.View.FindBlock(chunk.Number) is { } block && block.Hash == chunk.BlockHash ? block.Transactions : [])
            {
                Hash256 hash = transaction.Hash;
                if (HistoryOf(in hash) is [.., { Status.Level: >= 5 } last] && last.Status.Level < status.Level && !_node.FollowsStatus(in hash))
                {
                    Change(new StatusChange(hash, status, null, at));
                }
            }
        }
    }

    /// <summary>What a checkpoint's proof stands on; without a payload's hash where this process did not see it on L1.</summary>
    private static L1Proof ProofOf(CheckpointRecord checkpoint) =>
        checkpoint is { ProvenIn: { } provenIn, Number: { } number }
            ? new L1Proof(number, checkpoint.Header.Hash, checkpoint.LastBlock.Number, provenIn)
            : new L1Proof(0, default, checkpoint.LastBlock.Number, default);

    private static void Settle(CheckpointRecord checkpoint, Tip tip, bool isBack, DateTimeOffset at, L1BlockRef? head)
    {
        if (isBack)
        {
            checkpoint.IsOnL1 &= tip != Tip.Checkpointed;
            checkpoint.LandedAt = tip == Tip.Checkpointed ? null : checkpoint.LandedAt;
            checkpoint.LandedIn = tip == Tip.Checkpointed ? null : checkpoint.LandedIn;
            checkpoint.ProvenAt = tip <= Tip.Proven ? null : checkpoint.ProvenAt;
            checkpoint.ProvenIn = tip <= Tip.Proven ? null : checkpoint.ProvenIn;
            return;
        }

        if (tip == Tip.Proven)
        {
            checkpoint.ProvenAt = at;
            checkpoint.ProvenIn ??= head;
        }

        checkpoint.FinalAt = tip == Tip.Finalized ? at : checkpoint.FinalAt;
    }

    private void Prune(ReplicaEvent.Pruned pruned, DateTimeOffset at)
    {
        _lastBreak = pruned.Reason;
        SlotRecord slot = SlotOf(pruned.Slot);
        slot.IsReorged = true;
        List<ChunkRecord> lost = [];
        foreach (BlockId block in pruned.Blocks)
        {
            if (slot.Chunks.Find(chunk => chunk.BlockHash == block.Hash) is { } record)
            {
                record.IsPruned = true;
                lost.Add(record);
                TellChunk(record);
            }
        }

        if (slot.Checkpoint is { } checkpoint && pruned.Reason is BreakReason.CheckpointInvalidated or BreakReason.EpochUnproven)
        {
            slot.Checkpoint!.IsInvalidated = true;
            TellCheckpoint(slot.Slot);
        }

        Tell(new ReorgDocument(
            $"r{++_incidents}", at, "pruned", Tip.Proposed, pruned.Slot, [.. lost.Select(PlaceOf)], lost.Sum(record => record.Transactions), StatusDocuments.Of(pruned.Reason)));
        TellSlot(slot, at);
    }

    private static PlaceDocument PlaceOf(ChunkRecord record) => new(record.Slot, record.Index, record.Hash ?? default, new BlockId(record.Number, record.BlockHash ?? default));

    private void Note(Evidence evidence, DateTimeOffset at)
    {
        EvidenceDocument document = StatusDocuments.Of(evidence, new SigningDomains(_node.Genesis.Context), at);
        if (_evidence.Exists(known => known.Id == document.Id))
        {
            return;
        }

        Push(_evidence, document);
        _metrics.Evidence();
        Log.Add(EventNames.Evidence, document);
    }

    private void Tell(ReorgDocument reorg)
    {
        Push(_reorgs, reorg);
        _metrics.Reorg(reorg.Kind);
        Log.Add(EventNames.Reorg, reorg);
    }

    private void Push<T>(List<T> list, T item)
    {
        list.Add(item);
        if (list.Count > _options.MaxIncidents)
        {
            list.RemoveAt(0);
        }
    }

    private void TellChunk(ChunkRecord record) => Log.Add(EventNames.Chunk, DocumentOf(record, _node.View, withFlashblocks: false));

    private void TellCheckpoint(ulong slot)
    {
        if (_slots.TryGetValue(slot, out SlotRecord? record) && record.Checkpoint is { } checkpoint)
        {
            CheckpointDocument document = DocumentOf(checkpoint, _node.View);
            if (checkpoint.Told is not { } told || !IsSame(told, document))
            {
                checkpoint.Told = document;
                Log.Add(EventNames.Checkpoint, document);
                TellSlot(record, _time.GetUtcNow());
            }
        }
    }

    private void TellSlot(SlotRecord record, DateTimeOffset now)
    {
        SlotSummaryDocument summary = SummaryOf(record.Slot, record, _node.View, now);
        if (record.Told is not { } told || (told.Phase, told.Result, told.Checkpoint, told.Reorged) != (summary.Phase, summary.Result, summary.Checkpoint, summary.Reorged))
        {
            record.Told = summary;
            Log.Add(EventNames.Slot, summary);
        }
    }

    private static bool IsSame(CheckpointDocument left, CheckpointDocument right) =>
        (left.Hash, left.State, left.Number, left.L1Block, left.L1Transaction, left.Attestations, left.Attempts.Length, left.Blobs.Length, left.Skipped)
        == (right.Hash, right.State, right.Number, right.L1Block, right.L1Transaction, right.Attestations, right.Attempts.Length, right.Blobs.Length, right.Skipped)
        && left.Attempts.SequenceEqual(right.Attempts);
}
