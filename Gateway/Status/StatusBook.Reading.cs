using System.Collections.Immutable;
using System.Globalization;
using Cloud.Gateway.Status.Documents;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Faults;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Time;
using Cloud.Replica.Chain;
using Cloud.Replica.Views;
using Cloud.Settlement.Blobs;
using Cloud.Settlement.L1Events;
using Cloud.Settlement.Publishing;
using Cloud.Settlement.Watching;

namespace Cloud.Gateway.Status;

/// <content>Documents.</content>
internal sealed partial class StatusBook
{
    private const int OverviewItems = 32;
    private const int OverviewReorgs = 8;

    /// <summary>The slot whose frame runs.</summary>
    /// <param name="now">The present.</param>
    /// <returns>Null before the first one.</returns>
    public ulong? BuildingSlot(DateTimeOffset now) => _node.Timetable.Consensus.BuildingSlotAt(now);

    /// <summary>The parts of an overview that the book has.</summary>
    public OverviewDocument Overview(NetworkDocument network, string position, HealthDocument health, ImmutableArray<PublisherDocument> publishers)
    {
        DateTimeOffset now = _time.GetUtcNow();
        lock (_gate)
        {
            ReplicaView view = _node.View;
            ulong? building = BuildingSlot(now);
            return new OverviewDocument(
                now,
                Log.LastId,
                position,
                network,
                TipsOf(view),
                building is { } slot ? DocumentOf(slot, view, now) : null,
                [.. Newest(now).Take(OverviewItems).Select(number => SummaryOf(number, _slots.GetValueOrDefault(number), view, now))],
                [.. _slots.Values.Reverse().Where(record => record.Checkpoint is not null).Take(OverviewItems).Select(record => DocumentOf(record.Checkpoint!, view))],
                _timings.Read(now),
                new PromisesDocument(_given, _brokenCount),
                PoolOf(),
                _rate.Read(now),
                publishers,
                health,
                [.. Enumerable.Reverse(_reorgs).Take(OverviewReorgs)]);
        }
    }

    /// <summary>What a heartbeat tells.</summary>
    public HeartbeatDocument Heartbeat(string position)
    {
        DateTimeOffset now = _time.GetUtcNow();
        lock (_gate)
        {
            return new HeartbeatDocument(now, Log.LastId, position, BuildingSlot(now), _rate.Read(now), PoolOf());
        }
    }

    /// <summary>The heads of all views.</summary>
    public static TipsDocument TipsOf(ReplicaView view)
    {
        PendingDocument? pending = view.Pending is { } block
            ? new PendingDocument(block.Slot, block.Chunk, block.Flashblocks[^1].Payload.Index, block.Number, block.Hash, block.Transactions.Length)
            : null;
        return new TipsDocument(view.Tips.Proposed, view.Tips.Attested, view.Tips.Checkpointed, view.Tips.Proven, view.Tips.Finalized, pending, view.L1Head);
    }

    /// <summary>Transactions that wait.</summary>
    public PoolDocument PoolOf() => new(_node.Pool.Counts.Pending, _node.Pool.Counts.Queued);

    /// <summary>A page of slots.</summary>
    public PageDocument<SlotSummaryDocument> Slots(ulong? before, int limit)
    {
        DateTimeOffset now = _time.GetUtcNow();
        lock (_gate)
        {
            ReplicaView view = _node.View;
            return Page(Newest(now).SkipWhile(slot => slot >= (before ?? ulong.MaxValue)), limit, slot => SummaryOf(slot, _slots.GetValueOrDefault(slot), view, now), slot => Text(slot));
        }
    }

    /// <summary>A slot.</summary>
    /// <param name="slot">Its number.</param>
    /// <param name="isPruned">Whether it was forgotten, where the result is null.</param>
    /// <returns>Null where there is none, or where it was forgotten.</returns>
    public SlotDocument? Slot(ulong slot, out bool isPruned)
    {
        DateTimeOffset now = _time.GetUtcNow();
        lock (_gate)
        {
            isPruned = slot < OldestSlot;
            bool exists = !isPruned && BuildingSlot(now) is { } newest && (slot <= newest || _slots.ContainsKey(slot));
            return exists ? DocumentOf(slot, _node.View, now) : null;
        }
    }

