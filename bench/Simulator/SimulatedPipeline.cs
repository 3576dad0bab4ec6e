using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using Cloud.Embedded.Simulation;
using Cloud.Execution.Pool;
using Cloud.Execution.Processing;
using Cloud.Grains.Committees;
using Cloud.Grains.Feed;
using Cloud.Grains.Hosting;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Chains;
using Cloud.Replica.Events;
using Cloud.Replica.Genesis;
using Cloud.Replica.Node;
using Cloud.Replica.Work;
using Cloud.Settlement.L1Events;
using Cloud.Settlement.Simulation;
using Cloud.Storage.Journals;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace Cloud.Simulator;

/// <summary>A simulated cluster as a scenario works with it: start, wait for slots, break things, look.</summary>
/// <remarks>Disks of silos (replica's storage and journal, grain storage) and L1 outlive the silos. Everything runs on the simulation's one thread.</remarks>
public sealed class SimulatedPipeline
{
    private const string InnerStorage = "inner";
    private const int FirstUser = 1_000_000;
    private static readonly ConcurrentDictionary<(int User, ulong Nonce), Bytes> Transfers = new();
    private static readonly SenderCache Senders = new();

    private readonly Dictionary<int, (MemoryChainStorage Chain, MemoryJournal Journal)> _disks = [];
    private readonly Dictionary<int, ReplicaNode> _replicas = [];
    private readonly Dictionary<int, ulong> _nonces = [];
    private readonly List<string> _log = [];
    private readonly List<(Address, Duty, DateTimeOffset)> _signed = [];
    private SimulationContext? _context;
    private SimulatedL1? _chain;
    private SimulatedL1Adapter? _l1;
    private bool _isSettling;
    private bool _isWatching;

