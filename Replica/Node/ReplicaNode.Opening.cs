using Cloud.Execution.Pool;
using Cloud.Execution.Verification;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Time;
using Cloud.Protocol.Transactions;
using Cloud.Protocol.Validation;
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
using PoolAdmission = Cloud.Execution.Pool.PoolAdmission;

namespace Cloud.Replica.Node;

/// <content>Opening: the stored blocks, then the journal on top of them. And writing the journal anew when most of it is not needed any more.</content>
public sealed partial class ReplicaNode
{
    /// <summary>Records since the journal's base, as far as they may still be needed.</summary>
    private List<NodeRecord> _live = [];
    private bool _isReplaying;
    private DateTimeOffset _replayTime;
    private Hash256 _groundCheckpoint;

    private ReplicaNode(GenesisConfig genesis, ReplicaOptions options, ReplicaServices services, Timetable timetable, IChainStorage storage, IJournal journal)
    {
        Genesis = genesis;
        Options = options;
        _time = services.Time;
        _work = services.Work ?? new ThreadPoolWorkRunner();
        _storage = storage;
        _journal = journal;
        _ownsStorage = services.Storage is null;
        _ownsJournal = services.Journal is null;
        _timetable = timetable;
        _source = services.Source;
        _rules = new BlockRules(genesis, timetable.Consensus);
        _senders = services.Senders ?? new SenderCache();
        _verifier = new ChunkVerifier(_senders, _time, _work.MaxThreads);
        _statuses = new TransactionStatuses(options.Statuses);
        _histories = new TransactionHistories(options.Statuses.MaxDropped);
        _hashes = new AncestorHashes(storage);
        Events = new ReplicaEvents(options.MaxEvents, options.MaxSubscriptions, _work is InlineWorkRunner);
        BlockHeader head = storage.Head!;
        ExecutedBlock ground = new() { Header = head, Hash = head.ComputeHash(), State = storage.OpenHead() };
        _chain = [ground];
        Restart(new ChainStart(ground.Id), ground);
        _pool = new TransactionPool(options.Pool, genesis.Chain.ChainId, HeadOf(ground), _senders, _time);
        _view = MakeView();
    }

    /// <summary>Opens a node where the process before left it, however that ended.</summary>
    /// <param name="genesis">The rollup.</param>
    /// <param name="options">What this node decides by itself.</param>
    /// <param name="services">What it runs on; null for the real ones.</param>
    /// <returns>The node, to be disposed.</returns>
    /// <exception cref="ArgumentException">Genesis or options break a rule; the message names all of them.</exception>
    /// <exception cref="StorageException">The folder is in use, damaged, or of another rollup.</exception>
    public static async Task<ReplicaNode> OpenAsync(GenesisConfig genesis, ReplicaOptions options, ReplicaServices? services = null)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        ArgumentNullException.ThrowIfNull(options);
        services ??= new ReplicaServices();
        string[] faults = [.. genesis.Validate(), .. options.Validate()];
        TimetableResult<Timetable> timetable = Timetable.Create(genesis.Timing, options.Budgets);
        if (timetable is TimetableResult<Timetable>.Refused refused)
        {
            faults = [.. faults, .. refused.Refusals.Select(refusal => $"{refusal.Option}: {refusal.Message}")];
        }

        if (faults.Length > 0)
        {
            throw new ArgumentException(string.Join(" ", faults));
        }

        IChainStorage storage = services.Storage ?? DiskChainStorage.Open(Path.Combine(options.DataFolder, "chain"), options.State);
        IJournal? journal = services.Journal;
        try
        {
            CheckGenesis(storage, genesis, options.DataFolder);
            journal ??= Journal.Open(Path.Combine(options.DataFolder, "journal"), new JournalOptions { Format = NodeRecord.Format }, out _);
            ReplicaNode node = new(genesis, options, services, timetable.OrThrow(), storage, journal);
            await node.BeginJournalAsync();
            node.Replay();
            node._timer = services.Time.CreateTimer(static state => ((ReplicaNode)state!).TimerFired(), node, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            await node.TickAsync();
            return node;
        }
        catch
        {
            if (services.Journal is null && journal is not null)
            {
                await journal.DisposeAsync();
            }

            if (services.Storage is null)
            {
                storage.Dispose();
            }

            throw;
        }
    }