    /// <summary>A chunk with its transactions.</summary>
    public ChunkDetailDocument? Chunk(ulong slot, uint index)
    {
        lock (_gate)
        {
            return _slots.TryGetValue(slot, out SlotRecord? record) && record.Shown().FirstOrDefault(chunk => chunk.Index == index) is { } chunk ? DetailOf(chunk, _node.View) : null;
        }
    }

    /// <summary>The chunk at a height.</summary>
    public ChunkDetailDocument? Chunk(ulong number)
    {
        lock (_gate)
        {
            return _byNumber.TryGetValue(number, out ChunkRecord? chunk) ? DetailOf(chunk, _node.View) : null;
        }
    }

    /// <summary>The place of a chunk.</summary>
    /// <param name="hash">The chunk's hash.</param>
    /// <returns>Null where it is not remembered.</returns>
    public (ulong Slot, uint Chunk)? FindChunk(in Hash256 hash)
    {
        lock (_gate)
        {
            foreach (SlotRecord slot in _slots.Values.Reverse())
            {
                foreach (ChunkRecord chunk in slot.Chunks)
                {
                    if (chunk.Hash == hash)
                    {
                        return (slot.Slot, chunk.Index);
                    }
                }
            }

            return null;
        }
    }

    /// <summary>A page of checkpoints.</summary>
    public PageDocument<CheckpointDocument> Checkpoints(ulong? before, int limit)
    {
        lock (_gate)
        {
            ReplicaView view = _node.View;
            return Page(
                _slots.Values.Reverse().Where(record => record.Checkpoint is not null && record.Slot < (before ?? ulong.MaxValue)), limit, record => DocumentOf(record.Checkpoint!, view), record => Text(record.Slot));
        }
    }

    /// <summary>A checkpoint by its number on L1 or its hash.</summary>
    public CheckpointDocument? Checkpoint(ulong? number, Hash256? hash)
    {
        lock (_gate)
        {
            CheckpointRecord? record = hash is { } wanted
                ? _checkpoints.GetValueOrDefault(wanted)
                : _slots.Values.Select(slot => slot.Checkpoint).LastOrDefault(checkpoint => checkpoint is { IsOnL1: true } && checkpoint.Number == number);
            return record is null ? null : DocumentOf(record, _node.View);
        }
    }

    /// <summary>A page of reorganisations.</summary>
    public PageDocument<ReorgDocument> Reorgs(string? before, int limit) => Incidents(_reorgs, before, limit, item => item.Id);

    /// <summary>A page of broken promises.</summary>
    public PageDocument<BrokenPromiseDocument> BrokenPromises(string? before, int limit) => Incidents(_broken, before, limit, item => item.Id);

    /// <summary>A page of proven faults.</summary>
    public PageDocument<EvidenceDocument> Evidences(string? before, int limit) => Incidents(_evidence, before, limit, item => item.Id);

    /// <summary>The publisher's lanes.</summary>
    public ImmutableArray<PublisherDocument> Publishers(ImmutableArray<(Address Publisher, LaneAlarm Alarm)> alarms)
    {
        SettlementSnapshot present = _settlement.Present;
        ImmutableArray<PublisherDocument>.Builder documents = ImmutableArray.CreateBuilder<PublisherDocument>();
        foreach (PublisherKeyStatus key in present.Keys)
        {
            LaneState lane = present.Ledger.LaneOf(key.Publisher);
            UInt256 spent = default;
            ulong count = 0;
            foreach (PublicationRecord record in present.Ledger.History.Reverse().Take(OverviewItems))
            {
                if (CostOf(record, present) is { } cost)
                {
                    spent += cost.Wei;
                    count++;
                }
            }

            UInt256? average = count == 0 ? null : spent / (UInt256)count;
            double? runway = average is { IsZero: false } mean ? Math.Floor(AsDouble(key.Balance) / AsDouble(mean)) : key.Runway;
            documents.Add(new PublisherDocument(
                key.Publisher,
                key.Balance,
                lane.Items.IsEmpty ? NextNonce(present, key.Publisher) : lane.Items[0].Nonce,
                [.. lane.Items.Where(item => item.Inclusion is null).Select(item => new InFlightDocument(
                    item.Job.Slot, item.Job.Checkpoint, item.Nonce, item.Attempts.Length, DateTimeOffset.FromUnixTimeSeconds((long)Math.Min(item.Job.Deadline, 253_402_300_799))))],
                Math.Max(1, lane.Items.Length),
                average,
                runway,
                runway * _node.Genesis.Timing.Slot.TotalMilliseconds,
                present.Market is { } market ? new MarketDocument(market.BaseFee, market.BlobBaseFee, market.Tip) : null,
                [.. alarms.Where(alarm => alarm.Publisher == key.Publisher).Select(alarm => StatusDocuments.Of(alarm.Alarm)!)]));
        }

        return documents.ToImmutable();
    }

