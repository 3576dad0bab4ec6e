using System.Globalization;
using Cloud.Execution.Pool;
using Cloud.Execution.State;
using Cloud.Execution.Verification;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Chains;
using Cloud.Replica.Genesis;
using Cloud.Settlement.BlobStores;
using Cloud.Settlement.Deployment;
using Cloud.Settlement.Following;
using Cloud.Settlement.Keys;
using Cloud.Settlement.L1;
using Cloud.Settlement.Proving;
using Cloud.Settlement.Rollups;
using Cloud.Settlement.Watching;
using Cloud.Storage;

namespace Cloud.EpochProver;

/// <summary>One prover in a process of its own.</summary>
internal static class ProverProcess
{
    private const int Done = 0;
    private const int CouldNotStart = 1;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SubmitLimit = TimeSpan.FromMinutes(5);

    /// <summary>Runs until the token is cancelled, or the checkpoint of the settings is proven.</summary>
    public static async Task<int> RunAsync(ProverSettings settings, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            Secp256k1.EnsureLoaded();
            Kzg.EnsureLoaded();
            await ProveAsync(settings, time, cancellationToken).ConfigureAwait(false);
            return Done;
        }
        catch (SettingException e)
        {
            return Fail(e.Message, e.Remedy);
        }
        catch (StorageException e)
        {
            return Fail($"{e.File}: {e.Rule}", e.Remedy);
        }
        catch (NativeLibraryMissingException e)
        {
            return Fail(e.Message, "run ./run.sh once, which installs and builds the native libraries");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Done;
        }
    }

    private static async Task ProveAsync(ProverSettings settings, TimeProvider time, CancellationToken cancellationToken)
    {
        GenesisConfig genesis = ReadGenesis(settings.Genesis);
        IL1Signer key = ReadKey(settings);
        if (!Address.TryParse(settings.Rollup, CultureInfo.InvariantCulture, out Address rollup))
        {
            throw new SettingException($"--rollup is no address: {settings.Rollup}", "give the address of the rollup contract, 0x and 40 hex digits");
        }

        L1Options l1 = new() { Endpoints = [.. settings.Endpoints.Select(text => ParseUri(text, "--l1"))], ChainId = 1, Rollup = rollup };
        foreach (string problem in l1.Check())
        {
            throw new SettingException(problem, "correct --l1 or --rollup");
        }

        L1Client client = L1Client.Create(l1, time);
        ulong chainId = Require(await client.GetChainIdAsync(cancellationToken).ConfigureAwait(false), "--l1");
        DeployedRollup deployed = Require(await DeployedRollup.ReadAsync(client, rollup, cancellationToken).ConfigureAwait(false), "--rollup");
        if (!deployed.Provers.Contains(key.Address))
        {
            throw new SettingException($"the verifier {deployed.Verifier} does not know the prover {key.Address}", "use the key of a prover that the deployment names");
        }

        if (genesis.Rollup != rollup || (ulong)genesis.Timing.Genesis.ToUnixTimeSeconds() != deployed.Clock.GenesisTime || genesis.Timing.Slot.TotalSeconds != deployed.Clock.SlotDuration)
        {
            throw new SettingException($"the genesis file is not that of the rollup {rollup}", "compare rollup, timing.genesis and timing.slot in --genesis with the deployment");
        }

        using DirectoryLock folder = DirectoryLock.Take(settings.Data.FullName);
        using WorldState world = WorldState.Open(Path.Combine(settings.Data.FullName, "state"), new WorldStateOptions());
        StateChanges accounts = GenesisBlock.ChangesOf(genesis);
        BlockHeader block0 = GenesisBlock.HeaderOf(genesis, MemoryState.Empty.Extend(accounts).Root);
        if (world.IsNew && (world.Flattened.TryExtend(accounts, 0) is not { } first || !world.TryFlatten(first, block0.ComputeHash())))
        {
            throw new InvalidOperationException("A new world state has another fork.");
        }

        using BeaconBlobSource? beacon = Beacon(settings, time);
        IBlobSource blobs = settings.Blobs is { } archive ? new BlobArchive(new FileBlobStore(archive.FullName), beacon)
            : beacon ?? throw new SettingException("neither --beacon nor --blobs is given", "name a beacon node, a folder with blobs, or both");
        WatcherOptions watcher = new() { Rollup = rollup, GenesisHash = deployed.GenesisHash, DeploymentBlock = settings.DeploymentBlock };
        Follower follower = new(
            new RollupWatcher(client, watcher),
            new CheckpointReader(client, blobs, new SigningDomains(genesis.Context), deployed.Clock.EpochSlots),
            world,
            new BlockRules(genesis, ConsensusTimetable.Create(genesis.Timing).OrThrow()),
            new ChunkVerifier(new SenderCache(), time, Environment.ProcessorCount),
            new FollowerOptions { Genesis = block0, Transactions = new TransactionRules { ChainId = genesis.Chain.ChainId, AllowDeposits = true } },
            time);
        L1Sender? sender = settings.PayerVariable is { } variable
            ? new L1Sender(client, Loaded(LocalSigner.FromEnvironment(variable, Environment.GetEnvironmentVariable), "--payer-env"), chainId, SubmitLimit, Rest, time)
            : null;
        ProverOptions options = new()
        {
            ChainId = chainId,
            Rollup = rollup,
            Verifier = deployed.Verifier,
            Provers = deployed.Provers,
            Threshold = deployed.Threshold,
            Clock = deployed.Clock,
        };
        Say($"prover {key.Address} of {deployed.Threshold} out of {deployed.Provers.Length}, rollup {rollup} on chain {chainId}, data in {settings.Data.FullName}");
        await StepAsync(new Prover(follower, key, new FileBlobStore(settings.Shares.FullName), sender, options), settings.Until, time, cancellationToken).ConfigureAwait(false);
    }

    private static async Task StepAsync(Prover prover, ulong until, TimeProvider time, CancellationToken cancellationToken)
    {
        string last = string.Empty;
        while (!cancellationToken.IsCancellationRequested)
        {
            ProverStep step = await prover.StepAsync(cancellationToken).ConfigureAwait(false);
            FollowerProgress progress = prover.Follower.Progress;
            string line = string.Create(
                CultureInfo.InvariantCulture,
                $"L1 block {progress.L1Block}, {progress.L1Behind} behind; checkpoint {progress.Number}, L2 block {progress.Block}, state {progress.StateRoot}; {step.Shares} signatures");
            if (line != last && !step.Events.IsEmpty)
            {
                last = line;
                Say(line);
            }

            foreach (string problem in step.Events.OfType<FollowerEvent.Waiting>().Select(waiting => waiting.Message).Append(step.Problem).OfType<string>())
            {
                await Console.Error.WriteLineAsync(problem).ConfigureAwait(false);
            }

            if (step is { Submitted: { } submitted, Statement: { } statement })
            {
                Say($"proof up to checkpoint {statement.To}: {submitted}");
            }

            if (until > 0 && prover.Follower.View?.State.Proven.Number >= until)
            {
                Say($"checkpoint {until} is proven");
                return;
            }

            if (step.Events.IsEmpty || step.Problem is not null || step.Events.OfType<FollowerEvent.Waiting>().Any())
            {
                await Task.Delay(Rest, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static GenesisConfig ReadGenesis(FileInfo file)
    {
        if (!file.Exists)
        {
            throw new SettingException($"--genesis: there is no file {file.FullName}", "give the rollup's genesis file");
        }

        return GenesisFile.Parse(File.ReadAllText(file.FullName)) switch
        {
            GenesisReading.Read read => read.Genesis,
            GenesisReading.Refused refused => throw new SettingException($"--genesis {file.FullName}: {string.Join(' ', refused.Faults)}", "correct the file"),
            var other => throw new InvalidOperationException($"Unknown reading {other}."),
        };
    }

    private static IL1Signer ReadKey(ProverSettings settings) => settings switch
    {
        { KeyVariable: { } variable } => Loaded(LocalSigner.FromEnvironment(variable, Environment.GetEnvironmentVariable), "--key-env"),
        { Keystore: { Exists: true } file, PasswordFile: { Exists: true } password } =>
            Loaded(KeystoreFile.Decrypt(File.ReadAllText(file.FullName), KeystoreFile.PasswordIn(File.ReadAllText(password.FullName))), "--keystore"),
        _ => throw new SettingException("there is no key", "give --key-env, or --keystore and --password-file with files that exist"),
    };

    private static BeaconBlobSource? Beacon(ProverSettings settings, TimeProvider time) => settings.Beacon is { } endpoint
        ? new BeaconBlobSource(new BeaconOptions { Endpoint = ParseUri(endpoint, "--beacon"), BlockId = settings.BeaconByNumber ? BeaconBlockId.Number : BeaconBlockId.Slot }, time)
        : null;

    private static Uri ParseUri(string text, string option) => Uri.TryCreate(text, UriKind.Absolute, out Uri? address)
        ? address
        : throw new SettingException($"{option} is no address: {text}", "give one such as http://127.0.0.1:8545");

    private static IL1Signer Loaded(KeyResult result, string option) =>
        result is KeyResult.Loaded loaded ? loaded.Signer : throw new SettingException($"{option}: {((KeyResult.Refused)result).Message}", "correct the setting and start again");

    private static T Require<T>(L1Result<T> result, string option) =>
        result.TryGet(out T? value, out L1Failure? failure) ? value! : throw new SettingException($"{option}: {failure!.Message}", "correct the setting, or start again when L1 answers");

    private static int Fail(string what, string remedy)
    {
        Console.Error.WriteLine($"error: {what}");
        Console.Error.WriteLine($"       {remedy}");
        return CouldNotStart;
    }

    private static void Say(string line) => Console.WriteLine(line);
}