    internal SimulatedPipeline(ulong seed, PipelineSetup setup)
    {
        Setup = setup;
        Seed = seed;
        DateTimeOffset start = new SimulationOptions().Start;
        ConsensusTiming timing = ConsensusTiming.WithDefaults(setup.Profile, start, setup.Slot, setup.L1Slot, setup.Chunk) with { InclusionWindow = setup.InclusionWindow };
        timing = timing with { Grace = setup.Grace ?? timing.Grace, MaxChunksPerSlot = setup.MaxChunksPerSlot ?? timing.MaxChunksPerSlot };

        // The first frame starts a few seconds after the silos.
        timing = timing with { Genesis = start + TimeSpan.FromSeconds(4) + (setup.Profile == TimingProfile.Sequential ? TimeSpan.Zero : setup.Slot + timing.Lead) };
        timing = timing with { Genesis = new DateTimeOffset(timing.Genesis.Ticks - (timing.Genesis.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero) };
        Validators = [.. Enumerable.Range(1, setup.Validators).Select(NumberedAddress)];
        Genesis = new GenesisConfig
        {
            Chain = new ChainConfig { ChainId = 7_001, PragueTime = 0, OsakaTime = 0 },
            Rollup = NumberedAddress(0xc0ffee),
            Timing = timing,
            Committee = new CommitteeRules(32, setup.Validators, 2, 2),
            Validators = Validators,
            Randao = Keccak256.Hash(BitConverter.GetBytes(seed)),
            Accounts = [.. Enumerable.Range(0, setup.Users).Select(user => new GenesisAccount(AddressOf(KeyOf(user)), UInt256.Parse("1000000000000000000000")))],
        };
        Genesis = setup.SlotTransactions is { } most ? Genesis with { SlotLimits = Genesis.SlotLimits with { Transactions = (ulong)most } } : Genesis;
        Settings = new RollupSettings(Genesis.Context, Protocol.Time.Timetable.Create(timing, setup.Budgets).OrThrow(), Genesis.Committee, scheme: SimulatedSignatures.Instance);
        Invariants = new PipelineInvariants(this);
        Keys = new SimulatedKeys(Validators, Delay, (validator, duty, digest) =>
        {
            if (setup.KeepsLog)
            {
                _signed.Add((validator, duty, Now));
            }

            Invariants.OnSigned(validator, duty, digest);
        });
    }

    /// <summary>The seed.</summary>
    public ulong Seed { get; }

    /// <summary>What the cluster consists of.</summary>
    public PipelineSetup Setup { get; }

    /// <summary>The rollup.</summary>
    public GenesisConfig Genesis { get; }

    /// <summary>The rollup as grains know it.</summary>
    public RollupSettings Settings { get; }

    /// <summary>The validators.</summary>
    public ImmutableArray<Address> Validators { get; }

    /// <summary>The simulation below: time, silos, faults.</summary>
    public SimulationContext Context => _context ?? throw new InvalidOperationException("The simulation has not begun.");

    /// <summary>L1.</summary>
    public SimulatedL1Adapter L1 => _l1 ?? throw new InvalidOperationException("The simulation has not begun.");

    /// <summary>Grains, as a client sees them.</summary>
    public IGrainFactory Grains => Context.Client;

    /// <summary>What must always hold.</summary>
    public PipelineInvariants Invariants { get; }

    /// <summary>Transactions that a replica has accepted.</summary>
    public IReadOnlyCollection<Hash256> Accepted => Invariants.Accepted;

    /// <summary>What a silo's replica told, over its lives; where the setup keeps it.</summary>
    /// <param name="silo">The silo.</param>
    /// <returns>The events, oldest first.</returns>
    public IReadOnlyList<ReplicaEvent> Events(int silo) => Invariants.EventsOf(silo);

    /// <summary>The executed chunks of a slot that are in a silo's chain.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="slot">The slot.</param>
    /// <returns>The blocks, lowest first.</returns>
    public IReadOnlyList<ExecutedBlock> Chunks(int silo, ulong slot) => [.. Replica(silo).View.Recent.Where(block => block.Slot == slot)];

    /// <summary>Lines of the silos' logs, where the setup keeps them.</summary>
    public IReadOnlyList<string> Log => _log;

    /// <summary>The present.</summary>
    public DateTimeOffset Now => Context.Time.GetUtcNow();

    /// <summary>The consensus timetable.</summary>
    public ConsensusTimetable Timetable => Settings.Timetable.Consensus;

    /// <summary>Which requests and events are lost, beside those that faults choose; null for none.</summary>
    public Func<SimulatedMessage, bool>? Lose
    {
        get => Context.Lose;
        set => Context.Lose = value;
    }

    /// <summary>Which signatures a validator's signer does not give: the process that holds the key hangs; null for none.</summary>
    public Func<Address, Duty, bool>? RefuseToSign
    {
        get => Keys.Refuse;
        set => Keys.Refuse = value;
    }

    /// <summary>How long a signature takes, as where the process that holds the key is slow; null for no time.</summary>
    public Func<Duty, TimeSpan>? SignsAfter
    {
        get => Keys.SignsAfter;
        set => Keys.SignsAfter = value;
    }

    /// <summary>Whose key signs for a validator, as where its keystore holds a wrong one; null for its own.</summary>
    public Func<Address, Address>? SignsWith
    {
        get => Keys.Impersonate;
        set => Keys.Impersonate = value;
    }

    /// <summary>What L1's followers find out about the attestations of a posted checkpoint, where whoever posted it replaced them: null for what was sent.</summary>
    public Func<CheckpointPublication, AttestationVerdict?>? Replaced { get; set; }

    /// <summary>Signatures in the order in which they left validators' keys, where the setup keeps a log.</summary>
    public IReadOnlyList<(Address Validator, Duty Duty, DateTimeOffset At)> Signed => _signed;

    internal SimulatedKeys Keys { get; }

    internal IReadOnlyDictionary<int, ReplicaNode> Replicas => _replicas;

    /// <summary>The committee of a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>The committee.</returns>
    public Committee CommitteeOf(ulong slot)
    {
        ulong epoch = Genesis.Committee.EpochOf(slot);
        return ((CommitteeResult.Formed)Committee.Draw(epoch, Validators.AsSpan(), Genesis.Committee.CommitteeSize, CommitteeRules.Seed(epoch, Genesis.Randao))).Committee;
    }

    /// <summary>The proposer of a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>The validator.</returns>
    public Address ProposerOf(ulong slot) => CommitteeOf(slot).ProposerAt(slot);

    /// <summary>A silo's part in the pipeline.</summary>
    /// <param name="silo">Its number.</param>
    /// <returns>The node of its present life.</returns>
    public SiloNode Node(int silo) => Context.Silos[silo].Services.GetRequiredService<SiloNode>();

    /// <summary>A silo's replica; of its last life while it is down.</summary>
    /// <param name="silo">Its number.</param>
    /// <returns>The replica.</returns>
    public ReplicaNode Replica(int silo) => _replicas[silo];

    /// <summary>Signs as a validator, past the ledger: for misbehaving ones.</summary>
    /// <param name="validator">Who signs.</param>
    /// <param name="statement">What.</param>
    /// <returns>The signature.</returns>
    public Signature Sign(in Address validator, in Statement statement) => SimulatedSignatures.Sign(validator, Settings.Domains.Digest(statement));

    /// <summary>Waits in simulated time.</summary>
    /// <param name="time">How long.</param>
    /// <returns>The wait.</returns>
    public Task Delay(TimeSpan time) => Context.Delay(time);

    /// <summary>Waits until a slot's frame starts.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="offset">How long after that.</param>
    /// <returns>The wait.</returns>
    public Task UntilSlot(ulong slot, TimeSpan offset = default)
    {
        TimeSpan wait = Timetable.FrameStart(slot) + offset - Now;
        return wait > TimeSpan.Zero ? Context.Delay(wait) : Task.CompletedTask;
    }

    /// <summary>Waits until something holds, looking ten times a second.</summary>
    /// <param name="condition">What.</param>
    /// <param name="limit">How long at most; null for one minute.</param>
    /// <param name="what">In words, for the failure.</param>
    /// <returns>The wait.</returns>
    /// <exception cref="TimeoutException">It did not come to hold.</exception>
    public async Task Until(Func<bool> condition, TimeSpan? limit = null, string what = "the condition")
    {
        if (!await ComesToHold(condition, limit ?? TimeSpan.FromMinutes(1)))
        {
            throw new TimeoutException($"{what} did not come to hold until {Now:HH:mm:ss}; {Describe()}");
        }
    }

    /// <summary>Waits until something holds, or a time is over.</summary>
    /// <param name="condition">What.</param>
    /// <param name="limit">How long at most.</param>
    /// <returns>Whether it came to hold.</returns>
    public async Task<bool> ComesToHold(Func<bool> condition, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(condition);
        DateTimeOffset end = Now + limit;
        while (!condition())
        {
            if (Now > end)
            {
                return false;
            }

            await Context.Delay(TimeSpan.FromMilliseconds(100));
        }

        return true;
    }

    /// <summary>Submits a transfer of a user's to a silo.</summary>
    /// <param name="user">The user, from 0.</param>
    /// <param name="silo">The silo; null for the user's own.</param>
    /// <param name="anchor">Hash of the block that it was made against; null for any.</param>
    /// <returns>The transaction's hash; null where the silo is down or does not take it.</returns>
    public Task<Hash256?> Submit(int user, int? silo = null, Hash256? anchor = null) => Submit(user, silo, nonce => Transfer(Genesis.Chain.ChainId, user, nonce), anchor);

    /// <summary>Submits a call of a user's, or the creation of a contract, to a silo.</summary>
    /// <param name="user">The user, from 0.</param>
    /// <param name="to">The contract; null for a creation.</param>
    /// <param name="data">Call data or init code.</param>
    /// <param name="silo">The silo; null for the user's own.</param>
    /// <returns>The transaction's hash; null where the silo is down or does not take it.</returns>
    public Task<Hash256?> Submit(int user, Address? to, Bytes data, int? silo = null) => Submit(user, silo, nonce => new TransactionFields
    {
        Type = TransactionType.DynamicFee,
        ChainId = Genesis.Chain.ChainId,
        Nonce = nonce,
        GasLimit = 200_000,
        MaxFeePerGas = 10_000_000_000,
        MaxPriorityFeePerGas = 1_000_000,
        To = to,
        Data = data,
    }.Sign(KeyOf(user)).Raw);

    /// <summary>A user's address.</summary>
    /// <param name="user">The user, from 0.</param>
    /// <returns>The address.</returns>
    public static Address AddressOf(int user) => AddressOf(KeyOf(user));

    private async Task<Hash256?> Submit(int user, int? silo, Func<ulong, Bytes> make, Hash256? anchor = null)
    {
        int home = silo ?? user % Setup.Silos;
        if (!Context.Silos[home].IsAlive || !_replicas.TryGetValue(home, out ReplicaNode? replica))
        {
            return null;
        }

        ulong nonce = _nonces.GetValueOrDefault(user);
        Task<SubmitOutcome> submission = replica.SubmitAsync(make(nonce).Memory, anchor);

        // A silo that dies does not answer any more.
        for (int i = 0; i < 100 && !submission.IsCompleted; i++)
        {
            await Context.Delay(TimeSpan.FromMilliseconds(50));
        }

        if (!submission.IsCompletedSuccessfully || submission.Result is not SubmitOutcome.Accepted accepted)
        {
            return null;
        }

        _nonces[user] = nonce + 1;
        Invariants.OnAccepted(home, accepted.Hash);
        return accepted.Hash;
    }

    /// <summary>Lets users send transactions until the scenario ends, or settles.</summary>
    /// <param name="perSlot">How many in a slot.</param>
    public void Load(int perSlot)
    {
        if (perSlot <= 0)
        {
            return;
        }

        _ = Context.Start("users", async () =>
        {
            while (!_isSettling)
            {
                await Context.Delay(Setup.Slot / perSlot);
                await Submit(Context.Random.Next(Setup.Users));
            }
        });
    }

    /// <summary>Ends all faults, also those of L1, starts what is down, and waits until the cluster works again; then looks at what was promised.</summary>
    /// <param name="slots">How many slots that may take.</param>
    /// <returns>The wait.</returns>
    public async Task SettleAsync(int slots = 6)
    {
        _isSettling = true;
        Context.FaultsEnabled = false;
        _chain?.EndFaults();
        Lose = null;
        RefuseToSign = null;
        SignsAfter = null;
        SignsWith = null;
        Replaced = null;
        foreach (SimulatedSilo silo in Context.Silos)
        {
            if (!silo.IsAlive)
            {
                await Context.Restart(silo);
            }
        }

        ulong from = Timetable.BuildingSlotAt(Now) ?? 0;
        await UntilSlot(from + 2);
        ulong before = Replica(0).View.Tips.Checkpointed.Number;
        await Until(
            () => Enumerable.Range(0, Setup.Silos).All(silo => Replica(silo).View.Tips.Checkpointed.Number > before),
            Setup.Slot * slots,
            "checkpoints landing after the faults");
        await ComesToHold(Invariants.HasSettled, Setup.Slot * slots);
        Invariants.CheckEnd();
    }

    /// <summary>Kills a silo, as a process is killed.</summary>
    /// <param name="silo">Its number.</param>
    public void Kill(int silo)
    {
        Context.Kill(Context.Silos[silo]);
        _replicas[silo].Abort();
    }

    /// <summary>Starts a silo that was killed, on its disk.</summary>
    /// <param name="silo">Its number.</param>
    /// <returns>Its start.</returns>
    public Task Restart(int silo) => Context.Restart(Context.Silos[silo]);

    /// <summary>The state of the cluster in one line, for failures.</summary>
    /// <returns>Tips by silo.</returns>
    public string Describe() => string.Join("; ", _replicas.Select(replica =>
        $"silo {replica.Key}{(Context.Silos[replica.Key].IsAlive ? "" : " (down)")}: proposed {replica.Value.View.Tips.Proposed.Number} attested {replica.Value.View.Tips.Attested.Number}"
        + $" checkpointed {replica.Value.View.Tips.Checkpointed.Number} finalized {replica.Value.View.Tips.Finalized.Number}"));

    internal void ConfigureSilo(int number, ISiloBuilder silo)
    {
        silo.AddMemoryGrainStorage(GrainStates.Storage).AddMemoryGrainStorage("PubSubStore").AddMemoryStreams(FeedStreams.Provider);
        silo.Services.AddSingleton<IWorkRunner>(new InlineWorkRunner());
        if ((Setup.Defect == PlantedDefect.SignBeforeStoring ? static (_, inner) => new LyingStorage(inner) : Setup.StorageOf) is { } decorate)
        {
            silo.AddMemoryGrainStorage(InnerStorage);
            silo.Services.AddKeyedSingleton(GrainStates.Storage, (services, _) => decorate(services, services.GetRequiredKeyedService<IGrainStorage>(InnerStorage)));
        }

        if (Setup.Defect == PlantedDefect.QuorumOneShort)
        {
            silo.Services.AddSingleton(provider => new CommitteeCache(provider.GetRequiredService<IGrainFactory>(), Settings)
            {
                Defect = committee => committee.WithQuorum(committee.Quorum - 1),
            });
        }

        silo.AddSlotPipeline(
            Settings,
            new FixedCommittees(Genesis.Committee, Genesis.Validators, Genesis.Randao),
            Keys,
            (services, _) => OpenReplica(number, services),
            OpenL1,
            Setup.OptionsOf?.Invoke(number) ?? Setup.Options);
        if (Setup.KeepsLog)
        {
            silo.Services.AddSingleton<ILoggerProvider>(new LogBook(line => _log.Add($"{Now:mm:ss.fff} silo {number} {line}")));
            silo.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Cloud.Grains", LogLevel.Debug));
        }
    }

    internal void Begin(SimulationContext context)
    {
        foreach (int silo in _replicas.Keys)
        {
            Invariants.Watch(silo);
        }

        _isWatching = true;
        context.Invariant("pipeline", Invariants.Check);
        _ = context.Start("L1", async () =>
        {
            // The scenario ends the simulation, and with it this loop.
            await L1.RunAsync();
        });
    }

    internal void End() => Invariants.CheckNow();

    private SimulatedL1Adapter OpenL1(IServiceProvider services)
    {
        _context ??= services.GetRequiredService<SimulationContext>();
        _chain ??= new SimulatedL1(Timetable, Hash256.Zero, Setup.L1 with { Seed = (int)(Seed & 0x7fffffff) });
        return _l1 ??= new SimulatedL1Adapter(_chain, Timetable, _context.Time, Invariants.OnPublished);
    }

    private async Task<ReplicaNode> OpenReplica(int silo, IServiceProvider services)
    {
        if (_replicas.TryGetValue(silo, out ReplicaNode? former))
        {
            former.Abort();
        }

        if (!_disks.TryGetValue(silo, out (MemoryChainStorage Chain, MemoryJournal Journal) disk))
        {
            _disks[silo] = disk = (new MemoryChainStorage(), new MemoryJournal());
        }

        ReplicaNode replica = await ReplicaNode.OpenAsync(
            Genesis,
            Setup.Replica with { Budgets = Setup.Budgets },
            new ReplicaServices
            {
                Time = services.GetRequiredService<TimeProvider>(),
                Work = new InlineWorkRunner(TaskScheduler.Current),
                Storage = disk.Chain,
                Journal = disk.Journal,
                Senders = Senders,
            });
        _replicas[silo] = replica;
        if (_isWatching)
        {
            Invariants.Watch(silo);
        }

        return replica;
    }

    private static Bytes Transfer(ulong chainId, int user, ulong nonce) => Transfers.GetOrAdd((user, nonce), key => new TransactionFields
    {
        Type = TransactionType.DynamicFee,
        ChainId = chainId,
        Nonce = key.Nonce,
        GasLimit = 21_000,
        MaxFeePerGas = 10_000_000_000,
        MaxPriorityFeePerGas = 1_000_000,
        To = NumberedAddress(0xdead),
        Value = 1,
    }.Sign(KeyOf(key.User)).Raw);

    private static byte[] KeyOf(int user)
    {
        byte[] key = new byte[32];
        BinaryPrimitives.WriteInt32BigEndian(key.AsSpan(28), FirstUser + user);
        return key;
    }

    private static Address AddressOf(byte[] key) => Secp256k1.TryGetAddress(key, out Address address) ? address : throw new ArgumentException("No key.", nameof(key));

    private static Address NumberedAddress(int number)
    {
        byte[] bytes = new byte[Address.Length];
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), number);
        return new Address(bytes);
    }
}
