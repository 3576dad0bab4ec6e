using System.Collections.Immutable;
using Cloud.Protocol.Checkpoints;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Chains;
using Cloud.Replica.Events;
using Cloud.Replica.Node;
using Cloud.Replica.Statuses;
using Cloud.Replica.Views;
using Cloud.Replica.Work;
using Cloud.Storage.Journals;

namespace Cloud.Replica.Tests.Node;

/// <summary>A node in memory, and what it emits. Storage and journal outlive it, as a disk outlives a process.</summary>
internal sealed class TestNode : IFlashblockPublisher
{
    private TestNode(NodeRollup rollup, ManualTime time, IChainStorage storage, IJournal journal, ReplicaNode node)
    {
        Rollup = rollup;
        Time = time;
        Storage = storage;
        Journal = journal;
        Node = node;
        Subscription = ((Subscribing.Subscribed)node.Events.Subscribe(capacity: 1_000_000)).Subscription;
    }

    public NodeRollup Rollup { get; }

    public ManualTime Time { get; }

    public IChainStorage Storage { get; }

    public IJournal Journal { get; }

    public ReplicaNode Node { get; }

    public EventSubscription Subscription { get; }

    public List<Flashblock> Emitted { get; } = [];

    public Func<FlashblockPayload, bool> MaySign { get; set; } = _ => true;

    public Action<Flashblock>? OnEmit { get; set; }

    public static async Task<TestNode> OpenAsync(
        NodeRollup rollup, ManualTime time, IChainStorage? storage = null, IJournal? journal = null, IFeedSource? source = null, ReplicaOptions? options = null)
    {
        storage ??= new MemoryChainStorage();
        journal ??= new MemoryJournal();
        ReplicaServices services = new() { Time = time, Work = new InlineWorkRunner(), Storage = storage, Journal = journal, Source = source };
        return new TestNode(rollup, time, storage, journal, await ReplicaNode.OpenAsync(rollup.Genesis, options ?? new ReplicaOptions(), services));
    }

    public async Task<TestNode> RestartAsync(ReplicaOptions? options = null)
    {
        Node.Abort();
        return await OpenAsync(Rollup, Time, Storage, Journal, options: options);
    }

    public ValueTask<Signature?> SignAsync(FlashblockPayload payload, CancellationToken cancellationToken) =>
        ValueTask.FromResult<Signature?>(MaySign(payload) ? Rollup.Sign(payload.Producer, payload.Statement) : null);

    public ValueTask EmitAsync(Flashblock flashblock, CancellationToken cancellationToken)
    {
        Emitted.Add(flashblock);
        OnEmit?.Invoke(flashblock);
        return ValueTask.CompletedTask;
    }

    public async Task<Hash256> SubmitAsync(Transaction transaction)
    {
        SubmitOutcome outcome = await Node.SubmitAsync(transaction.Raw.Memory);
        return Assert.IsType<SubmitOutcome.Accepted>(outcome).Hash;
    }

    public BuildRequest Request(ulong slot, uint index, Hash256 parent, int minTransactions = 0, bool isLast = false, bool isResumed = false)
    {
        Address producer = Rollup.Committee.ProposerAt(slot);
        DateTimeOffset deadline = Rollup.Timetable.Consensus.FrameStart(slot) + (Rollup.Genesis.Timing.Chunk * (index + 1));
        return new BuildRequest(slot, index, parent, producer, producer, deadline, minTransactions, isLast, isResumed, 6);
    }

    /// <summary>Builds a chunk at its time and takes it over.</summary>
    public async Task<ChunkProposal> BuildAsync(ulong slot, uint index, Hash256? parent = null, bool isLast = false)
    {
        BuildRequest request = Request(slot, index, parent ?? Node.View.Latest.Hash, isLast: isLast);
        DateTimeOffset start = request.Deadline - Rollup.Genesis.Timing.Chunk;
        if (Time.GetUtcNow() < start)
        {
            await Task.Delay(start - Time.GetUtcNow(), Time);
        }

        BuildOutcome outcome = await Node.BuildAsync(request, this);
        ChunkProposal proposal = Rollup.Propose(Assert.IsType<BuildOutcome.Sealed>(outcome).Header);
        Assert.IsType<AdoptOutcome.Adopted>(await Node.AdoptAsync(proposal));
        return proposal;
    }

    public CheckpointHeader Checkpoint(ulong slot, Hash256 parent = default)
    {
        CandidateChunk[] chunks = [.. Node.View.Recent.Where(block => block.Slot == slot).Select(block => new CandidateChunk(block.Proposal!.Header, block.Hash, ChunkStanding.Certified))];
        return CheckpointAssembly.HeaderOf(Rollup.Timetable.Consensus, in parent, chunks, Hash256.Zero);
    }

    public TransactionStatus StatusOf(Hash256 hash) => Node.FindReport(in hash)!.Status;

    public List<ReplicaEvent> Events()
    {
        List<ReplicaEvent> events = [];
        while (Subscription.Reader.TryRead(out ReplicaEvent? next))
        {
            events.Add(next);
        }

        return events;
    }

    public ImmutableArray<StatusEntry> HistoryOf(Hash256 hash) => Node.FindReport(in hash)!.History;
}