    /// <summary>The committee of an epoch and what its members did in the newest slots.</summary>
    public CommitteeDocument? Committee(ulong? epoch, int slots)
    {
        DateTimeOffset now = _time.GetUtcNow();
        ulong building = BuildingSlot(now) ?? 0;
        ulong wanted = epoch ?? _committees.EpochOf(building);
        if (_committees.Find(wanted) is not { } committee)
        {
            return null;
        }

        ulong perEpoch = (ulong)_node.Genesis.Committee.SlotsPerEpoch;
        ulong first = wanted * perEpoch;
        ulong last = first + perEpoch - 1;
        lock (_gate)
        {
            ReplicaView view = _node.View;
            List<SlotAttendanceDocument> attendance = [];
            List<ValidatorRecord> records = [.. committee.Members.Select(_ => default(ValidatorRecord))];
            ulong newest = epoch is null ? building : Math.Min(building, last);
            ulong oldest = Math.Max(OldestSlot, newest + 1 > (ulong)slots ? newest + 1 - (ulong)slots : 0);
            for (ulong slot = oldest; slot <= newest; slot++)
            {
                SlotRecord? record = _slots.GetValueOrDefault(slot);
                SlotSummaryDocument summary = SummaryOf(slot, record, view, now);
                Committee? its = _committees.OfSlot(slot);
                char[] letters = new char[committee.Size];
                for (int i = 0; i < letters.Length; i++)
                {
                    Attendance? attended = AttendanceOf(record, its, committee.Members[i]);
                    letters[i] = its is null || its.IndexOf(committee.Members[i]) < 0 ? '-' : LetterOf(attended);
                    records[i] = attended is { } known ? records[i].With(known, IsGood(summary.Result)) : records[i];
                }

                int proposer = summary.Proposer is { } address ? committee.IndexOf(address) : -1;
                if (proposer >= 0)
                {
                    records[proposer] = Proposed(records[proposer], summary.Result);
                }

                attendance.Add(new SlotAttendanceDocument(slot, proposer < 0 ? null : proposer, summary.Result, new string(letters)));
            }

            return new CommitteeDocument(
                wanted,
                first,
                last,
                committee.Size,
                committee.Quorum,
                [.. committee.Members.Select((member, i) => new MemberDocument(member, records[i], null, Hosted.Contains(member)))],
                [.. attendance]);
        }
    }

    /// <summary>A validator's record.</summary>
    public ValidatorDocument? Validator(in Address address, int slots)
    {
        DateTimeOffset now = _time.GetUtcNow();
        ulong building = BuildingSlot(now) ?? 0;
        int index = _committees.OfSlot(building)?.IndexOf(address) ?? -1;
        lock (_gate)
        {
            ReplicaView view = _node.View;
            ValidatorRecord total = default;
            List<DutyDocument> duties = [];
            bool isKnown = index >= 0 || Hosted.Contains(address);
            ulong oldest = Math.Max(OldestSlot, building + 1 > (ulong)slots ? building + 1 - (ulong)slots : 0);
            for (ulong slot = building; slot >= oldest; slot--)
            {
                SlotRecord? record = _slots.GetValueOrDefault(slot);
                Committee? committee = _committees.OfSlot(slot);
                int position = committee?.IndexOf(address) ?? -1;
                if (position >= 0)
                {
                    isKnown = true;
                    SlotSummaryDocument summary = SummaryOf(slot, record, view, now);
                    bool isProposer = summary.Proposer == address;
                    Attendance? attended = AttendanceOf(record, committee, address);
                    total = attended is { } known ? total.With(known, IsGood(summary.Result)) : total;
                    total = isProposer ? Proposed(total, summary.Result) : total;
                    duties.Add(new DutyDocument(slot, isProposer, summary.Result, attended));
                }

                if (slot == 0)
                {
                    break;
                }
            }

            Address wanted = address;
            ImmutableArray<EvidenceDocument> evidence = [.. Enumerable.Reverse(_evidence).Where(item => item.Offender == wanted)];
            return isKnown || !evidence.IsEmpty ? new ValidatorDocument(address, index >= 0, index < 0 ? null : index, total, [.. duties], evidence) : null;
        }
    }

