using Cloud.Embedded.Simulation;
using Cloud.Grains.Hosting;
using Cloud.Protocol.Time;
using Cloud.Replica.Node;
using Cloud.Settlement.Simulation;
using Orleans.Storage;

namespace Cloud.Simulator;

/// <summary>What a simulated cluster consists of.</summary>
public sealed record PipelineSetup
{
    /// <summary>How many validators; all are in every committee. Each silo has all keys, and the validators' grains are spread over the silos.</summary>
    public int Validators { get; init; } = 4;

    /// <summary>How many silos, each with a replica of its own.</summary>
    public int Silos { get; init; } = 3;

    /// <summary>The timing profile.</summary>
    public TimingProfile Profile { get; init; } = TimingProfile.Continuous;

    /// <summary>Duration of a slot.</summary>
    public TimeSpan Slot { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>Duration of a chunk.</summary>
    public TimeSpan Chunk { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Duration of an L1 slot.</summary>
    public TimeSpan L1Slot { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Slots in which a checkpoint may be posted.</summary>
    public int InclusionWindow { get; init; } = 1;

    /// <summary>How long after its frame a slot's checkpoint may become known; null for two chunks.</summary>
    public TimeSpan? Grace { get; init; }

    /// <summary>The network's cap on the chunks of a slot; null for as many as fit.</summary>
    public int? MaxChunksPerSlot { get; init; }

    /// <summary>Budgets of the nodes.</summary>
    public LocalBudgets Budgets { get; init; } = LocalBudgets.Cluster with { L1Publishing = TimeSpan.FromSeconds(3), FlashblockInterval = TimeSpan.FromSeconds(1) };

    /// <summary>What the replicas decide by themselves, less budgets: a journal that is written anew every few slots.</summary>
    public ReplicaOptions Replica { get; init; } = new() { CompactAfter = 256, PacesCollector = false };

    /// <summary>What the silos decide by themselves.</summary>
    public PipelineOptions Options { get; init; } = new()
    {
        Heartbeat = TimeSpan.FromSeconds(1),
        ResendAfter = TimeSpan.FromMilliseconds(500),
        HasOtherSilos = true,
        ResendTransactionsAfter = TimeSpan.FromSeconds(4),
    };

    /// <summary>How far a silo's clock is ahead, negative for behind; null for clocks that faults alone decide.</summary>
    public Func<int, TimeSpan>? ClockSkewOf { get; init; }

    /// <summary>Options of one silo, where they differ.</summary>
    public Func<int, PipelineOptions>? OptionsOf { get; init; }

    /// <summary>Faults of the runtime: messages, silos, storage, clocks.</summary>
    public SimulationFaults Faults { get; init; } = SimulationFaults.None;

    /// <summary>How L1 behaves; its seed is set by the run.</summary>
    public SimulatedL1Options L1 { get; init; } = new();

    /// <summary>Most transactions of a slot; null for the default.</summary>
    public int? SlotTransactions { get; init; }

    /// <summary>Users that have funds.</summary>
    public int Users { get; init; } = 8;

    /// <summary>What stands before each silo's grain storage, by the silo's services; null for nothing.</summary>
    public Func<IServiceProvider, IGrainStorage, IGrainStorage>? StorageOf { get; init; }

    /// <summary>A planted defect.</summary>
    public PlantedDefect Defect { get; init; }

    /// <summary>Longest simulated time.</summary>
    public TimeSpan MaxTime { get; init; } = TimeSpan.FromHours(2);

    /// <summary>Most steps.</summary>
    public long MaxSteps { get; init; } = 20_000_000;

    /// <summary>Whether every argument between grains is encoded and decoded, also those that nobody can change. What is true of the types themselves does not have to be found out in each of many seeds.</summary>
    public bool IsolatesArguments { get; init; } = true;

    /// <summary>Whether the silos' logs and their replicas' events are kept, for scenarios and for the description of a failure.</summary>
    public bool KeepsLog { get; init; }

    /// <summary>A cluster for many seeds: short slots of three chunks, so that most of what is simulated are the beginnings and ends of slots, where mistakes are, and little of it is idle.</summary>
    /// <returns>The setup, without faults.</returns>
    public static PipelineSetup ForSeeds() => new()
    {
        Slot = TimeSpan.FromSeconds(6),
        Chunk = TimeSpan.FromSeconds(2),
        L1Slot = TimeSpan.FromSeconds(2),
        Budgets = LocalBudgets.Cluster with { L1Publishing = TimeSpan.FromSeconds(2), FlashblockInterval = TimeSpan.FromSeconds(1) },
        Options = new PipelineOptions
        {
            Heartbeat = TimeSpan.FromSeconds(2),
            ResendAfter = TimeSpan.FromMilliseconds(500),
            HasOtherSilos = true,
            ResendTransactionsAfter = TimeSpan.FromSeconds(4),
        },
        IsolatesArguments = false,
        MaxTime = TimeSpan.FromDays(1),
    };

    /// <summary>All kinds of faults, at rates at which the chain still moves.</summary>
    /// <returns>A copy with faults.</returns>
    public PipelineSetup WithAllFaults() => this with
    {
        Faults = new SimulationFaults
        {
            DelayMessage = 0.02,
            ReorderMessage = 0.02,
            DuplicateMessage = 0.01,
            DropMessage = 0.01,
            MaxMessageDelay = TimeSpan.FromSeconds(1),
            KillActivation = Slot.TotalSeconds > 6 ? 0.0002 : 0.0006,
            SplitActivation = Slot.TotalSeconds > 6 ? 0.0001 : 0.0003,
            KillSilo = Slot.TotalSeconds > 6 ? 0.00003 : 0.0001,
            MaxSiloDownTime = Slot * 1.25,
            FailStorage = 0.01,
            TearStorage = 0.01,
            DelayStorage = 0.02,
            MaxStorageDelay = TimeSpan.FromSeconds(1),
            MaxClockSkew = TimeSpan.FromMilliseconds(200),
        },
        L1 = new SimulatedL1Options { MissedBlocks = 0.05, Lost = 0.05, Delayed = 0.1, Refused = 0.05, Reorgs = 0.03 },
    };
}
