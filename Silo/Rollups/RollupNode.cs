using System.Collections.Immutable;
using Cloud.Execution.State;
using Cloud.Execution.Verification;
using Cloud.Grains.Hosting;
using Cloud.Grains.Publishing;
using Cloud.Grains.Signing;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Time;
using Cloud.Protocol.Transactions;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Chains;
using Cloud.Replica.Genesis;
using Cloud.Replica.Node;
using Cloud.Settlement.BlobStores;
using Cloud.Settlement.Deployment;
using Cloud.Settlement.Following;
using Cloud.Settlement.Keeping;
using Cloud.Settlement.L1;
using Cloud.Settlement.Proving;
using Cloud.Settlement.Publishing;
using Cloud.Settlement.Rollups;
using Cloud.Settlement.Transactions;
using Cloud.Settlement.Watching;
using Cloud.Silo.Publishing;
using Cloud.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace Cloud.Silo.Rollups;

/// <summary>Everything of a rollup that a process with a silo runs: replica, committee, publisher, keeper, prover and follower, on durable storage. It outlives the host that it is added to.</summary>
public sealed class RollupNode : IAsyncDisposable
{
    private static readonly TimeSpan Resend = TimeSpan.FromSeconds(3);

    private readonly RollupDeployment _deployment;
    private readonly RollupKeys? _keys;
    private readonly IL1Client _client;
    private readonly RollupNodeOptions _options;
    private readonly TimeProvider _time;
    private readonly RollupSettings _settings;
    private readonly RollupClock _clock;
    private readonly IPublicationStore? _publications;
    private readonly Publisher? _publisher;
    private readonly BeaconBlobSource? _beacon;
    private readonly WorldState _followed;
    private readonly BlobArchive _blobs;

    private RollupNode(
        RollupDeployment deployment,
        RollupKeys? keys,
        IL1Client client,
        RollupNodeOptions options,
        TimeProvider time,
        ReplicaNode replica,
        IPublicationStore? publications,
        WorldState followed)
    {
        _deployment = deployment;
        _keys = keys;
        _client = client;
        _options = options;
        _time = time;
        Replica = replica;
        _publications = publications;
        _followed = followed;
        GenesisConfig genesis = deployment.Genesis;
        LocalBudgets budgets = options.BudgetsFor(genesis.Timing);
        _settings = new RollupSettings(genesis.Context, Timetable.Create(genesis.Timing, budgets).OrThrow(), genesis.Committee);
        _clock = new RollupClock(
            (ulong)genesis.Timing.Genesis.ToUnixTimeSeconds(),
            (uint)genesis.Timing.Slot.TotalSeconds,
            (uint)genesis.Committee.SlotsPerEpoch,
            (uint)genesis.Timing.InclusionWindow,
            (uint)genesis.Committee.ValidatorSetLag,
            deployment.ProofWindow);
        ulong l1Slot = (ulong)genesis.Timing.L1Slot.TotalSeconds;
        _publisher = keys is null || publications is null ? null : new Publisher(
            client,
            [keys.Publisher],
            publications,
            new PublisherOptions
            {
                ChainId = deployment.L1ChainId,
                Rollup = genesis.Rollup,
                Policy = new PublishingPolicy { L1BlockTime = l1Slot, MaxWaitBlocks = 0, MarginBlocks = 1 },
            });
        _beacon = options.Beacon is { } beacon ? new BeaconBlobSource(new BeaconOptions { Endpoint = beacon, BlockId = BeaconBlockId.Number, SecondsPerSlot = l1Slot }, time) : null;
        _blobs = new BlobArchive(new FileBlobStore(Path.Combine(options.DataFolder, "blobs")), _beacon);
    }

    /// <summary>The process's replica.</summary>
    public ReplicaNode Replica { get; }

    /// <summary>Addresses of the validators whose keys this process, or its cluster, holds.</summary>
    public ImmutableArray<Address> Validators => _keys is null ? _deployment.Genesis.Validators : Keys.Validators;

    /// <summary>Blobs of posted checkpoints.</summary>
    public BlobArchive Blobs => _blobs;

