using System.Net.Sockets;
using System.Reflection;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Time;
using Cloud.Replica.Genesis;
using Cloud.Settlement.Keys;
using Cloud.Silo.Rollups;
using Cloud.Storage;
using Cloud.Testing;
using Cloud.Testing.Load;

namespace Cloud.Host;

/// <summary>The main job: a whole rollup in one process, for as long as is asked.</summary>
internal static class Node
{
    private const int Done = 0;
    private const int CouldNotStart = 1;
    private const int BrokePromise = 3;
    private const string PayerVariable = "PRECONF_L1_KEY";

    /// <summary>Runs until the token is cancelled, the process is asked to end, or the load is over.</summary>
    /// <param name="options">What is asked for.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <returns>The exit code: 0 where all is well, 1 where it could not start or go on, 3 where a promise was broken.</returns>
    public static async Task<int> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        if (Check(options) is { } problem)
        {
            return Fail(problem.What, problem.Remedy);
        }

        PreconfCloud? cloud = null;
        try
        {
            Secp256k1.EnsureLoaded();
            Kzg.EnsureLoaded();
            if (ReadPassword(options, out string? password) is { } unreadable)
            {
                return Fail(unreadable.What, unreadable.Remedy);
            }

            cloud = await PreconfCloud.StartAsync(OptionsOf(options) with { KeyPassword = password }, cancellationToken).ConfigureAwait(false);
            if (DifferenceOf(options, cloud.Deployment.Genesis) is { } difference)
            {
                return Fail(
                    $"the data folder {options.Data} holds a rollup with {difference.Has}, and {difference.Option} asks for another one",
                    $"leave {difference.Option} out to go on with it, or name another folder with --data for a new rollup");
            }

            if (options.HasLoad && cloud.Accounts.Length < LoadOptions.FundedAccounts)
            {
                return Fail(
                    $"the rollup in {options.Data} has no accounts for a load: it was deployed without them",
                    "leave --demo, --tps and --duration out, and send with cloud load from an account that has money");
            }

            if (cloud.IsGateway)
            {
                Greet(cloud, options);
            }
            else
            {
                Console.WriteLine($"== silo of rollup {cloud.Deployment.Genesis.Rollup}, data in {options.Data}, health at {cloud.Address}health/ready");
            }

            return await ServeAsync(cloud, options, cancellationToken).ConfigureAwait(false);
        }
        catch (PreconfCloudException e)
        {
            return Fail(e.What, e.Remedy);
        }
        catch (StorageException e)
        {
            return Fail($"{e.File}: {e.Rule}", e.Remedy);
        }
        catch (NativeLibraryMissingException e)
        {
            return Fail(e.Message, "run ./run.sh, which installs and builds the native libraries");
        }
        catch (IOException e) when (e.GetBaseException() is SocketException)
        {
            return Fail(PortTaken(options.Listen, e.Message), PortRemedy);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Done;
        }
        finally
        {
            if (cloud is not null)
            {
                await cloud.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static string PortRemedy => "end the program that uses the port, or choose another address with --listen";

    private static string PortTaken(string listen, string why) => $"the gateway cannot listen on {listen}: {why}";

    private static (string What, string Remedy)? Check(RunOptions options)
    {
        if (!Uri.TryCreate(options.Listen, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
        {
            return ($"--listen is no http address: {options.Listen}", $"give one such as {RunOptions.DefaultListen}");
        }

        if (options.Report is not null && options.Duration is null)
        {
            return ("--report needs --duration", "say how long to send, such as --duration 120s");
        }

        if (PlanOf(options).Check() is { IsEmpty: false } faults)
        {
            return ($"these timing options do not fit together: {string.Join(" ", faults)}", "change --slot, --chunk, --l1-block, --profile or --committee");
        }

        // Without a key the account pays that has all the money on development chains. A key that is none is another matter.
        if (options.L1 is not null && Environment.GetEnvironmentVariable(PayerVariable) is { Length: > 0 } && ReadPayer() is KeyResult.Refused unusable)
        {
            return (unusable.Message, $"correct {PayerVariable}, or unset it on a development chain");
        }

        // Before anything is started or deployed: a port that is taken is the commonest mistake.
        if (options.Endpoint is { Port: not 0 } endpoint)
        {
            try
            {
                using TcpListener probe = new(endpoint);
                probe.Start();
            }
            catch (SocketException e)
            {
                return (PortTaken(options.Listen, e.Message), PortRemedy);
            }
        }

        return null;
    }

    private static RollupPlan PlanOf(RunOptions options)
    {
        RollupPlan plan = options.L1 is null
            ? new RollupPlan { ProofWindow = PreconfCloudOptions.LocalProofWindow }
            : RollupPlan.On(options.L1Block ?? RollupPlan.EthereumSlot);
        return plan with
        {
            Profile = options.Profile ?? plan.Profile,
            L1Slot = options.L1Block ?? plan.L1Slot,
            Slot = options.Slot ?? plan.Slot,
            Chunk = options.Chunk ?? plan.Chunk,
            CommitteeSize = options.Committee ?? plan.CommitteeSize,
        };
    }

    private static (string What, string Remedy)? ReadPassword(RunOptions options, out string? password)
    {
        password = Environment.GetEnvironmentVariable(KeystoreFile.PasswordVariable) is { Length: > 0 } set ? set : null;
        if (options.PasswordFile is not { } file)
        {
            return null;
        }

        try
        {
            password = KeystoreFile.PasswordIn(File.ReadAllText(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ($"the password cannot be read: {exception.Message}", "name a file that this user may read with --password-file");
        }

        return password.Length > 0 ? null : ($"{file} holds no password", $"write one into it, or leave --password-file out and set {KeystoreFile.PasswordVariable}");
    }

    private static KeyResult ReadPayer() => LocalSigner.FromEnvironment(PayerVariable, Environment.GetEnvironmentVariable);

    private static PreconfCloudOptions OptionsOf(RunOptions options)
    {
        IL1Signer? payer = options.L1 is not null && ReadPayer() is KeyResult.Loaded loaded ? loaded.Signer : null;
        return new PreconfCloudOptions
        {
            DataFolder = options.Data,
            Listen = options.Listen,
            L1 = options.L1,
            L1Beacon = options.L1Beacon,
            Payer = payer,
            Plan = PlanOf(options),
            Accounts = LoadOptions.FundedAccounts,
            FundThroughInbox = true,
            FlashblockInterval = options.Flashblock ?? TimeSpan.FromMilliseconds(200),
            Progress = Say,
        };
    }

    /// <summary>What a folder's rollup has otherwise than the options ask for.</summary>
    private static (string Option, string Has)? DifferenceOf(RunOptions options, GenesisConfig genesis)
    {
        ConsensusTiming timing = genesis.Timing;
        return options.Committee is { } committee && committee != genesis.Committee.CommitteeSize ? ("--committee", $"a committee of {genesis.Committee.CommitteeSize}")
            : options.Profile is { } profile && profile != timing.Profile ? ("--profile", $"the {timing.Profile.ToString().ToLowerInvariant()} profile")
            : options.Slot is { } slot && slot != timing.Slot ? ("--slot", $"slots of {timing.Slot.TotalSeconds} s")
            : options.Chunk is { } chunk && chunk != timing.Chunk ? ("--chunk", $"chunks of {timing.Chunk.TotalSeconds} s")
            : options.L1Block is { } block && block != timing.L1Slot ? ("--l1-block", $"L1 blocks of {timing.L1Slot.TotalSeconds} s")
            : null;
    }

    private static void Greet(PreconfCloud cloud, RunOptions options)
    {
        string version = Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        GenesisConfig genesis = cloud.Deployment.Genesis;
        string url = cloud.Address.ToString().TrimEnd('/');
        string where = options.Listen == RunOptions.DefaultListen ? "" : $" --url {url}";
        Console.WriteLine($"""

            Preconf Cloud {version.Split('+')[0]}, data in {options.Data}
              rollup     {genesis.Rollup} on L1 chain {cloud.Deployment.L1ChainId} at {options.L1?.GetLeftPart(UriPartial.Authority) ?? cloud.L1!.Address.ToString().TrimEnd('/')}
              chain      id {cloud.ChainId}, {genesis.Timing.Profile.ToString().ToLowerInvariant()}, slots of {genesis.Timing.Slot.TotalSeconds} s, chunks of {genesis.Timing.Chunk.TotalSeconds} s, committee of {genesis.Committee.CommitteeSize}
              JSON-RPC   {url}/rpc   WebSocket {cloud.WebSocketUrl}
              dashboard  {url}/
              {(cloud.Accounts.IsEmpty ? "" : $"account    {cloud.Accounts[0].Address} has 10000 ETH, key {cloud.Accounts[0].PrivateKey}")}

            gateway: {url}
            Try:  ./cloud status --watch{where}
                  ./cloud {(cloud.Accounts.IsEmpty ? "doctor" : "load --tps 5 --duration 10s")}{where}
                  curl -s {url}/rpc -H 'content-type: application/json' -d '{"{"}"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]{"}"}'
                  curl -s {url}/health/ready
            Stop with Ctrl-C; the next start goes on from here.
            """);
    }

    private static async Task<int> ServeAsync(PreconfCloud cloud, RunOptions options, CancellationToken cancellationToken)
    {
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task asked = cloud.WaitForShutdownAsync(ended.Token);
        Task<LoadReport>? load = null;
        if (options.HasLoad)
        {
            load = Task.Run(() => LoadAsync(cloud, options, ended.Token), CancellationToken.None);
        }

        Task first = load is null ? await Task.WhenAny(asked, cloud.Replica.Completion).ConfigureAwait(false)
            : await Task.WhenAny(asked, cloud.Replica.Completion, load).ConfigureAwait(false);
        if (first == cloud.Replica.Completion && cloud.Replica.Completion.Exception?.GetBaseException() is { } failure)
        {
            await ended.CancelAsync().ConfigureAwait(false);
            if (load is not null)
            {
                // It reads the chain, whose files are closed after this.
                await ((Task)load).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            return failure is StorageException storage
                ? Fail($"{storage.File}: {storage.Rule}", storage.Remedy)
                : Fail($"the node has stopped: {failure.Message}", "start again; nothing that was shown is lost");
        }

        await ended.CancelAsync().ConfigureAwait(false);
        await asked.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (load is null)
        {
            return Done;
        }

        if (first != load && options.Duration is null)
        {
            // Stopped by hand: a demonstration has nothing to report.
            await ((Task)load).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return Done;
        }

        return Show(await load.ConfigureAwait(false), options);
    }

    private static async Task<LoadReport> LoadAsync(PreconfCloud cloud, RunOptions options, CancellationToken cancellationToken)
    {
        LoadOptions load = new() { Duration = options.Duration, Rate = options.Rate ?? 20 };
        using LoadRun run = new(cloud, options.Duration is null ? load with { SettleLimit = TimeSpan.Zero } : load);
        return await run.RunAsync(Say, cancellationToken).ConfigureAwait(false);
    }

    private static int Show(LoadReport report, RunOptions options)
    {
        Console.WriteLine(report.ToJson());
        if (options.Report is { } file)
        {
            try
            {
                File.WriteAllText(file, report.ToJson());
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return Fail($"the report cannot be written: {exception.Message}", "choose another file with --report");
            }
        }

        if (report.IsGood)
        {
            return Done;
        }

        Fail(
            string.Join("; ", report.Failures()),
            "the machine may be too slow for these timing options: try fewer transactions per second or longer slots; the report says more");
        return BrokePromise;
    }

    private static void Say(string what) => Console.WriteLine($"== {what}");

    private static int Fail(string what, string remedy)
    {
        Console.Error.WriteLine($"error: {what}");
        Console.Error.WriteLine($"       {remedy}");
        return CouldNotStart;
    }
}
