using System.Collections.Immutable;
using Cloud.Execution.Pool;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Chain;
using Cloud.Replica.Chains;
using Cloud.Replica.Events;
using Cloud.Replica.Node;
using Cloud.Replica.Statuses;
using Cloud.Settlement.L1Events;

namespace Cloud.Simulator;

/// <summary>The rules of the design that always hold, fed by signers, replicas and L1, and asked after every step.</summary>
public sealed class PipelineInvariants
{
    private static readonly string Removed = new DropReason.Removed().Message;

    private readonly SimulatedPipeline _pipeline;
    private readonly Dictionary<(Address, Duty), Hash256> _signed = [];
    private readonly Dictionary<Hash256, int> _accepted = [];
    private readonly Dictionary<int, Watcher> _watchers = [];
    private readonly Dictionary<ulong, Hash256> _final = [];
    private readonly HashSet<Hash256> _landed = [];
    private readonly Dictionary<int, List<ReplicaEvent>> _events = [];
    private string? _broken;

    internal PipelineInvariants(SimulatedPipeline pipeline) => _pipeline = pipeline;

    /// <summary>Transactions that a replica has accepted.</summary>
    public IReadOnlyCollection<Hash256> Accepted => _accepted.Keys;

    /// <summary>How many signatures left validators' keys, the same one again included.</summary>
    public long Signatures { get; private set; }

    /// <summary>How many status changes broke a promise, with a reason.</summary>
    public long Broken { get; private set; }

    /// <summary>How many chunks the replicas have executed, each counted in each replica.</summary>
    public long Executed { get; private set; }

    /// <summary>Largest distance in blocks of a reorganisation that a replica went through.</summary>
    public int LongestReorg { get; private set; }

    /// <summary>A validator that signs past its ledger in this scenario, so that its signatures prove nothing against the product.</summary>
    public ISet<Address> Misbehaving { get; } = new HashSet<Address>();

    internal IReadOnlyList<ReplicaEvent> EventsOf(int silo) => _events.TryGetValue(silo, out List<ReplicaEvent>? events) ? events : [];

    internal void OnAccepted(int silo, Hash256 transaction) => _accepted.TryAdd(transaction, silo);

    /// <summary>Rule 1: a key signs one thing at a position.</summary>
    internal void OnSigned(Address validator, Duty duty, Hash256 digest)
    {
        Signatures++;
        if (_signed.TryGetValue((validator, duty), out Hash256 known) && known != digest)
        {
            Break($"1: {validator} signed two things: {duty}");
        }

        _signed[(validator, duty)] = digest;
    }

    /// <summary>Rule 2: no checkpoint on L1 without a quorum.</summary>
    internal AttestationVerdict OnPublished(CheckpointPublication publication)
    {
        if (_pipeline.Replaced?.Invoke(publication) is { } replaced)
        {
            return replaced;
        }

        Committee committee = _pipeline.CommitteeOf(publication.Header.Slot);
        CertificateCheck? check = publication.Certificate?.Check(_pipeline.Settings.Domains, committee);
        if (check is not CertificateCheck.Valid || publication.Certificate!.CheckpointHash != publication.Header.Hash)
        {
            Break($"2: the checkpoint of slot {publication.Header.Slot} was posted without a quorum: {check?.ToString() ?? "no certificate"}");
        }

        if (publication.Chunks.Length != publication.Header.Chunks
            || CheckpointHeader.HashOfChunks([.. publication.Chunks.Select(chunk => chunk.Header.Hash)]) != publication.Header.ChunksHash
            || publication.Chunks.Any(chunk => chunk.Bodies is null && !chunk.Header.Transactions.IsEmpty))
        {
            Break($"5: the checkpoint of slot {publication.Header.Slot} was posted with other chunks than its header names, or without their transactions: {publication.Chunks.Length} of {publication.Header.Chunks}, "
                + $"without transactions: {string.Join(' ', publication.Chunks.Where(chunk => chunk.Bodies is null).Select(chunk => chunk.Header.Index))}");
        }

        return AttestationVerdict.Valid;
    }