    /// <summary>Transactions from an account that are remembered, newest first.</summary>
    public ImmutableArray<AddressTransactionDocument> TransactionsOf(in Address address, int limit)
    {
        lock (_gate)
        {
            ImmutableArray<AddressTransactionDocument>.Builder documents = ImmutableArray.CreateBuilder<AddressTransactionDocument>();
            if (_bySender.TryGetValue(address, out Queue<Hash256>? theirs))
            {
                foreach (Hash256 hash in theirs.Reverse().Take(limit))
                {
                    if (!HistoryOf(hash).IsEmpty)
                    {
                        ImmutableArray<StatusEntry> history = FullHistoryOf(hash, _node.View.FindTransaction(hash));
                        documents.Add(new AddressTransactionDocument(hash, StatusDocuments.StateOf(history[^1].Status), history[^1].At, _accepted[hash].Transaction.Nonce));
                    }
                }
            }

            return documents.ToImmutable();
        }
    }

    /// <summary>Addresses of the validators whose keys this installation holds.</summary>
    public ImmutableHashSet<Address> Hosted { get; set; } = [];

    /// <summary>Roles of an address.</summary>
    public ImmutableArray<string> RolesOf(in Address address)
    {
        ulong building = BuildingSlot(_time.GetUtcNow()) ?? 0;
        Committee? committee = _committees.OfSlot(building);
        ImmutableArray<string>.Builder roles = ImmutableArray.CreateBuilder<string>();
        Address wanted = address;
        if (committee?.IndexOf(address) >= 0 || _node.Genesis.Validators.Contains(address))
        {
            roles.Add("validator");
        }

        if (committee?.ProposerAt(building) == address)
        {
            roles.Add("proposer");
        }

        if (_settlement.Present.Keys.Any(key => key.Publisher == wanted))
        {
            roles.Add("publisher");
        }

        if (_node.Genesis.Rollup == address)
        {
            roles.Add("rollup");
        }

        return roles.ToImmutable();
    }

    /// <summary>Tells of what time alone changes: phases and results of slots, and what L1 says of checkpoints.</summary>
    public void Tick()
    {
        DateTimeOffset now = _time.GetUtcNow();
        lock (_gate)
        {
            if (BuildingSlot(now) is not { } building)
            {
                return;
            }

            // The frame's start makes the slot's record.
            SlotOf(building);
            foreach (SlotRecord record in _slots.Values.Reverse().Take(OverviewItems).ToArray())
            {
                if (record.Checkpoint is not null)
                {
                    TellCheckpoint(record.Slot);
                }

                TellSlot(record, now);
            }
        }
    }

    private ulong OldestSlot => _slots.Count > 0 ? Math.Min(_firstSlot, _slots.Keys.First()) is var known && _slots.Count >= _options.MaxSlots ? _slots.Keys.First() : known : _firstSlot;

    private static ValidatorRecord Proposed(ValidatorRecord record, SlotResult? result) => result switch
    {
        null => record,
        SlotResult.CheckpointMissed or SlotResult.ChunksMissed => record with { NotProposed = record.NotProposed + 1 },
        SlotResult.CheckpointInvalid => record with { Invalid = record.Invalid + 1 },
        _ => record with { Proposed = record.Proposed + 1 },
    };

    /// <summary>Notes what the members of slots did.</summary>
    public void Note(ImmutableArray<SlotAttendance> slots)
    {
        lock (_gate)
        {
            foreach (SlotAttendance slot in slots)
            {
                if (_slots.TryGetValue(slot.Slot, out SlotRecord? record))
                {
                    record.Attendance = slot.Members.ToImmutableDictionary(member => member.Member, member => member.Attendance);
                }
            }
        }
    }

