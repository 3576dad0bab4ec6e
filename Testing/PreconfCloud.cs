using System.Collections.Immutable;
using System.Data.Common;
using Cloud.Gateway;
using Cloud.Gateway.Health;
using Cloud.Gateway.Operators;
using Cloud.Gateway.Status;
using Cloud.Protocol.Deposits;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Genesis;
using Cloud.Replica.Node;
using Cloud.Replica.Statuses;
using Cloud.Replica.Views;
using Cloud.Settlement.JsonRpc;
using Cloud.Settlement.Keys;
using Cloud.Settlement.L1;
using Cloud.Settlement.Rollups;
using Cloud.Silo;
using Cloud.Silo.Clustering;
using Cloud.Silo.Rollups;
using Cloud.Storage;
using Cloud.Testing.Health;
using Cloud.Testing.L1;
using Cloud.Testing.Operating;
using Cloud.Testing.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using BlockTag = Cloud.Settlement.L1.BlockTag;

namespace Cloud.Testing;

/// <summary>A whole chain in this process: an L1 with the contracts, a committee, silo, replica, publisher, keeper, prover, follower and gateway.</summary>
/// <remarks>
/// On an L1 of its own the chain lives as long as the process: its clock stands still in between, so that a restart, also after a kill, goes on where it was and no slot is missed.
/// On another L1 the real clock counts.
/// </remarks>
public sealed class PreconfCloud : IAsyncDisposable
{
    private const string ConfigurationRemedy = "Correct the configuration (environment variables such as Silo__ClusterId) and start again.";