    internal void Watch(int silo)
    {
        long? after = _watchers.TryGetValue(silo, out Watcher? former) ? former.Last : null;
        former?.Subscription.Dispose();
        ReplicaNode replica = _pipeline.Replica(silo);
        switch (replica.Events.Subscribe(after, capacity: 65_536))
        {
            case Subscribing.Subscribed subscribed:
                _watchers[silo] = new Watcher(silo, replica, subscribed.Subscription, former);
                break;
            case Subscribing.TooOld old:
                // The journal was written anew just before the end: what is not settled is told from its beginning.
                former?.Levels.Clear();
                Subscribing again = replica.Events.Subscribe(old.Oldest, capacity: 65_536);
                _watchers[silo] = new Watcher(silo, replica, ((Subscribing.Subscribed)again).Subscription, former);
                break;
            default:
                Break($"the replica of silo {silo} takes no reader");
                break;
        }
    }

    /// <summary>After every step: null where everything holds.</summary>
    internal string? Check()
    {
        foreach (Watcher watcher in _watchers.Values)
        {
            while (watcher.Subscription.Reader.TryRead(out ReplicaEvent? happened))
            {
                watcher.Last = happened.Sequence;
                if (_pipeline.Setup.KeepsLog)
                {
                    Keep(watcher.Silo, happened);
                }

                Take(watcher, happened);
            }
        }

        return _broken;
    }

    /// <summary>At the end of every scenario.</summary>
    internal void CheckNow()
    {
        Check();
        CheckL1();
        foreach (Watcher watcher in _watchers.Values)
        {
            if (watcher.Replica.Completion.IsFaulted)
            {
                Break($"the replica of silo {watcher.Silo} stopped: {watcher.Replica.Completion.Exception!.InnerException}");
            }
        }

        if (_broken is not null)
        {
            _pipeline.Context.Break("pipeline", _broken);
        }
    }

    /// <summary>Whether every accepted transaction is on L1, dropped with a reason, or waits behind a nonce that was never accepted.</summary>
    internal bool HasSettled() => _accepted.All(accepted => StandingOf(accepted.Key, accepted.Value) is "settled" or "dropped" or "queued");

    /// <summary>Rules 3, 4, 5 and 7 when everything is quiet.</summary>
    internal void CheckEnd()
    {
        foreach ((Hash256 transaction, int silo) in _accepted)
        {
            if (StandingOf(transaction, silo) is "lost" or "open")
            {
                Break($"4: transaction {transaction}, accepted by silo {silo}, is {StandingOf(transaction, silo)}");
            }
        }

        CheckL1();
    }

    private string StandingOf(Hash256 transaction, int silo)
    {
        ReplicaNode replica = _pipeline.Replica(silo);
        return replica.FindReport(in transaction)?.Status switch
        {
            TransactionStatus.Checkpointed or TransactionStatus.Proven or TransactionStatus.Finalized => "settled",

            // Nobody here takes one out of a pool: a defect did.
            TransactionStatus.Dropped { Reason: var reason } when reason == Removed => "lost",
            TransactionStatus.Dropped => "dropped",
            null => replica.View.FindTransaction(in transaction) is not null ? "settled" : "lost",
            TransactionStatus.Pending when !replica.Pool.TryGet(in transaction, out _) => "lost",
            TransactionStatus.Pending when replica.Pool.Counts.Pending == 0 => "queued",
            _ => "open",
        };
    }

    private void Keep(int silo, ReplicaEvent happened)
    {
        if (!_events.TryGetValue(silo, out List<ReplicaEvent>? events))
        {
            _events.Add(silo, events = []);
        }

        events.Add(happened);
    }

    private void Break(string what) => _broken ??= what;