    private static bool IsGood(SlotResult? result) => result <= SlotResult.CheckpointValid;

    /// <summary>A member's part in a slot: as it was reported, otherwise as the certificates show it, which name a quorum and do not tell of the others.</summary>
    /// <returns>Null where it is not known.</returns>
    private static Attendance? AttendanceOf(SlotRecord? record, Committee? committee, in Address member)
    {
        if (record?.Attendance?.TryGetValue(member, out Attendance reported) == true)
        {
            return reported;
        }

        int position = committee?.IndexOf(member) ?? -1;
        foreach (ChunkRecord chunk in position < 0 ? [] : record?.Chunks ?? [])
        {
            if (chunk.Signers is { } signers && position / 8 < signers.Length && (signers.Span[position / 8] & (1 << (position % 8))) != 0)
            {
                return Attendance.Sent;
            }
        }

        return null;
    }

    private static char LetterOf(Attendance? attendance) => attendance switch
    {
        Attendance.Sent => 's',
        Attendance.Late => 'l',
        Attendance.Missed => 'm',
        Attendance.Other => 'o',
        Attendance.Conflicting => 'c',
        _ => '.',
    };

    private IEnumerable<ulong> Newest(DateTimeOffset now)
    {
        if (BuildingSlot(now) is not { } building)
        {
            yield break;
        }

        ulong newest = _slots.Count > 0 ? Math.Max(building, _slots.Keys.Last()) : building;
        ulong oldest = OldestSlot;
        for (ulong slot = newest; slot >= oldest; slot--)
        {
            yield return slot;
            if (slot == 0)
            {
                yield break;
            }
        }
    }

    private SlotDocument DocumentOf(ulong slot, ReplicaView view, DateTimeOffset now)
    {
        SlotRecord? record = _slots.GetValueOrDefault(slot);
        ConsensusTimetable consensus = _node.Timetable.Consensus;
        ProposerDeadlines plan = _node.Timetable.Deadlines(slot);
        return new SlotDocument(SummaryOf(slot, record, view, now))
        {
            Deadlines = new DeadlinesDocument(
                consensus.FrameStart(slot),
                consensus.FrameEnd(slot),
                plan.Start,
                plan.LastChunk,
                plan.CheckpointSend,
                consensus.ReceiveDeadline(slot),
                consensus.AttestationDeadline(slot),
                consensus.EarliestL1Send(slot),
                consensus.PlannedL1Send(slot),
                plan.PublishBy,
                consensus.SyncedDeadline(slot)),
            Items = record is null ? [] : [.. record.Shown().Select(chunk => DocumentOf(chunk, view, withFlashblocks: true))],
            CheckpointDetail = record?.Checkpoint is { } checkpoint ? DocumentOf(checkpoint, view) : null,
        };
    }

    private SlotSummaryDocument SummaryOf(ulong slot, SlotRecord? record, ReplicaView view, DateTimeOffset now)
    {
        ConsensusTimetable consensus = _node.Timetable.Consensus;
        ChunkRecord[] chunks = record is null ? [] : [.. record.Shown().Where(chunk => chunk.IsLive)];
        CheckpointRefDocument? checkpoint = record?.Checkpoint is { } its ? new CheckpointRefDocument(its.Number, its.Header.Hash, StateOf(its, view)) : null;
        ulong gas = 0;
        foreach (ChunkRecord chunk in chunks)
        {
            gas += chunk.GasUsed;
        }

        return new SlotSummaryDocument(
            slot,
            _committees.EpochOf(slot),
            _committees.ProposerAt(slot) ?? (chunks.Length > 0 ? chunks[0].Producer : null),
            consensus.FrameStart(slot),
            consensus.FrameEnd(slot),
            PhaseOf(slot, record?.Checkpoint, now),
            ResultOf(slot, record, now),
            chunks.Length,
            chunks.Count(chunk => chunk.CertifiedAt is not null),
            chunks.Sum(chunk => (long)chunk.Transactions),
            gas,
            record?.PreconfirmedMs(),
            record?.AttestedMs(),
            checkpoint,
            record?.IsReorged ?? false);
    }

