using System.Collections.Immutable;
using Cloud.Grains.Committees;
using Cloud.Grains.Hosting;
using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Grains.Interfaces.Slots;
using Cloud.Grains.Interfaces.Validators;
using Cloud.Grains.Signing;
using Cloud.Grains.Validators;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Proposing;
using Cloud.Protocol.Time;
using Cloud.Replica.Chains;
using Cloud.Replica.Node;
using Cloud.Replica.Views;
using Cloud.Replica.Work;
using Cloud.Settlement.L1Events;
using Microsoft.Extensions.Logging;

namespace Cloud.Grains.Feed;

/// <summary>One silo's part in the pipeline: it feeds the silo's replica from streams, announcements and L1, attests with the validators that are here, and passes on what the replica finds.</summary>
/// <remarks>Its own code runs one turn at a time, on a scheduler of its own; in a simulation on the silo's.</remarks>
public sealed partial class SiloNode : ILifecycleParticipant<ISiloLifecycle>, IAsyncDisposable
{
    private readonly ReplicaOpener _open;
    private readonly CommitteeCache _committees;
    private readonly IValidatorKeys _keys;
    private readonly IL1 _l1;
    private readonly IWorkRunner _work;
    private readonly IServiceProvider _services;
    private readonly ILogger<SiloNode> _logger;
    private readonly CancellationTokenSource _stopped = new();

    // In an order of their own: a simulation asks them in the same order each time.
    private ImmutableSortedDictionary<Address, IValidatorGrain> _validators = ImmutableSortedDictionary<Address, IValidatorGrain>.Empty;
    private ImmutableList<ProposerDuty> _proposers = [];
    private ReplicaNode? _replica;
    private TaskScheduler _turns = TaskScheduler.Default;
    private ISiloFeed? _reference;
    private FeedReceiver? _receiver;
    private DateTimeOffset? _l1Time;

    /// <summary>Makes the silo's part; it starts with the silo.</summary>
    /// <param name="rollup">The rollup.</param>
    /// <param name="options">What this process decides by itself.</param>
    /// <param name="open">Gives the replica.</param>
    /// <param name="grains">Where grains are.</param>
    /// <param name="committees">Known committees.</param>
    /// <param name="keys">The validators' keys.</param>
    /// <param name="l1">L1.</param>
    /// <param name="work">Where signatures are checked.</param>
    /// <param name="silo">The silo.</param>
    /// <param name="time">The clock.</param>
    /// <param name="services">Where the streams are.</param>
    /// <param name="logger">The log.</param>
    public SiloNode(
        RollupSettings rollup,
        PipelineOptions options,
        ReplicaOpener open,
        IGrainFactory grains,
        CommitteeCache committees,
        IValidatorKeys keys,
        IL1 l1,
        IWorkRunner work,
        ILocalSiloDetails silo,
        TimeProvider time,
        IServiceProvider services,
        ILogger<SiloNode> logger)
    {
        ArgumentNullException.ThrowIfNull(silo);
        Rollup = rollup;
        Options = options;
        Grains = grains;
        Time = time;
        Name = silo.Name;
        _open = open;
        _committees = committees;
        _keys = keys;
        _l1 = l1;
        _work = work;
        _services = services;
        _logger = logger;
    }

    /// <summary>Name of the silo.</summary>
    public string Name { get; }

    /// <summary>The process's replica.</summary>
    /// <exception cref="InvalidOperationException">The silo has not started.</exception>
    public ReplicaNode Replica => _replica ?? throw new InvalidOperationException("The silo has not started.");

    internal RollupSettings Rollup { get; }

    internal PipelineOptions Options { get; }

    internal IGrainFactory Grains { get; }

    internal TimeProvider Time { get; }

