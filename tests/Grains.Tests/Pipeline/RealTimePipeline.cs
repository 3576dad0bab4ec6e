using System.Buffers.Binary;
using System.Collections.Immutable;
using Cloud.Execution.Processing;
using Cloud.Grains.Committees;
using Cloud.Grains.Feed;
using Cloud.Grains.Hosting;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Grains.Signing;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Genesis;
using Cloud.Replica.Node;
using Cloud.Settlement.Simulation;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.TestingHost;

namespace Cloud.Grains.Tests.Pipeline;

/// <summary>The whole pipeline in one process, in real time, with real keys and execution on disk; L1 is simulated.</summary>
internal sealed class RealTimePipeline : IAsyncDisposable
{
    private static readonly LocalBudgets Budgets = LocalBudgets.Cluster with { MinChunk = TimeSpan.FromMilliseconds(400) };

    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline").FullName;
    private readonly ImmutableArray<byte[]> _users;
    private readonly CancellationTokenSource _stopped = new();
    private InProcessTestCluster? _cluster;

    internal RealTimePipeline(int validators, short silos = 1, TimingProfile profile = TimingProfile.Continuous, int users = 16)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        ConsensusTiming timing = ConsensusTiming.WithDefaults(
            profile,
            new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero) + TimeSpan.FromSeconds(9),
            TimeSpan.FromSeconds(6),
            TimeSpan.FromSeconds(1),
            TimeSpan.FromSeconds(1));
        ImmutableArray<byte[]> keys = [.. Enumerable.Range(1, validators).Select(KeyOf)];
        _users = [.. Enumerable.Range(10_001, users).Select(KeyOf)];
        Genesis = new GenesisConfig
        {
            Chain = new ChainConfig { ChainId = 7_001, PragueTime = 0, OsakaTime = 0 },
            Rollup = Address.Parse(new string('c', 40)),
            Timing = timing,
            Committee = new CommitteeRules(32, validators, 2, 2),
            Validators = [.. keys.Select(AddressOf)],
            Accounts = [.. _users.Select(user => new GenesisAccount(AddressOf(user), UInt256.Parse("1000000000000000000000")))],
        };
        Settings = new RollupSettings(Genesis.Context, Timetable.Create(timing, Budgets).OrThrow(), Genesis.Committee);
        L1 = new SimulatedL1Adapter(
            new SimulatedL1(Settings.Timetable.Consensus, Hash256.Zero, new SimulatedL1Options { Seed = 1 }), Settings.Timetable.Consensus, TimeProvider.System);
        Keys = LocalValidatorKeys.Of(keys);
        Silos = silos;
    }

    internal GenesisConfig Genesis { get; }

    internal RollupSettings Settings { get; }

    internal SimulatedL1Adapter L1 { get; }

    internal LocalValidatorKeys Keys { get; }

    internal short Silos { get; }

    internal InProcessTestCluster Cluster => _cluster!;

    internal SiloNode Node(int silo = 0) => Cluster.GetSiloServiceProvider(Cluster.Silos[silo].SiloAddress).GetRequiredService<SiloNode>();

    internal async Task StartAsync()
    {
        InProcessTestClusterBuilder builder = new(Silos);
        builder.Options.ConfigureFileLogging = false;
        int number = 0;
        builder.ConfigureSilo((_, silo) =>
        {
            string folder = Path.Combine(_folder, $"silo-{Interlocked.Increment(ref number)}");
            silo.AddMemoryGrainStorage(GrainStates.Storage).AddMemoryGrainStorage("PubSubStore").AddMemoryStreams(FeedStreams.Provider);
            silo.AddSlotPipeline(
                Settings,
                new FixedCommittees(Genesis.Committee, Genesis.Validators, Genesis.Randao),
                Keys,
                (_, _) => ReplicaNode.OpenAsync(Genesis, new ReplicaOptions { DataFolder = folder, Budgets = Budgets }),
                _ => L1);
            if (Environment.GetEnvironmentVariable("PIPELINE_LOG") is { } log)
            {
                silo.Services.AddLogging(logging => logging.AddSimpleConsole(options => (options.SingleLine, options.TimestampFormat) = (true, "HH:mm:ss.fff ")).SetMinimumLevel(LogLevel.Warning).AddFilter("Cloud", Enum.Parse<LogLevel>(log)));
            }
        });
        _cluster = builder.Build();
        await _cluster.DeployAsync();
        _ = Task.Run(() => L1.RunAsync(_stopped.Token));
    }

    /// <summary>A transfer of a user's.</summary>
    internal Bytes Transfer(int user, ulong nonce) => new TransactionFields
    {
        Type = TransactionType.DynamicFee,
        ChainId = Genesis.Chain.ChainId,
        Nonce = nonce,
        GasLimit = 21_000,
        MaxFeePerGas = 10_000_000_000,
        MaxPriorityFeePerGas = 1_000_000,
        To = Address.Parse(new string('d', 40)),
        Value = 1,
    }.Sign(_users[user]).Raw;

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        List<ReplicaNode> replicas = [.. Enumerable.Range(0, _cluster is null ? 0 : Cluster.Silos.Count).Select(silo => Node(silo).Replica)];
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        foreach (ReplicaNode replica in replicas)
        {
            await replica.DisposeAsync();
        }

        _stopped.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static byte[] KeyOf(int number)
    {
        byte[] key = new byte[32];
        BinaryPrimitives.WriteInt32BigEndian(key.AsSpan(28), number);
        return key;
    }

    private static Address AddressOf(byte[] key) => Secp256k1.TryGetAddress(key, out Address address) ? address : throw new ArgumentException("No key.", nameof(key));
}