    private SlotPhase PhaseOf(ulong slot, CheckpointRecord? checkpoint, DateTimeOffset now)
    {
        ConsensusTimetable consensus = _node.Timetable.Consensus;
        return now < consensus.FrameStart(slot) ? SlotPhase.Upcoming
            : checkpoint is { IsOnL1: true } || now > consensus.SyncedDeadline(slot) ? SlotPhase.Done
            : now < consensus.FrameEnd(slot) && checkpoint is null ? SlotPhase.Building
            : now < consensus.PlannedL1Send(slot) ? SlotPhase.Attesting
            : SlotPhase.Publishing;
    }

    private SlotResult? ResultOf(ulong slot, SlotRecord? record, DateTimeOffset now)
    {
        if (record?.Checkpoint is { IsOnL1: true } landed)
        {
            return landed.Skipped is null ? SlotResult.CheckpointMined : SlotResult.CheckpointInvalid;
        }

        return now <= _node.Timetable.Consensus.SyncedDeadline(slot) ? null
            : record?.Checkpoint is not null ? SlotResult.CheckpointValid
            : record?.Chunks.Exists(chunk => chunk.IsSealed) == true ? SlotResult.CheckpointMissed
            : SlotResult.ChunksMissed;
    }

    private ChunkDocument DocumentOf(ChunkRecord chunk, ReplicaView view, bool withFlashblocks) => new(
        chunk.Slot,
        chunk.Index,
        StateOf(chunk, view),
        chunk.Hash,
        new ChunkBlockDocument(chunk.Number, chunk.BlockHash),
        chunk.Producer,
        chunk.IsLast,
        chunk.Transactions,
        chunk.GasUsed,
        _node.Genesis.GasLimit,
        chunk.Size,
        chunk.OpenedAt,
        chunk.SealedAt,
        chunk.ExecutedAt,
        chunk.CertifiedAt,
        chunk.Attestations,
        _committees.OfSlot(chunk.Slot)?.Quorum ?? Quorum.Of(_node.Genesis.Committee.CommitteeSize),
        withFlashblocks ? chunk.Flashblocks : []);

    private static ChunkState StateOf(ChunkRecord chunk, ReplicaView view)
    {
        if (chunk.IsAbandoned)
        {
            return ChunkState.Abandoned;
        }

        if (chunk.IsPruned)
        {
            return ChunkState.Pruned;
        }

        return !chunk.IsSealed ? ChunkState.Building
            : chunk.Number > view.Latest.Number ? ChunkState.Proposed
            : view.ViewOf(chunk.Number) switch
            {
                Tip.Finalized => ChunkState.Finalized,
                Tip.Proven => ChunkState.Proven,
                Tip.Checkpointed => ChunkState.Checkpointed,
                Tip.Attested => ChunkState.Attested,
                _ => ChunkState.Proposed,
            };
    }

    private ChunkDetailDocument? DetailOf(ChunkRecord chunk, ReplicaView view)
    {
        BlockView? block = chunk.BlockHash is { } hash ? view.FindBlock(hash) : view.FindBlock(chunk.Number);
        if ((chunk.Header ?? block?.Header) is not { } header)
        {
            return null;
        }

        Committee? committee = _committees.OfSlot(chunk.Slot);
        return new ChunkDetailDocument(DocumentOf(chunk, view, withFlashblocks: true))
        {
            ParentHash = header.ParentHash,
            StateRoot = header.StateRoot,
            BaseFee = header.BaseFeePerGas,
            Timestamp = header.Timestamp,
            TransactionHashes = block is null ? [] : [.. block.Transactions.Select(transaction => transaction.Hash)],
            Members = chunk.Signers is { } signers && committee is not null
                ? [.. committee.Members.Where((_, i) => i / 8 < signers.Length && (signers.Span[i / 8] & (1 << (i % 8))) != 0).Select(member => new MemberAttendanceDocument(member, Attendance.Sent, null))]
                : [],
            Checkpoint = _slots.GetValueOrDefault(chunk.Slot)?.Checkpoint is { } checkpoint
                ? new CheckpointRefDocument(checkpoint.Number, checkpoint.Header.Hash, StateOf(checkpoint, view))
                : null,
        };
    }