    // A new chain of its own begins this long ago and goes to the present when its contracts stand.
    private static readonly TimeSpan LocalPast = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan MaxHeadAge = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan MaxClockBehind = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);
    private static readonly UInt256 Funds = UInt256.Parse("10000000000000000000000");

    private readonly List<Func<ValueTask>> _owned = [];
    private readonly PreconfCloudOptions _options;
    private readonly bool _isTemporary;
    private WebApplicationBuilder _builder = null!;
    private WebApplication _application = null!;
    private Task _paused = Task.CompletedTask;

    private PreconfCloud(PreconfCloudOptions options)
    {
        _options = options;
        _isTemporary = options.DataFolder is null;
        DataFolder = options.DataFolder ?? Directory.CreateTempSubdirectory("preconf-cloud-").FullName;
    }

    /// <summary>Everything that survives a restart.</summary>
    public string DataFolder { get; }

    /// <summary>Whether this process serves users; a silo of a cluster only answers health checks and gives metrics.</summary>
    public bool IsGateway { get; private set; } = true;

    /// <summary>The gateway's address: dashboard, REST.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Ethereum JSON-RPC over HTTP.</summary>
    public Uri RpcUrl => new(Address, "rpc");

    /// <summary>Ethereum JSON-RPC over WebSocket.</summary>
    public Uri WebSocketUrl => new UriBuilder(Address) { Scheme = Address.Scheme == Uri.UriSchemeHttps ? Uri.UriSchemeWss : Uri.UriSchemeWs, Path = "/ws" }.Uri;

    /// <summary>Accounts with money on the chain.</summary>
    public ImmutableArray<TestAccount> Accounts { get; private set; } = [];

    /// <summary>The rollup as it stands on L1.</summary>
    public RollupDeployment Deployment { get; private set; } = null!;

    /// <summary>Chain id of the L2.</summary>
    public ulong ChainId => Deployment.Genesis.Chain.ChainId;

    /// <summary>What runs the rollup.</summary>
    public RollupNode Node { get; private set; } = null!;

    /// <summary>The process's replica.</summary>
    public ReplicaNode Replica => Node.Replica;

    /// <summary>L1 as this chain sees it.</summary>
    public IL1Client L1Client { get; private set; } = null!;

    /// <summary>The L1 of its own; null on another one.</summary>
    public LocalL1? L1 { get; private set; }

    /// <summary>Fails requests to L1; null where that was not asked for.</summary>
    public L1FaultProxy? L1Faults { get; private set; }

    /// <summary>The clock by which slots are counted.</summary>
    public TimeProvider Clock { get; private set; } = TimeProvider.System;

    /// <summary>The host's services.</summary>
    public IServiceProvider Services => _application.Services;

    /// <summary>Starts a chain, or goes on with the one in the data folder.</summary>
    /// <param name="options">How it is set up; null for a short-lived one.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <returns>The chain, which takes transactions; to be disposed.</returns>
    /// <exception cref="PreconfCloudException">L1 does not work as it must, or has another rollup.</exception>
    /// <exception cref="StorageException">The data folder is in use, damaged, full, or of another rollup.</exception>
    public static async Task<PreconfCloud> StartAsync(PreconfCloudOptions? options = null, CancellationToken cancellationToken = default)
    {
        PreconfCloud cloud = new(options ?? new PreconfCloudOptions());
        try
        {
            await cloud.OpenAsync(cancellationToken).ConfigureAwait(false);
            return cloud;
        }
        catch
        {
            await cloud.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Waits until a transaction has reached a rung.</summary>
    /// <typeparam name="TStatus">The rung, such as <see cref="TransactionStatus.Checkpointed"/>; a higher one does as well.</typeparam>
    /// <param name="transaction">The transaction.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What is known of its way.</returns>
    /// <exception cref="InvalidOperationException">It was dropped.</exception>
    public async Task<TransactionReport> WaitForAsync<TStatus>(Hash256 transaction, CancellationToken cancellationToken = default)
        where TStatus : TransactionStatus
    {
        int wanted = LevelOf(typeof(TStatus));
        while (true)
        {
            TransactionReport? report = Replica.FindReport(in transaction);
            if (report?.Status is TransactionStatus.Dropped dropped)
            {
                throw new InvalidOperationException($"Transaction {transaction} was dropped: {dropped.Reason}");
            }

            if (report is not null && report.Status.Level >= wanted)
            {
                return report;
            }

            await Task.Delay(Poll, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until everything that was accepted is on L1, then moves both chains' clocks forward. No promise is broken by it.</summary>
    /// <param name="by">By how much.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">The chain is on an L1 that is not its own.</exception>
    public async Task AdvanceTimeAsync(TimeSpan by, CancellationToken cancellationToken = default)
    {
        if (L1 is not { } l1 || Clock is not ChainClock clock)
        {
            throw new InvalidOperationException("Time can be moved only on a chain with an L1 of its own.");
        }

        await SettleAsync(cancellationToken).ConfigureAwait(false);
        clock.Advance(by);
        await l1.SetTimeAsync(clock.GetUtcNow(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until everything that was accepted is on L1.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task SettleAsync(CancellationToken cancellationToken = default)
    {
        while (!IsSettled(Replica))
        {
            await Task.Delay(Poll, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until the host is asked to stop, by Ctrl-C or the like.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken = default) => _application.WaitForShutdownAsync(cancellationToken);

    /// <summary>Stops everything. What is in the data folder stays, unless it is a temporary one.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (Func<ValueTask> close in Enumerable.Reverse(_owned))
        {
            await close().ConfigureAwait(false);
        }

        _owned.Clear();
        if (_isTemporary && Directory.Exists(DataFolder))
        {
            Directory.Delete(DataFolder, recursive: true);
        }
    }

    private static bool IsSettled(ReplicaNode replica)
    {
        ReplicaView view = replica.View;
        return replica.Pool.Counts is { Pending: 0, Queued: 0 }
            && view.PendingBlocks.All(static block => block.Flashblocks.All(static flashblock => flashblock.Payload.Diff.Transactions.IsEmpty))
            && view.Recent.All(block => block.Number <= view.Tips.Checkpointed.Number || block.Transactions.IsEmpty);
    }

    private static int LevelOf(Type status) => status.Name switch
    {
        nameof(TransactionStatus.Pending) => 1,
        nameof(TransactionStatus.Preconfirmed) => 2,
        nameof(TransactionStatus.Proposed) => 3,
        nameof(TransactionStatus.Attested) => 4,
        nameof(TransactionStatus.Checkpointed) => 5,
        nameof(TransactionStatus.Proven) => 6,
        nameof(TransactionStatus.Finalized) => 7,
        _ => throw new ArgumentException($"{status.Name} is no rung to wait for."),
    };

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        SiloOptions silo = ReadConfiguration();
        DirectoryLock folder = DirectoryLock.Take(DataFolder);
        Own(() => folder.Dispose());
        RollupDeployment? found = RollupDeployment.Load(DataFolder);
        CheckRole(silo, found);
        if (await ClusterStore.FindFaultAsync(silo, cancellationToken).ConfigureAwait(false) is { } fault)
        {
            throw DatabaseFault(fault);
        }

        ChainClock? clock = await OpenL1Async(found, cancellationToken).ConfigureAwait(false);
        RollupPlan plan = _options.Plan ?? (_isTemporary ? PreconfCloudOptions.Quick : new RollupPlan { ProofWindow = L1 is null ? new RollupPlan().ProofWindow : PreconfCloudOptions.LocalProofWindow });
        if (found is null)
        {
            clock?.Run();
        }

        RollupKeys? keys = silo.Role == SiloRole.Gateway ? null : RollupKeys.LoadOrCreate(Path.Combine(DataFolder, RollupKeys.FileName), plan.CommitteeSize, _options.KeyPassword);
        if (keys is not null && _options.L1 is not null && string.IsNullOrEmpty(_options.KeyPassword))
        {
            _options.Progress?.Invoke($"the keys of the rollup are not sealed: set {KeystoreFile.PasswordVariable} or give --password-file to seal them");
        }

        Deployment = found ?? await DeployAsync(plan, keys!, cancellationToken).ConfigureAwait(false);
        TestAccount[] accounts = [.. Enumerable.Range(0, _options.Accounts).Select(TestAccount.Of)];
        RollupNodeOptions options = new()
        {
            DataFolder = DataFolder,
            SharesStorage = silo.IsClustered,
            Beacon = _options.L1 is null ? L1!.Address : _options.L1Beacon ?? _options.L1,
            FlashblockInterval = _options.FlashblockInterval,
            L1Poll = TimeSpan.FromMilliseconds(Math.Clamp(Deployment.Genesis.Timing.L1Slot.TotalMilliseconds / 4, 100, 2000)),
        };
        Node = await RollupNode.OpenAsync(Deployment, keys, L1Client, options, Clock).ConfigureAwait(false);
        Own(() => Node.DisposeAsync());
        await StartHostAsync(silo, cancellationToken).ConfigureAwait(false);
        if (clock is not null)
        {
            clock.Run();
            ClockFile file = new(ClockPath, clock);
            Own(() => file.Dispose());
            await L1!.SetTimeAsync(clock.GetUtcNow(), cancellationToken).ConfigureAwait(false);
            await L1.RunAsync(Deployment.Genesis.Timing.L1Slot, cancellationToken).ConfigureAwait(false);

            // Time ends with the process and not seconds later: what is being built goes on in the same chunk.
            _application.Lifetime.ApplicationStopping.Register(() =>
            {
                clock.Stop();
                _paused = PauseL1Async();
            });
            Own(() => new ValueTask(_paused));
        }

        Own(() => new ValueTask(_application.StopAsync(CancellationToken.None)));
        Accounts = await FindFundedAsync(accounts, cancellationToken).ConfigureAwait(false);
        _options.Progress?.Invoke("running");
    }

    /// <summary>Those of the accounts that have money by the genesis, or get it by a deposit. Waits for deposits that are on their way.</summary>
    private async Task<ImmutableArray<TestAccount>> FindFundedAsync(TestAccount[] accounts, CancellationToken cancellationToken)
    {
        HashSet<Address> atGenesis = [.. Deployment.Genesis.Accounts.Select(funded => funded.Address)];
        TestAccount[] others = [.. accounts.Where(account => !atGenesis.Contains(account.Address))];
        if (others.Length == 0 || L1 is null)
        {
            return [.. accounts.Where(account => atGenesis.Contains(account.Address))];
        }

        RollupL1 l1 = Services.GetRequiredService<RollupL1>();
        while (l1.View is null)
        {
            await Task.Delay(Poll, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }

        Inbox inbox = l1.View.State.Inbox;
        HashSet<Address> deposited = [];
        for (ulong index = 1; index <= inbox.Count; index++)
        {
            deposited.Add(inbox[index].To);
        }

        foreach (TestAccount account in others.Where(account => deposited.Contains(account.Address)))
        {
            if (!HasMoney(account))
            {
                _options.Progress?.Invoke("bringing deposits from L1");
            }

            while (!HasMoney(account))
            {
                await Task.Delay(Poll, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }

        return [.. accounts.Where(account => atGenesis.Contains(account.Address) || deposited.Contains(account.Address))];
    }

    private bool HasMoney(TestAccount account) => Replica.View.Latest.State.TryGetAccount(account.Address, out Execution.State.Account state) && (!state.Balance.IsZero || state.Nonce > 0);

    private async Task PauseL1Async()
    {
        try
        {
            await L1!.RunAsync(TimeSpan.Zero).ConfigureAwait(false);
        }
        catch (InvalidOperationException)
        {
            // It has ended before: then it makes no blocks either.
        }
    }

    private string ClockPath => Path.Combine(DataFolder, "clock");

    /// <summary>Reaches L1, or starts one; its clock, standing still, where it is the chain's own.</summary>
    private async Task<ChainClock?> OpenL1Async(RollupDeployment? deployment, CancellationToken cancellationToken)
    {
        ChainClock? clock = null;
        Uri address;
        if (_options.L1 is { } external)
        {
            address = external;
        }
        else
        {
            _options.Progress?.Invoke("starting L1 (anvil)");
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            DateTimeOffset begin = deployment is null ? now - LocalPast : ClockFile.Read(ClockPath) ?? now;
            try
            {
                L1 = await LocalL1.StartAsync(Path.Combine(DataFolder, "l1"), begin, cancellationToken: cancellationToken).ConfigureAwait(false);
            }
            catch (FileNotFoundException exception)
            {
                throw new PreconfCloudException(exception.Message, "Run ./run.sh, which installs it.", exception);
            }
            catch (InvalidOperationException exception)
            {
                throw new PreconfCloudException($"The local L1 did not start: {exception.Message}", $"Delete {DataFolder} to begin with a new chain, or free disk space where it is full.", exception);
            }

            Own(() => L1.DisposeAsync());
            address = L1.Address;
            DateTimeOffset head = await L1.HeadTimeAsync(cancellationToken).ConfigureAwait(false);
            Clock = clock = new ChainClock(head > begin ? head : begin);
        }

        if (_options.WithL1Faults)
        {
            L1Faults = await L1FaultProxy.StartAsync(new L1FaultProxyOptions { Target = address }, cancellationToken).ConfigureAwait(false);
            Own(() => L1Faults.DisposeAsync());
            address = L1Faults.Address;
        }

        HttpJsonRpc rpc = new(address, TimeSpan.FromSeconds(30), 64 << 20, TimeProvider.System);
        Own(() => rpc.Dispose());
        L1Client = new L1Client(rpc);
        if (deployment is not null)
        {
            await CheckL1Async(deployment, cancellationToken).ConfigureAwait(false);
        }

        if (clock is null)
        {
            await CheckClockAsync(cancellationToken).ConfigureAwait(false);
        }

        return clock;
    }

    private async Task CheckL1Async(RollupDeployment deployment, CancellationToken cancellationToken)
    {
        ulong chainId = await ChainIdAsync(cancellationToken).ConfigureAwait(false);
        if (chainId != deployment.L1ChainId)
        {
            throw new PreconfCloudException(
                $"The data folder {DataFolder} holds a rollup on L1 chain {deployment.L1ChainId}, but {_options.L1} is chain {chainId}.",
                $"Give the L1 endpoint of chain {deployment.L1ChainId}, or another data folder for a new rollup.");
        }

        // Not by block 0: anvil makes another one each time it starts.
        if (!(await L1Client.GetBlockAsync(BlockTag.Of(deployment.DeploymentBlock), cancellationToken).ConfigureAwait(false)).TryGet(out L1Block? block, out L1Failure? failure) && failure is not null)
        {
            throw new PreconfCloudException($"L1 does not answer: {failure.Message}", "Check the L1 node, then start again.");
        }

        if (block?.Hash != deployment.DeploymentHash)
        {
            throw new PreconfCloudException(
                $"The rollup contract {deployment.Genesis.Rollup} of the data folder {DataFolder} is not on this L1, which has the same chain id but is another chain or was started anew.",
                "Give the L1 endpoint that the folder was made with, or another data folder for a new rollup.");
        }
    }

    private async Task CheckClockAsync(CancellationToken cancellationToken)
    {
        _ = await ChainIdAsync(cancellationToken).ConfigureAwait(false);
        TimeSpan ahead = Clock.GetUtcNow() - await HeadTimeAsync(cancellationToken).ConfigureAwait(false);
        if (ahead > MaxHeadAge || ahead < -MaxClockBehind)
        {
            throw new PreconfCloudException(
                ahead > TimeSpan.Zero
                    ? $"L1's newest block is {ahead.TotalSeconds:F0} s old by this machine's clock: the clock is ahead, or L1 makes no blocks."
                    : $"L1's newest block is {-ahead.TotalSeconds:F0} s in the future by this machine's clock: the clock is behind.",
                "Synchronise the clock (NTP), and check that L1 makes blocks.");
        }
    }

    private async Task<ulong> ChainIdAsync(CancellationToken cancellationToken) =>
        (await L1Client.GetChainIdAsync(cancellationToken).ConfigureAwait(false)).TryGet(out ulong chainId, out L1Failure? failure)
            ? chainId
            : throw new PreconfCloudException($"L1 does not answer: {failure.Message}", "Start the L1 node, or correct --l1; without --l1 a local L1 is started.");

    private async Task<RollupDeployment> DeployAsync(RollupPlan plan, RollupKeys keys, CancellationToken cancellationToken)
    {
        ulong chainId = await ChainIdAsync(cancellationToken).ConfigureAwait(false);
        TimeSpan poll = TimeSpan.FromMilliseconds(L1 is null ? 250 : 5);
        RollupProvisioner provisioner = new(L1Client, chainId, _options.Payer ?? LocalL1.Rich, poll, TimeProvider.System);
        Address[] accounts = [.. Enumerable.Range(0, _options.Accounts).Select(number => TestAccount.Of(number).Address)];
        RollupPlan funded = _options.FundThroughInbox && L1 is not null
            ? plan with { Deposits = [.. plan.Deposits, .. accounts.Select(account => (account, Funds))] }
            : plan with { Accounts = [.. plan.Accounts, .. accounts.Select(account => new GenesisAccount(account, Funds))] };
        DateTimeOffset head = await HeadTimeAsync(cancellationToken).ConfigureAwait(false);
        TimeSpan room = L1 is null ? RollupProvisioner.TimeFor(plan) : LocalPast;
        ProvisioningOutcome outcome = await provisioner.DeployAsync(
            funded, keys, head + room, L1 is null ? null : ReachAsync, _options.Progress, cancellationToken).ConfigureAwait(false);
        if (outcome is ProvisioningOutcome.Failed failed)
        {
            throw new PreconfCloudException(failed.What, failed.Remedy);
        }

        RollupDeployment deployment = ((ProvisioningOutcome.Deployed)outcome).Deployment;
        deployment.Save(DataFolder);
        return deployment;
    }

    /// <summary>A chain on its own L1 was begun in the past, so that the deployment is over at genesis; now it goes there.</summary>
    private async Task ReachAsync(DateTimeOffset genesis, CancellationToken cancellationToken)
    {
        ChainClock clock = (ChainClock)Clock;
        if (genesis > clock.GetUtcNow())
        {
            clock.Advance(genesis - clock.GetUtcNow());
        }

        await L1!.SetTimeAsync(clock.GetUtcNow(), cancellationToken).ConfigureAwait(false);
    }

    private async Task<DateTimeOffset> HeadTimeAsync(CancellationToken cancellationToken) =>
        (await L1Client.GetBlockAsync(BlockTag.Latest, cancellationToken).ConfigureAwait(false)).TryGet(out L1Block? head, out L1Failure? failure) && head is not null
            ? DateTimeOffset.FromUnixTimeSeconds((long)head.Timestamp)
            : throw new PreconfCloudException($"L1 gives no newest block: {failure?.Message}", "Wait until the L1 node is in sync, then start again.");

    /// <summary>Before anything is opened or deployed: what is configured badly is said at once.</summary>
    private SiloOptions ReadConfiguration()
    {
        _builder = WebApplication.CreateSlimBuilder();
        SiloOptions silo;
        try
        {
            silo = _builder.Configuration.GetSection(SiloOptions.Section).Get<SiloOptions>() ?? new SiloOptions();
        }
        catch (InvalidOperationException exception)
        {
            throw new PreconfCloudException(exception.Message, ConfigurationRemedy, exception);
        }

        silo.DataFolder = DataFolder;
        return new SiloOptionsValidator().Validate(null, silo) is { Failed: true } refusal ? throw new PreconfCloudException(refusal.FailureMessage, ConfigurationRemedy) : silo;
    }

    private void CheckRole(SiloOptions silo, RollupDeployment? found)
    {
        if (!silo.IsClustered)
        {
            return;
        }

        if (_options.L1 is null)
        {
            throw new PreconfCloudException($"With Silo:GrainStorage {silo.GrainStorage} this process is one of several, and has no L1 of its own.", "Name the L1 of them all with --l1 or PRECONF_L1.");
        }

        if (found is null)
        {
            throw new PreconfCloudException(
                $"The data folder {DataFolder} has no rollup, and with Silo:GrainStorage {silo.GrainStorage} none is deployed: each process would have another one.",
                silo.Role == SiloRole.Gateway
                    ? "Run cloud deploy once, and copy rollup.json and genesis.json of its data folder into this one."
                    : "Run cloud deploy once, and copy rollup.json, genesis.json and keys.json of its data folder into this one.");
        }
    }

    private static PreconfCloudException DatabaseFault(string fault, Exception? exception = null) => new($"The cluster's database cannot be used: {fault}", ClusterStore.Remedy, exception);

    private async Task StartHostAsync(SiloOptions silo, CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = _builder;
        builder.WebHost.UseUrls(_options.Listen);
        builder.Logging.SetMinimumLevel(_options.LogLevel).AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.AddSingleton(Options.Create(silo));
        builder.Services.AddSingleton(Clock);
        Node.AddTo(builder, silo);
        IsGateway = silo.Role != SiloRole.Silo;
        builder.Services.AddSingleton<IValidatorControl>(services => new GrainValidatorControl(services.GetRequiredService<IGrainFactory>(), Node.Validators));
        builder.Services.AddSingleton<IAttendanceSource>(services => new GrainAttendance(services.GetRequiredService<IGrainFactory>()));
        builder.Configuration["Gateway:Status:DashboardFolder"] ??= FindDashboard();
        _ = IsGateway ? builder.Services.AddGateway(builder.Configuration) : builder.Services.AddMetricsExport();
        builder.Services.AddHealthChecks().AddCheck<NodeHealthCheck>("silo", tags: [HealthEndpoints.ReadyTag]);
        builder.AddClusterStoreWatch(silo, HealthEndpoints.ReadyTag);
        _options.Configure?.Invoke(builder);
        _application = builder.Build();
        Own(() => _application.DisposeAsync());
        _application.MapHealth();
        _ = IsGateway ? _application.MapGateway() : _application.MapMetrics();
        try
        {
            await _application.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (silo.IsClustered && (exception as DbException ?? exception.InnerException as DbException) is { } refused)
        {
            throw DatabaseFault(refused.Message, exception);
        }

        Address = new Uri(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    /// <summary>The dashboard's files: beside the program, or where the repository builds them.</summary>
    private static string FindDashboard()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string folder = Path.Combine(at.FullName, "dashboard", "dist");
            if (File.Exists(Path.Combine(folder, "index.html")))
            {
                return folder;
            }
        }

        return "";
    }

    private void Own(Action close) => _owned.Add(() =>
    {
        close();
        return ValueTask.CompletedTask;
    });

    private void Own(Func<ValueTask> close) => _owned.Add(close);
}