    private static void CheckGenesis(IChainStorage storage, GenesisConfig genesis, string folder)
    {
        storage.Initialize(genesis);
        // Block 0 may be gone from a pruned store; the state's own checks then have to do.
        if (storage.TryGetBlock(0) is { } stored && stored.Header != GenesisBlock.HeaderOf(genesis, stored.Header.StateRoot))
        {
            throw new StorageException(
                StorageFault.VersionMismatch,
                folder,
                $"The folder belongs to another rollup: its block 0 is {stored.Hash}.",
                "Use another folder, or the genesis file that the folder was made with.");
        }
    }

    /// <summary>A new journal starts with what the node starts at.</summary>
    private async Task BeginJournalAsync()
    {
        if (_journal.NextSequence == 0)
        {
            await _journal.AppendAsync(new NodeRecord.Base(Now, new ChainStart(_chain[0].Id)).Encode());
            await _journal.AppendAsync(new NodeRecord.BaseEnd(Now).Encode());
        }
    }

    private void TimerFired() => Tell(HandleTick);

    /// <summary>Puts the machines at a settled block.</summary>
    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(_tips), nameof(_feed), nameof(_flashblocks))]
    private void Restart(ChainStart start, ExecutedBlock ground)
    {
        _tips = new ChainTips(_timetable, start, Options.Chain);
        _feed = new FeedFollower(Genesis.Context, _timetable.Consensus, start.Block.Hash, start.Slot ?? 0, Options.Feed);
        _flashblocks = new FlashblockFollower(_timetable.Consensus, start.Block.Number, start.Block.Hash, Options.Feed);
        _groundCheckpoint = start.CheckpointHash;
        _groundInHash = start.InHash;
        _executed.Clear();
        _executed.Add(start.Block.Hash, start.Block == ground.Id ? ground : new ExecutedBlock { Header = _storage.TryGetBlock(start.Block.Number)!.Header, Hash = start.Block.Hash, State = ground.State });
        _hashes.Add(start.Block.Hash, start.Block.Number, _executed[start.Block.Hash].Header.ParentHash);
    }

    /// <summary>Handles the journal's records again.</summary>
    private void Replay()
    {
        _isReplaying = true;
        List<(long Sequence, NodeRecord Record)> records = ReadJournal();
        _nextRecord = records.Count > 0 ? records[0].Sequence : _journal.NextSequence;
        Events.StartAfter((_nextRecord << SequenceShift) - 1);
        _lastSequence = _nextRecord << SequenceShift;
        List<Transaction> submitted = [];
        foreach ((long sequence, NodeRecord record) in records)
        {
            _nextRecord = sequence;
            _replayTime = record.At;
            Replay(record, submitted);
            if (_nextRecord == sequence)
            {
                // It changes nothing any more; its number stays used.
                _nextRecord = sequence + 1;
            }

            ShowEvents();
            RunAfterwards();
        }

        _nextRecord = _journal.NextSequence;
        _lastSequence = Math.Max(_lastSequence, _nextRecord << SequenceShift);
        _isReplaying = false;
        TimeSpan l1Slot = _timetable.Consensus.Timing.L1Slot;
        (_l1KnownFrom, _mayGiveUpFrom) = (Now - l1Slot - l1Slot, Now + l1Slot + l1Slot);
        RefillPool(submitted);
        _isViewStale = true;
        ShowView();
        ShowEvents();
        _pool.Observe(PoolChanged);
    }

    private List<(long Sequence, NodeRecord Record)> ReadJournal()
    {
        List<(long, NodeRecord)> records = [];
        List<(long, NodeRecord)>? begun = null;
        foreach (JournalRecord stored in _journal.Read())
        {
            NodeRecord record = NodeRecord.Decode(stored.Content.Span) ?? throw new StorageException(
                StorageFault.CorruptFile,
                Options.DataFolder,
                $"Record {stored.Sequence} of the journal is none of a node.",
                "Delete the data folder; the node builds it again from L1. Export the signing ledger first if it is kept there.");
            switch (record)
            {
                case NodeRecord.Base:
                    begun = [(stored.Sequence, record)];
                    break;
                case NodeRecord.BaseEnd when begun is not null:
                    records = begun;
                    begun = null;
                    break;
                default:
                    (begun ?? records).Add((stored.Sequence, record));
                    break;
            }
        }

        // A base without its end was being written when the process ended: what came before it still counts, and nothing came after it.
        return records;
    }

    private void Replay(NodeRecord record, List<Transaction> submitted)
    {
        DateTimeOffset at = record.At;
        switch (record)
        {
            case NodeRecord.Base start:
                Restart(start.Start, _chain[0]);
                _live.Add(record);
                _nextRecord++;
                break;
            case NodeRecord.Submitted transaction:
                if (Transaction.Decode(transaction.Raw.Span, BodyRules) is TransactionDecoding.Decoded decoded && _senders.TryGetSender(decoded.Transaction, out Address sender))
                {
                    submitted.Add(decoded.Transaction);
                    Record(record);
                    Raise(new ReplicaEvent.TransactionAccepted(decoded.Transaction, sender, transaction.IsOwn), at);
                    Report(_statuses.Accepted(decoded.Transaction.Hash, at).Changes, at);
                }

                break;
            case NodeRecord.Intended intended:
                Intend(intended.Payload, at);
                break;
            case NodeRecord.Shown shown:
                _intended.Remove((shown.Flashblock.Payload.Slot, shown.Flashblock.Payload.Chunk));
                if (shown.Flashblock.Payload.BlockNumber <= _chain[0].Number)
                {
                    Record(record);
                    Report(_statuses.Preconfirmed(shown.Flashblock.Payload, at), at);
                }
                else
                {
                    HandleFlashblock(new Validated<Protocol.Flashblocks.Flashblock>(shown.Flashblock, new Validity.Accepted(shown.Flashblock.Payload.Producer)), at);
                }

                break;
            case NodeRecord.Executed executed:
                ReplayChunk(executed.Proposal, at);
                break;
            case NodeRecord.Certified certified:
                HandleCertificate(certified.Certificate, at);
                break;
            case NodeRecord.CheckpointProposed proposed:
                HandleCheckpoint(new Validated<CheckpointProposal>(proposed.Proposal, new Validity.Accepted(default)), at);
                break;
            case NodeRecord.L1Moved moved:
                HandleL1(moved.Update, at);
                break;
            case NodeRecord.GaveUp:
                Record(record);
                Apply(_tips.Tick(at).Effects, at);
                break;
            case NodeRecord.Dropped dropped:
                Record(record);
                Report(_statuses.Dropped(dropped.Transaction, dropped.Reason, at).Changes, at);
                break;
            default:
                break;
        }
    }

    private void ReplayChunk(ChunkProposal proposal, DateTimeOffset at)
    {
        BlockHeader header = proposal.Header.Block;
        Hash256 hash = header.ComputeHash();
        if (header.Number > _chain[0].Number)
        {
            Begin(proposal, isFromL1: true, at);
            return;
        }

        // It is stored, with its state: nothing is executed. Its place in memory is for the machines only; readers ask the storage.
        if (_storage.TryGetBlock(header.Number) is { } stored && stored.Hash == hash)
        {
            Add(
                null,
                new ExecutedBlock
                {
                    Header = header,
                    Hash = hash,
                    Proposal = proposal,
                    Transactions = stored.Transactions,
                    Receipts = _storage.TryGetReceipts(header.Number),
                    State = _chain[0].State,
                },
                at);
        }
    }

    private void RefillPool(List<Transaction> submitted)
    {
        ExecutedBlock head = _chain[^1];
        _pool.SetHead(HeadOf(head), [], []);
        HashSet<Hash256> inChain = [.. _chain.SelectMany(block => block.Transactions).Select(transaction => transaction.Hash)];
        foreach (ExecutedBlock block in _executed.Values)
        {
            // Bodies of chunks that left the chain: they came with the chunk, perhaps from nowhere else.
            submitted.AddRange(block.Transactions.Where(transaction => transaction.Type != TransactionType.Deposit && !inChain.Contains(transaction.Hash)));
        }

        foreach (Transaction transaction in submitted)
        {
            if (_statuses.Find(transaction.Hash) is not { Status: TransactionStatus.Pending or TransactionStatus.Preconfirmed } || inChain.Contains(transaction.Hash))
            {
                continue;
            }

            if (_pool.Add(transaction) is PoolAdmission.Refused refused and not { Reason: PoolRefusal.AlreadyKnown })
            {
                string reason = refused.Reason.Message;
                Hash256 hash = transaction.Hash;
                Tell(now => Drop(in hash, reason, now));
            }
        }

        if (_sessions.Find(session => session.ParentHash == head.Hash && session.Block is not null) is { } open)
        {
            Commit(open, 0);
        }
    }

    /// <summary>Starts the journal anew at the newest stored block, when that saves much.</summary>
    private void CompactIfLong(DateTimeOffset now)
    {
        ChainStart start = _tips.Restart;
        if (_isReplaying || _live.Count <= Options.CompactAfter || start.Block != _chain[0].Id || _settled.Count > 0
            || _tips.Landed.Any(checkpoint => checkpoint.Number > start.Checkpoint && checkpoint.Block == start.L1))
        {
            // The last: L1 is followed from the block after the one at which the journal starts, which has more to say than is settled.
            return;
        }

        List<NodeRecord> kept = FindNeeded(start);
        long first = _nextRecord;
        _live = [];
        Record(new NodeRecord.Base(now, start));
        foreach (NodeRecord record in kept)
        {
            Record(record);
        }

        // Whoever has heard of anything after it has no need of what a restart tells of the base.
        _lastSequence = Math.Max(_lastSequence, _nextRecord << SequenceShift);
        _nextRecord++;
        _records.Add(new NodeRecord.BaseEnd(now).Encode());
        _groundCheckpoint = start.CheckpointHash;
        _groundInHash = start.InHash;
        _hashes.ForgetBelow(start.Block.Number);
        _afterwards.Add(() => _journal.TruncateBefore(first));
    }

    /// <summary>The records that say more than the new base does, in their order.</summary>
    private List<NodeRecord> FindNeeded(ChainStart start)
    {
        // Flashblocks of a chunk that was given up would open it again.
        HashSet<(ulong Slot, uint Chunk)> chunks = [.. _sessions.Select(session => (session.Slot, session.Chunk))];
        chunks.UnionWith(_executed.Values.Where(block => block.Proposal is not null).Select(block => (block.Slot!.Value, block.Proposal!.Header.Index)));

        // A transaction that was dropped can come again, and be dropped again: the newest record of each says it.
        HashSet<Hash256> submitted = [];
        HashSet<Hash256> dropped = [];
        List<NodeRecord> kept = [];
        for (int i = _live.Count - 1; i >= 0; i--)
        {
            if (IsNeeded(_live[i]))
            {
                kept.Add(_live[i]);
            }
        }

        kept.Reverse();
        return kept;

        bool IsNeeded(NodeRecord record) => record switch
        {
            NodeRecord.Submitted { Raw: var raw } => Protocol.Crypto.Keccak256.Hash(raw.Span) is var hash && _statuses.Find(hash) is not null && submitted.Add(hash),
            NodeRecord.Intended { Payload: var intended } => _intended.GetValueOrDefault((intended.Slot, intended.Chunk))?.Hash == intended.Hash,
            NodeRecord.Shown { Flashblock.Payload: var shown } => shown.BlockNumber > start.Block.Number && chunks.Contains((shown.Slot, shown.Chunk)),
            NodeRecord.Executed executed => executed.Proposal.Header.Block.Number > start.Block.Number && _tips.FindParent(executed.Proposal.Header.Block.ComputeHash()) is not null,
            NodeRecord.Certified certified => certified.Certificate.Slot > (start.Slot ?? 0),
            NodeRecord.CheckpointProposed proposed => proposed.Proposal.Header.Slot > (start.Slot ?? 0),
            NodeRecord.L1Moved { Update: L1Update.Block block } => start.L1 is not { } l1 || block.Id.Number > l1.Number,
            NodeRecord.L1Moved { Update: L1Update.Reorged reorged } => start.L1 is not { } l1 || reorged.Ancestor.Number >= l1.Number,
            NodeRecord.Dropped { Transaction: var transaction } => _statuses.Find(transaction) is { Status: TransactionStatus.Dropped } && dropped.Add(transaction),

            // What L1 has made final is settled and in the base. Chunks that were given up are not in the tree any more: none of their records is kept.
            NodeRecord.L1Moved or NodeRecord.GaveUp => false,
            _ => false,
        };
    }
}