    private ConsensusTimetable Consensus => Rollup.Timetable.Consensus;

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle)
    {
        ArgumentNullException.ThrowIfNull(lifecycle);

        // The replica stands before any grain can be called; the loops start when grains can.
        lifecycle.Subscribe(nameof(SiloNode), ServiceLifecycleStage.RuntimeGrainServices, OpenAsync, _ => Task.CompletedTask);
        lifecycle.Subscribe(nameof(SiloNode), ServiceLifecycleStage.Active + 1, StartAsync, StopAsync);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_stopped.IsCancellationRequested)
        {
            await _stopped.CancelAsync();
        }

        foreach (ProposerDuty duty in _proposers)
        {
            duty.Dispose();
        }

        _stopped.Dispose();
    }

    /// <summary>The committee of a slot; null where it is not known, and for slots far ahead, which nobody has to ask for.</summary>
    internal ValueTask<Committee?> CommitteeOf(ulong slot) => Rollup.IsNear(slot, Time.GetUtcNow()) ? _committees.OfSlot(slot) : default;

    /// <summary>A validator is awake in this silo.</summary>
    internal void Join(Address validator, IValidatorGrain grain) => ImmutableInterlocked.Update(ref _validators, validators => validators.SetItem(validator, grain));

    /// <summary>A validator is no longer in this silo.</summary>
    internal void Leave(Address validator) => ImmutableInterlocked.Update(ref _validators, validators => validators.Remove(validator));

    /// <summary>A slot is proposed in this silo.</summary>
    internal void Join(ProposerDuty duty) => ImmutableInterlocked.Update(ref _proposers, duties => duties.Contains(duty) ? duties : duties.Add(duty));

    /// <summary>A slot is no longer proposed in this silo.</summary>
    internal void Leave(ProposerDuty duty) => ImmutableInterlocked.Update(ref _proposers, duties => duties.Remove(duty));

    /// <summary>Whether a block stands on another, or is it, as far as memory goes.</summary>
    internal Task<bool> StandsOn(Hash256 ancestor, Hash256 descendant) => Replica.StandsOnAsync(ancestor, descendant);

    /// <summary>Whether a block is neither on L1 nor given up.</summary>
    internal async Task<bool> IsOpen(Hash256 block)
    {
        ReplicaView view = Replica.View;
        return await StandsOn(block, view.Tips.Proposed.Hash) && !await StandsOn(block, view.Tips.Checkpointed.Hash);
    }

    /// <summary>Whether a block is executed here, as a whole or as far as it was shown.</summary>
    internal bool HasBlock(Hash256 block)
    {
        ReplicaView view = Replica.View;
        return view.Recent.Any(executed => executed.Hash == block) || view.PendingBlocks.Any(pending => pending.IsComplete && pending.Hash == block) || view.Tips.Proposed.Hash == block;
    }

    /// <summary>Whether a chunk is executed here as a whole.</summary>
    internal bool HasChunk(ulong slot, uint index) => Replica.View.Recent.Any(executed => executed.Slot == slot && executed.Proposal?.Header.Index == index);

    /// <summary>Whether the slot that ends with a block has certainly no chunk after it.</summary>
    internal bool EndsSlot(Hash256 block)
    {
        ReplicaView view = Replica.View;
        foreach (ExecutedBlock executed in view.Recent)
        {
            if (executed.Hash == block)
            {
                return executed.Proposal?.Header is not { } header || header.IsLast;
            }
        }

        foreach (PendingBlock pending in view.PendingBlocks)
        {
            if (pending.Hash == block)
            {
                return pending.Chunk + 1 >= (uint)Rollup.Timetable.ChunksPerSlot;
            }
        }

        return false;
    }

    /// <summary>A chunk's transactions, from the replica.</summary>
    internal ImmutableArray<Bytes> BodiesOf(Hash256 block) =>
        Replica.View.Recent.FirstOrDefault(executed => executed.Hash == block) is { } found ? [.. found.Transactions.Select(transaction => transaction.Raw)] : default;

    /// <summary>A chunk with its transactions from the chunk's grain; as it was where the grain lacks one of them.</summary>
    internal async Task<ChunkProposal> PullBodies(ChunkProposal proposal, CancellationToken cancellationToken)
    {
        ImmutableArray<Hash256> wanted = proposal.Header.Transactions;
        ImmutableArray<Bytes>.Builder bodies = ImmutableArray.CreateBuilder<Bytes>(wanted.Length);
        while (bodies.Count < wanted.Length)
        {
            ImmutableArray<Hash256> batch = wanted.Slice(bodies.Count, Math.Min(FeedLimits.MaxBodies, wanted.Length - bodies.Count));
            ImmutableArray<byte[]> found = await Grains.Chunk(proposal.Header.Slot, proposal.Header.Index).PullBodies(batch).Within(Options.CallTimeout, Time, cancellationToken);
            int before = bodies.Count;
            for (int i = 0; i < found.Length && Keccak256.Hash(found[i]) == batch[i]; i++)
            {
                bodies.Add(new Bytes(found[i]));
            }

            // An answer may end early, since its bytes are bounded, but the first of what is asked for is in it.
            if (bodies.Count == before)
            {
                return proposal;
            }
        }

        return new ChunkProposal(proposal.Context, proposal.Header, proposal.Signature, bodies.MoveToImmutable());
    }

    /// <summary>What L1 has before a slot, as soon as that is clear.</summary>
    internal async Task<ParentStanding?> FindStanding(ulong slot, Hash256 parent)
    {
        L1Tip tip = await Replica.FindL1TipAsync();
        if (parent.IsZero && tip.Checkpoint is null)
        {
            // The first checkpoint waits for no other; what is bad goes in its transaction.
            return new ParentStanding.Nothing();
        }

        if (tip.Checkpoint is { } checkpoint && checkpoint == parent && !parent.IsZero)
        {
            // Also where bad ones stand above it: they go in the transaction that posts this one.
            return new ParentStanding.Landed(checkpoint);
        }

        // Until the inclusion window of the slot before is over on L1, its checkpoint can still land.
        if (_l1Time is not { } time || Consensus.SlotAt(time + Consensus.Timing.L1Slot) is not { } next || next < slot + (ulong)Consensus.Timing.InclusionWindow - 1)
        {
            return null;
        }

        return tip.IsBad ? new ParentStanding.InvalidAttestations()
            : tip.Checkpoint is { } landed ? new ParentStanding.Landed(landed)
            : new ParentStanding.Nothing();
    }

    /// <summary>Publishes on a stream, without waiting for delivery.</summary>
    internal void Publish(string stream, params ImmutableArray<byte[]> messages) => _receiver?.Publish(stream, messages);

    /// <summary>An own chunk is durable: the validators here attest it as any other.</summary>
    internal void OnOwnChunk(ChunkProposal proposal) => InTurn(() => Consider(proposal));

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        // In a simulation this is the silo's scheduler; a real silo starts on the thread pool and gets one that runs a turn at a time.
        _turns = TaskScheduler.Current == TaskScheduler.Default ? new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler : TaskScheduler.Current;
        _replica = await _open(_services, cancellationToken);
    }

    private Task StartAsync(CancellationToken cancellationToken)
    {
        _receiver = new FeedReceiver(this, _services, _logger);
        _reference = Grains.CreateObjectReference<ISiloFeed>(_receiver);
        Replica.Connect(new FeedSource(this, _l1));
        InTurn(() => BeginAsync(_receiver).Forget(_logger));
        return Task.CompletedTask;
    }

    private async Task BeginAsync(FeedReceiver receiver)
    {
        for (int attempt = 1; !HasGrains(); attempt++)
        {
            if (attempt == 1)
            {
                LogAlone(_logger);
            }

            await Task.Delay(Options.BackOff(attempt), Time, _stopped.Token);
        }

        receiver.SubscribeAsync(_stopped.Token).Forget(_logger);
        Loop(HeartbeatAsync).Forget(_logger);
        Loop(FollowL1Async).Forget(_logger);
        Loop(FollowReplicaAsync).Forget(_logger);
        if (Options.ResendTransactionsAfter > TimeSpan.Zero)
        {
            Loop(ResendAsync).Forget(_logger);
        }

        // Publications that a process left behind when it died go on at once, and not with the next one.
        Grains.Publisher().Resume().Forget(_logger);
    }

    /// <summary>Whether any process of the cluster hosts the pipeline's grains. A gateway hosts none, and may have started first.</summary>
    private bool HasGrains()
    {
        try
        {
            _ = Grains.Publisher();
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopped.CancelAsync();
        _replica?.Connect(null);
    }

    /// <summary>Runs a loop until the silo stops, anew where it fails.</summary>
    private async Task Loop(Func<CancellationToken, Task> body)
    {
        for (int attempt = 1; !_stopped.IsCancellationRequested; attempt++)
        {
            try
            {
                await body(_stopped.Token);
            }
            catch (OperationCanceledException) when (_stopped.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                LogLoopFailed(_logger, exception, body.Method.Name);
            }

            await Task.Delay(Options.BackOff(attempt), Time, _stopped.Token);
        }
    }

    internal void InTurn(Action turn)
    {
        if (!_stopped.IsCancellationRequested)
        {
            Task.Factory.StartNew(turn, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _turns).Forget(_logger);
        }
    }

    // What keeps the slots going.

    private async Task HeartbeatAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            DateTimeOffset now = Time.GetUtcNow();
            ulong slot = Consensus.BuildingSlotAt(now) ?? 0;
            Enter(slot).Forget(_logger);
            ulong oldest = slot;
            while (oldest > 0 && now <= Consensus.AttestationDeadline(oldest - 1))
            {
                // A slot before still collects attestations, in a grain that may have lost its list of silos.
                Enter(--oldest).Forget(_logger);
            }

            DateTimeOffset ahead = Consensus.FrameStart(slot + 1) - Options.EnterAhead;
            if (now >= ahead)
            {
                Enter(slot + 1).Forget(_logger);
            }

            if (Options.HasOtherSilos)
            {
                Grains.Publisher().Resume().Forget(_logger);
            }

            WakeValidators(oldest, slot, now >= ahead ? slot + 1 : slot).Forget(_logger);
            TimeSpan wait = ahead > now && ahead - now < Options.Heartbeat ? ahead - now : Options.Heartbeat;
            await Task.Delay(wait + TimeSpan.FromMilliseconds(1), Time, cancellationToken);
        }
    }

    private async Task Enter(ulong slot)
    {
        SlotView? view = await Grains.Slot(slot).Enter(Name, _reference!).Within(Options.CallTimeout, Time, _stopped.Token);
        if (view is null)
        {
            return;
        }

        foreach (ChunkNotice notice in view.Chunks)
        {
            Consider(notice);
        }

        foreach (ChunkCertificate certificate in view.Certificates)
        {
            await Take(certificate);
        }

        if (view.Proposal is { } proposal)
        {
            await Take(proposal);
        }

        if (view.Certificate is { } final)
        {
            await Take(final);
        }
    }

    /// <summary>Validators that are nowhere are woken, and so are proposers: in this silo, or in another one that is alive.</summary>
    private async Task WakeValidators(ulong oldest, ulong slot, ulong next)
    {
        for (ulong wanted = oldest; wanted <= next; wanted++)
        {
            if (wanted < slot && !IsUnpublished(wanted))
            {
                continue;
            }

            Committee? committee = await _committees.OfSlot(wanted);
            Address? proposer = committee?.ProposerAt(wanted);
            foreach (Address validator in _keys.Validators)
            {
                bool isProposer = proposer == validator;
                if ((isProposer && !_proposers.Any(duty => duty.Slot == wanted)) || (wanted == slot && !_validators.ContainsKey(validator)))
                {
                    Grains.Validator(validator).Wake(wanted).Forget(_logger);
                }
            }
        }
    }

    /// <summary>Whether chunks of a slot are here and not on L1: a proposer that died in it has to go on.</summary>
    private bool IsUnpublished(ulong slot)
    {
        ReplicaView view = Replica.View;
        return view.Recent.Any(block => block.Slot == slot && block.Number > view.Tips.Checkpointed.Number) || view.PendingBlocks.Any(block => block.Slot == slot);
    }

    // L1.

    private async Task FollowL1Async(CancellationToken cancellationToken)
    {
        await foreach (L1Update update in _l1.FollowAsync(Replica.View.L1Head, cancellationToken))
        {
            await Replica.L1MovedAsync(update);
            if (update is L1Update.Block block)
            {
                _l1Time = block.Timestamp;
            }

            // Messages from L1 are a reason to build, as transactions are.
            foreach (ProposerDuty duty in _proposers)
            {
                duty.OnAvailable();
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "{Loop} failed and starts again")]
    private static partial void LogLoopFailed(ILogger logger, Exception exception, string loop);

    [LoggerMessage(6, LogLevel.Warning, "No silo of the cluster is there yet; this gateway waits for one")]
    private static partial void LogAlone(ILogger logger);

    [LoggerMessage(2, LogLevel.Warning, "A {Kind} from the feed was not taken: {Reason}")]
    private static partial void LogRefused(ILogger logger, string kind, string reason);

    [LoggerMessage(3, LogLevel.Information, "Chunk {Index} of slot {Slot} is not attested: {Verdict} {Detail}")]
    private static partial void LogNotAttested(ILogger logger, ulong slot, uint index, string verdict, string? detail);

    [LoggerMessage(5, LogLevel.Information, "The checkpoint of slot {Slot} is not attested: {Check} {Fault}")]
    private static partial void LogCheckpointNotAttested(ILogger logger, ulong slot, string check, string? fault);

    [LoggerMessage(4, LogLevel.Debug, "{Validator} does not attest in slot {Slot}: {Reason}")]
    private static partial void LogNone(ILogger logger, Address validator, ulong slot, string reason);
}