    /// <summary>Opens what the data folder holds, or starts with an empty one.</summary>
    /// <param name="deployment">The rollup.</param>
    /// <param name="keys">Its keys; null for a process that only follows, such as a gateway of a cluster.</param>
    /// <param name="client">L1.</param>
    /// <param name="options">What this process decides by itself.</param>
    /// <param name="time">The clock.</param>
    /// <returns>The node, to be disposed after the host.</returns>
    /// <exception cref="StorageException">The folder is in use, damaged, full, or of another rollup.</exception>
    public static async Task<RollupNode> OpenAsync(RollupDeployment deployment, RollupKeys? keys, IL1Client client, RollupNodeOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(deployment);
        ArgumentNullException.ThrowIfNull(options);
        string folder = options.DataFolder;

        // The first proofs of a process take seconds where the machine is busy, and the first checkpoint has a deadline.
        Task ready = Task.Run(static () => BlobSidecarBuilder.Build([new byte[BlobSidecar.BlobLength]], parallelism: 1));
        GenesisConfig genesis = deployment.Genesis;
        ReplicaNode replica = await ReplicaNode.OpenAsync(
            genesis,
            new ReplicaOptions { DataFolder = Path.Combine(folder, "replica"), Budgets = options.BudgetsFor(genesis.Timing) },
            new ReplicaServices { Time = time }).ConfigureAwait(false);
        IPublicationStore? publications = null;
        try
        {
            publications = keys is null ? null
                : options.SharesStorage ? new GrainPublicationStore(genesis.Rollup)
                : LmdbPublicationStore.Open(Path.Combine(folder, "publications"));
            WorldState followed = WorldState.Open(Path.Combine(folder, "follower"), new WorldStateOptions());
            if (followed.IsNew)
            {
                GenesisWorld.Fill(followed, genesis);
            }

            await ready.ConfigureAwait(false);
            return new RollupNode(deployment, keys, client, options, time, replica, publications, followed);
        }
        catch
        {
            (publications as IDisposable)?.Dispose();
            await replica.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Adds the node to a host: the silo, the pipeline in it, and what runs beside it.</summary>
    /// <param name="builder">The host. Its clock has to be the node's.</param>
    /// <param name="silo">Options of the silo.</param>
    public void AddTo(IHostApplicationBuilder builder, SiloOptions silo)
    {
        ArgumentNullException.ThrowIfNull(builder);
        IServiceCollection services = builder.Services;
        ContractCommittees committees = new();
        services.AddSingleton(Replica);
        if (_publisher is not null)
        {
            services.AddSingleton(_publisher);
        }

        services.AddSingleton(_client);
        services.AddSingleton(services => OpenL1(services, committees));

        // L1 is followed before the silo starts, and until it has stopped.
        services.AddHostedService<RollupL1Service>();
        builder.UseOrleans(host =>
        {
            host.AddPreconfCloud(silo);
            host.AddSlotPipeline(
                _settings,
                committees,
                Keys,
                (_, _) => Task.FromResult(Replica),
                static services => services.GetRequiredService<RollupL1>(),
                Pipeline);
        });
        if (_options.DoesL1Duties && _keys is not null)
        {
            services.AddSingleton(OpenDuties);
            services.AddHostedService(static services => services.GetRequiredService<L1Duties>());
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Replica.DisposeAsync().ConfigureAwait(false);
        _publisher?.Dispose();
        (_publications as IDisposable)?.Dispose();
        _followed.Dispose();
        _beacon?.Dispose();
    }

    private WatcherOptions WatcherOptions => new() { Rollup = _deployment.Genesis.Rollup, GenesisHash = default, DeploymentBlock = _deployment.DeploymentBlock };

    private LocalValidatorKeys Keys => LocalValidatorKeys.Of(_keys?.Validators ?? []);

    /// <summary>In a cluster what one silo shows has to outlive it, and streams lose what a silo had when it died.</summary>
    private PipelineOptions Pipeline => !_options.SharesStorage ? _options.Pipeline : _options.Pipeline with { HasOtherSilos = true, ResendTransactionsAfter = Resend };

    private RollupL1 OpenL1(IServiceProvider services, ContractCommittees committees)
    {
        if (_publications is GrainPublicationStore shared)
        {
            shared.Connect(services.GetRequiredKeyedService<IGrainStorage>(SiloBuilderExtensions.StateStorage));
        }

        RollupL1 l1 = new(
            _client,
            _publisher,
            new GrainPublicationSigner(services.GetRequiredService<IGrainFactory>()),
            _blobs,
            new RollupL1Options { Watcher = WatcherOptions, Context = _deployment.Genesis.Context, Clock = _clock, PollInterval = _options.L1Poll, PublishesWhenAsked = _options.SharesStorage },
            _time);
        committees.Connect(l1);
        return l1;
    }

    private L1Duties OpenDuties(IServiceProvider services)
    {
        GenesisConfig genesis = _deployment.Genesis;
        RollupKeys keys = _keys!;
        BlockHeader block = GenesisBlock.HeaderOf(genesis, _deployment.GenesisStateRoot);
        Follower follower = new(
            new RollupWatcher(_client, WatcherOptions),
            new CheckpointReader(_client, _blobs, new SigningDomains(genesis.Context), _clock.EpochSlots),
            _followed,
            new BlockRules(genesis, _settings.Timetable.Consensus),
            new ChunkVerifier(Replica.Senders, _time, 1),
            new FollowerOptions { Genesis = block, Transactions = new TransactionRules { ChainId = genesis.Chain.ChainId, AllowDeposits = true } },
            _time);
        Prover prover = new(
            follower,
            keys.Prover,
            new FileBlobStore(Path.Combine(_options.DataFolder, "proofs")),
            Sender(keys.Prover),
            new ProverOptions
            {
                ChainId = _deployment.L1ChainId,
                Rollup = genesis.Rollup,
                Verifier = _deployment.Verifier,
                Provers = [_deployment.Prover],
                Threshold = 1,
                Clock = _clock,
            });
        PublisherPresence presence = services.GetRequiredService<PublisherPresence>();
        return new L1Duties(
            prover,
            new Keeper(Sender(keys.Keeper), genesis.Rollup, _clock),
            () => !_options.SharesStorage || presence.IsHere,
            _options.L1Poll,
            _time,
            services.GetRequiredService<ILogger<L1Duties>>());
    }

    private L1Sender Sender(Settlement.Keys.IL1Signer key) => new(_client, key, _deployment.L1ChainId, _settings.Timetable.Consensus.Timing.L1Slot * 10, _options.L1Poll, _time);
}