    private void Take(Watcher watcher, ReplicaEvent happened)
    {
        switch (happened)
        {
            case ReplicaEvent.StatusChanged { Change: var change }:
                Take(watcher, change);
                break;
            case ReplicaEvent.TipMoved { Tip: Tip.Finalized } moved:
                // Rule 7: what is final is the same everywhere, for ever.
                if (_final.TryGetValue(moved.To.Number, out Hash256 known) && known != moved.To.Hash)
                {
                    Break($"7: two replicas have different final blocks {moved.To.Number}: {known} and {moved.To.Hash} in silo {watcher.Silo}");
                }

                _final[moved.To.Number] = moved.To.Hash;
                break;
            case ReplicaEvent.ChunkExecuted executed:
                Executed++;
                Take(watcher, executed.Block);
                if (_pipeline.Setup.Defect == PlantedDefect.ReorgLosesTransactions)
                {
                    watcher.Transactions[executed.Block.Hash] = [.. executed.Block.Transactions.Select(transaction => transaction.Hash)];
                }

                break;
            case ReplicaEvent.Pruned pruned:
                LongestReorg = Math.Max(LongestReorg, pruned.Blocks.Length);
                foreach (BlockId block in pruned.Blocks)
                {
                    if (_final.TryGetValue(block.Number, out Hash256 final) && final == block.Hash)
                    {
                        Break($"5: silo {watcher.Silo} gave up block {block.Number} of slot {pruned.Slot}, which is final: {pruned.Reason}");
                    }
                }

                if (_pipeline.Setup.Defect == PlantedDefect.ReorgLosesTransactions)
                {
                    Lose(watcher, pruned);
                }

                break;
            case ReplicaEvent.EvidenceFound { Evidence: var evidence } when evidence.Verify(_pipeline.Settings.Domains) is EvidenceVerdict.Proven proven:
                if (!Misbehaving.Contains(proven.Offender))
                {
                    Break($"1: evidence against {proven.Offender}, which is honest: {proven.Offence} {evidence.Position}");
                }

                break;
            default:
                break;
        }
    }

    /// <summary>Rule 4: a status goes back only with a reason.</summary>
    private void Take(Watcher watcher, StatusChange change)
    {
        int before = watcher.Levels.GetValueOrDefault(change.Transaction);
        int now = change.Status.Level;
        if (now < before && change.Broken is null && !(change.Status is TransactionStatus.Dropped && before <= 1))
        {
            Break($"4: in silo {watcher.Silo} transaction {change.Transaction} went back from level {before} to {now} ({change.Status}) without a reason");
        }

        if (change.Broken is not null)
        {
            Broken++;
        }

        watcher.Levels[change.Transaction] = now;
    }

    /// <summary>Rule 6: a sealed chunk is the concatenation of its flashblocks.</summary>
    private void Take(Watcher watcher, ExecutedBlock block)
    {
        if (block.Proposal?.Header is not { } header)
        {
            return;
        }

        ImmutableArray<Protocol.Flashblocks.Flashblock> flashblocks = watcher.Replica.FindFlashblocks(header.Slot, header.Index);
        if (flashblocks.IsDefaultOrEmpty || !flashblocks[^1].Payload.IsLast || flashblocks[^1].Payload.Producer != header.Producer)
        {
            return;
        }

        int count = flashblocks.Sum(flashblock => flashblock.Payload.Diff.Transactions.Length);
        if (flashblocks[^1].Payload.Diff.BlockHash != block.Hash || count != block.Transactions.Length)
        {
            Break($"6: chunk {header.Index} of slot {header.Slot} is not the concatenation of its flashblocks in silo {watcher.Silo}");
        }
    }

    /// <summary>Rule 5: L1 has a checkpoint once, and what replicas call checkpointed is on it.</summary>
    private void CheckL1()
    {
        ImmutableArray<L1Update.Block> blocks = _pipeline.L1.Blocks;
        HashSet<Hash256> landed = [];
        foreach (L1Update.Block block in blocks)
        {
            foreach (RollupChange.CheckpointLanded checkpoint in block.Changes.OfType<RollupChange.CheckpointLanded>())
            {
                if (!landed.Add(checkpoint.Header.Hash))
                {
                    Break($"5: the checkpoint of slot {checkpoint.Header.Slot} is on L1 twice");
                }
            }
        }
    }

    private static void Lose(Watcher watcher, ReplicaEvent.Pruned pruned)
    {
        foreach (BlockId block in pruned.Blocks)
        {
            if (watcher.Transactions.TryGetValue(block.Hash, out ImmutableArray<Hash256> transactions))
            {
                foreach (Hash256 transaction in transactions)
                {
                    watcher.Replica.Pool.Remove(transaction);
                }
            }
        }
    }

    private sealed class Watcher(int silo, ReplicaNode replica, EventSubscription subscription, Watcher? former)
    {
        public int Silo => silo;

        public ReplicaNode Replica => replica;

        public EventSubscription Subscription => subscription;

        public long? Last { get; set; } = former?.Last;

        /// <summary>What the silo has told of each transaction, over its lives.</summary>
        public Dictionary<Hash256, int> Levels { get; } = former?.Levels ?? [];

        public Dictionary<Hash256, ImmutableArray<Hash256>> Transactions { get; } = former?.Transactions ?? [];
    }
}