    private CheckpointState StateOf(CheckpointRecord record, ReplicaView view)
    {
        if (record.IsInvalidated)
        {
            return CheckpointState.Invalidated;
        }

        if (record.Skipped is not null)
        {
            return CheckpointState.Skipped;
        }

        ulong last = record.LastBlock.Number;
        if (record.IsOnL1)
        {
            return last <= view.Tips.Finalized.Number ? CheckpointState.Finalized
                : last <= view.Tips.Proven.Number ? CheckpointState.Proven
                : DepthOf(record, view) >= _options.LandedDepth ? CheckpointState.Landed
                : CheckpointState.Mined;
        }

        PublicationLedger ledger = _settlement.Present.Ledger;
        Hash256 hash = record.Header.Hash;
        if (ledger.History.LastOrDefault(ended => ended.Job.Checkpoint == hash) is { } ended)
        {
            return ended.End switch
            {
                PublicationEnd.Landed => CheckpointState.Mined,
                _ => CheckpointState.Expired,
            };
        }

        return ledger.Queue.Any(queued => queued.Job.Checkpoint == hash) || ledger.Lanes.Any(lane => lane.Items.Any(item => item.Job.Checkpoint == hash))
            ? CheckpointState.Publishing
            : CheckpointState.Proposed;
    }

    private ulong? DepthOf(CheckpointRecord record, ReplicaView view)
    {
        L1BlockRef? block = PostedOf(record)?.Block ?? record.LandedIn;
        ulong? head = _settlement.Present.View?.Head.Number ?? view.L1Head?.Number;
        return block is { } landed && head >= landed.Number ? head - landed.Number + 1 : null;
    }

    private PostedCheckpoint? PostedOf(CheckpointRecord record)
    {
        if (record.IsOnL1 && _settlement.Present.View?.State.Find(record.Header.Hash) is { } posted)
        {
            record.Posted = posted;
        }

        return record.IsOnL1 ? record.Posted : null;
    }

    private CheckpointDocument DocumentOf(CheckpointRecord record, ReplicaView view)
    {
        SettlementSnapshot present = _settlement.Present;
        PostedCheckpoint? posted = PostedOf(record);
        L1Posting? posting = posted is null ? null : present.Postings.GetValueOrDefault(posted.Transaction);
        SlotRecord? slot = _slots.GetValueOrDefault(record.Header.Slot);
        ChunkRecord[] chunks = slot is null ? [] : [.. slot.Shown().Where(chunk => chunk.IsLive && chunk.Index < record.Header.Chunks)];
        Committee? committee = _committees.OfSlot(record.Header.Slot);
        return new CheckpointDocument(
            posted?.Number ?? record.Number,
            record.Header.Hash,
            record.Header.Slot,
            StateOf(record, view),
            committee?.ProposerAt(record.Header.Slot) ?? (chunks.Length > 0 ? chunks[0].Producer : default),
            record.Header.FirstBlock,
            record.LastBlock,
            record.Header.Chunks,
            chunks.Sum(chunk => (long)chunk.Transactions),
            record.Header.GasUsed,
            record.Header.StateRoot,
            record.IsOnL1 && record.Skipped is null ? committee?.Quorum ?? 0 : 0,
            committee?.Quorum ?? Quorum.Of(_node.Genesis.Committee.CommitteeSize),
            record.ProposedAt,
            record.AttestedAt,
            posted is { Timestamp: > 0 } ? DateTimeOffset.FromUnixTimeSeconds((long)Math.Min(posted.Timestamp, 253_402_300_799)) : record.LandedAt,
            posted?.Block ?? record.LandedIn,
            posted is { Transaction.IsZero: false } ? posted.Transaction : null,
            DepthOf(record, view),
            posting is null ? [] : BlobsOf(posting, slot),
            AttemptsOf(record.Header.Hash, present.Ledger),
            posting is null ? null : CostOf(posting),
            record.ProvenAt,
            record.ProvenIn,
            record.Skipped,
            _node.Timetable.Deadlines(record.Header.Slot).PublishBy);
    }

    private static ImmutableArray<BlobDocument> BlobsOf(L1Posting posting, SlotRecord? slot)
    {
        // All blobs but the last one are full; what the last one holds is told only where the body's length is known here.
        long body = slot?.Chunks.Where(chunk => chunk.IsLive).Sum(chunk => chunk.Size) ?? 0;
        int capacity = BlobFrame.BlobCapacity;
        return [.. posting.Blobs.Select((hash, i) => new BlobDocument(hash, i < posting.Blobs.Length - 1 ? capacity : Math.Clamp(body - ((long)i * capacity), 0, capacity), capacity))];
    }

