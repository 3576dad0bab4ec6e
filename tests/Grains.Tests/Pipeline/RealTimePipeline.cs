using System.Buffers.Binary;
using System.Collections.Concurrent;
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
using Orleans.Configuration;
#if ORLEANS
using Cloud.Grains.Tests.Support;
using Orleans.Runtime.Hosting;
using Orleans.Serialization;
#endif
using Orleans.TestingHost;

namespace Cloud.Grains.Tests.Pipeline;

/// <summary>The whole pipeline in one process, in real time, with real keys and execution on disk; L1 is simulated.</summary>
internal sealed class RealTimePipeline : IAsyncDisposable
{
    private static readonly LocalBudgets Budgets = LocalBudgets.Cluster with { MinChunk = TimeSpan.FromMilliseconds(400) };

    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline").FullName;
    private readonly ImmutableArray<byte[]> _users;
    private readonly CancellationTokenSource _stopped = new();

    // The disks of silos that do not run, and whose disk it is.
    private readonly ConcurrentQueue<int> _disks = new();
    private readonly ConcurrentDictionary<ReplicaNode, int> _diskOf = new();
#if ORLEANS
    private readonly ConcurrentDictionary<(string State, GrainId Grain), SharedGrainStorage.Record> _states = new();
#endif
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
        Keys = new RecordingKeys(LocalValidatorKeys.Of(keys));
        Silos = silos;
        for (int disk = 0; disk < silos; disk++)
        {
            _disks.Enqueue(disk);
        }
    }

    internal GenesisConfig Genesis { get; }

    internal RollupSettings Settings { get; }

    internal SimulatedL1Adapter L1 { get; }

    internal RecordingKeys Keys { get; }

    internal short Silos { get; }

    internal InProcessTestCluster Cluster => _cluster!;

    /// <summary>The nodes of the silos that run.</summary>
    internal IReadOnlyList<SiloNode> Nodes => [.. Cluster.Silos.Select(silo => NodeOf(silo.SiloAddress))];

    internal SiloNode Node(int silo = 0) => NodeOf(Cluster.Silos[silo].SiloAddress);

    /// <summary>The replica that has a disk; null while its silo does not run.</summary>
    internal ReplicaNode? ReplicaOn(int disk) => _diskOf.FirstOrDefault(pair => pair.Value == disk).Key;

    /// <summary>The proposer of a slot.</summary>
    internal Address ProposerOf(ulong slot)
    {
        ulong epoch = Genesis.Committee.EpochOf(slot);
        CommitteeResult drawn = Committee.Draw(epoch, Genesis.Validators.AsSpan(), Genesis.Committee.CommitteeSize, CommitteeRules.Seed(epoch, Genesis.Randao));
        return ((CommitteeResult.Formed)drawn).Committee.ProposerAt(slot);
    }

    /// <summary>Kills a silo, as its process would die: nothing is stored or said any more, and nothing is closed in good order. Its disk and the states of grains remain.</summary>
    internal async Task KillAsync(SiloNode node)
    {
        ReplicaNode replica = node.Replica;
        replica.Abort();
        await Cluster.KillSiloAsync(Cluster.Silos.Single(silo => NodeOf(silo.SiloAddress) == node));
        await node.DisposeAsync();
        await replica.DisposeAsync();
        _diskOf.Remove(replica, out int disk);
        _disks.Enqueue(disk);
    }

    /// <summary>Starts a silo on the disk of one that was killed.</summary>
    internal async Task<SiloNode> RestartAsync() => NodeOf((await Cluster.StartAdditionalSiloAsync()).SiloAddress);

    private SiloNode NodeOf(SiloAddress silo) => Cluster.GetSiloServiceProvider(silo).GetRequiredService<SiloNode>();

    internal async Task StartAsync()
    {
        InProcessTestClusterBuilder builder = new(Silos);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((_, silo) =>
        {
            Assert.True(_disks.TryDequeue(out int disk));

            // The name goes with the disk: a test cluster names silos by how many there are, and two of one name would not hear each other.
            silo.Services.PostConfigure<SiloOptions>(options => options.SiloName = $"silo-{disk}");
            AddStorage(silo, GrainStates.Storage);
            AddStorage(silo, "PubSubStore");
            silo.AddMemoryStreams(FeedStreams.Provider);
            silo.AddSlotPipeline(
                Settings,
                new FixedCommittees(Genesis.Committee, Genesis.Validators, Genesis.Randao),
                Keys,
                async (_, _) =>
                {
                    ReplicaNode replica = await ReplicaNode.OpenAsync(Genesis, new ReplicaOptions { DataFolder = Path.Combine(_folder, $"silo-{disk}"), Budgets = Budgets });
                    _diskOf[replica] = disk;
                    return replica;
                },
                _ => L1,
                Silos == 1 ? null : new PipelineOptions { HasOtherSilos = true, ResendTransactionsAfter = TimeSpan.FromSeconds(1) });
            if (Environment.GetEnvironmentVariable("PIPELINE_LOG") is { } log)
            {
                silo.Services.AddLogging(logging => logging.AddSimpleConsole(options => (options.SingleLine, options.TimestampFormat) = (true, "HH:mm:ss.fff ")).SetMinimumLevel(LogLevel.Warning).AddFilter("Cloud", Enum.Parse<LogLevel>(log)));
            }
        });
        _cluster = builder.Build();
        await _cluster.DeployAsync();
        _ = Task.Run(() => L1.RunAsync(_stopped.Token));
    }

    /// <summary>A storage that the silos share and that outlives them.</summary>
    private void AddStorage(ISiloBuilder silo, string name)
    {
#if ORLEANS
        silo.Services.AddGrainStorage(name, (services, _) => new SharedGrainStorage(_states, services.GetRequiredService<Serializer>()));
#else
        // The cluster's memory, not a silo's.
        silo.AddMemoryGrainStorage(name);
#endif
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
        List<ReplicaNode> replicas = [.. _diskOf.Keys];
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
