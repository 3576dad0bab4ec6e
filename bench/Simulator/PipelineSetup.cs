using Cloud.Embedded.Simulation;
using Cloud.Grains.Hosting;
using Cloud.Protocol.Time;
using Cloud.Settlement.Simulation;

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

    /// <summary>Budgets of the nodes.</summary>
    public LocalBudgets Budgets { get; init; } = LocalBudgets.Cluster with { L1Publishing = TimeSpan.FromSeconds(3), FlashblockInterval = TimeSpan.FromSeconds(1) };

    /// <summary>What the silos decide by themselves.</summary>
    public PipelineOptions Options { get; init; } = new() { Heartbeat = TimeSpan.FromSeconds(1), ResendAfter = TimeSpan.FromMilliseconds(500) };

    /// <summary>Options of one silo, where they differ.</summary>
    public Func<int, PipelineOptions>? OptionsOf { get; init; }

    /// <summary>Faults of the runtime: messages, silos, storage, clocks.</summary>
    public SimulationFaults Faults { get; init; } = SimulationFaults.None;

    /// <summary>How L1 behaves; its seed is set by the run.</summary>
    public SimulatedL1Options L1 { get; init; } = new();

    /// <summary>Users that have funds.</summary>
    public int Users { get; init; } = 8;

    /// <summary>A planted defect.</summary>
    public PlantedDefect Defect { get; init; }

    /// <summary>Longest simulated time.</summary>
    public TimeSpan MaxTime { get; init; } = TimeSpan.FromHours(2);

    /// <summary>Most steps.</summary>
    public long MaxSteps { get; init; } = 20_000_000;

    /// <summary>Whether the silos' logs and their replicas' events are kept, for scenarios and for the description of a failure.</summary>
    public bool KeepsLog { get; init; }

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
            KillActivation = 0.0002,
            SplitActivation = 0.0001,
            KillSilo = 0.00003,
            MaxSiloDownTime = TimeSpan.FromSeconds(15),
            FailStorage = 0.01,
            TearStorage = 0.01,
            DelayStorage = 0.02,
            MaxStorageDelay = TimeSpan.FromSeconds(1),
            MaxClockSkew = TimeSpan.FromMilliseconds(200),
        },
        L1 = new SimulatedL1Options { MissedBlocks = 0.05, Lost = 0.05, Delayed = 0.1, Refused = 0.05, Reorgs = 0.03 },
    };
}