    private static L1CostDocument CostOf(L1Posting posting)
    {
        UInt256 blob = posting.BlobPrice * (UInt256)posting.Receipt.BlobGasUsed;
        return new L1CostDocument(posting.Receipt.GasUsed, (posting.Receipt.EffectiveGasPrice * (UInt256)posting.Receipt.GasUsed) + blob, posting.Receipt.BlobGasUsed, blob);
    }

    private static L1CostDocument? CostOf(PublicationRecord record, SettlementSnapshot present)
    {
        foreach (LaneAttempt attempt in record.Attempts)
        {
            if (attempt.Hash is { } hash && present.Postings.TryGetValue(hash, out L1Posting? posting))
            {
                return CostOf(posting);
            }
        }

        return null;
    }

    private static ulong NextNonce(SettlementSnapshot present, Address publisher) =>
        present.Ledger.Lanes.FirstOrDefault(lane => lane.Publisher == publisher)?.Items.Select(item => item.Nonce + 1).LastOrDefault() ?? 0;

    private static ImmutableArray<AttemptDocument> AttemptsOf(Hash256 checkpoint, PublicationLedger ledger)
    {
        ImmutableArray<AttemptDocument>.Builder attempts = ImmutableArray.CreateBuilder<AttemptDocument>();
        foreach (LaneState lane in ledger.Lanes)
        {
            foreach (LaneItem item in lane.Items)
            {
                if (item.Job.Checkpoint == checkpoint)
                {
                    Add(lane.Publisher, item.Nonce, item.Attempts, item.Inclusion);
                }
            }
        }

        if (attempts.Count == 0 && ledger.History.LastOrDefault(record => record.Job.Checkpoint == checkpoint) is { } ended)
        {
            Add(ended.Publisher, ended.Nonce, ended.Attempts, ended.Inclusion);
        }

        return attempts.ToImmutable();

        void Add(Address publisher, ulong nonce, ImmutableArray<LaneAttempt> list, Inclusion? inclusion)
        {
            for (int i = 0; i < list.Length; i++)
            {
                LaneAttempt attempt = list[i];
                bool isLast = i == list.Length - 1;
                AttemptState state = inclusion is not null && isLast ? inclusion.Succeeded ? AttemptState.Mined : AttemptState.Reverted
                    : attempt.IsUnderpriced ? AttemptState.Underpriced
                    : !isLast ? AttemptState.Replaced
                    : attempt.SentAt is not null ? AttemptState.Sent
                    : AttemptState.Decided;
                attempts.Add(new AttemptDocument(
                    publisher,
                    nonce,
                    attempt.Hash,
                    attempt.IsCancel,
                    attempt.DecidedAt,
                    attempt.SentAt,
                    attempt.Fees.Tip,
                    attempt.Fees.FeeCap,
                    attempt.Fees.BlobFeeCap,
                    state,
                    isLast && inclusion is not null ? new L1BlockRef(inclusion.BlockNumber, inclusion.BlockHash) : null));
            }
        }
    }

    private PageDocument<T> Incidents<T>(List<T> list, string? before, int limit, Func<T, string> id)
    {
        lock (_gate)
        {
            IEnumerable<T> newest = Enumerable.Reverse(list);
            if (before is not null)
            {
                newest = newest.SkipWhile(item => id(item) != before).Skip(1);
            }

            return Page(newest, limit, item => item, id);
        }
    }

    private static PageDocument<TDocument> Page<TItem, TDocument>(IEnumerable<TItem> items, int limit, Func<TItem, TDocument> make, Func<TItem, string> cursor)
    {
        List<TItem> taken = [.. items.Take(limit + 1)];
        string? next = taken.Count > limit ? cursor(taken[limit - 1]) : null;
        return new PageDocument<TDocument>([.. taken.Take(limit).Select(make)], next);
    }

    private static double AsDouble(in UInt256 value) => double.Parse(value.ToString(), CultureInfo.InvariantCulture);

    private static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);
}
