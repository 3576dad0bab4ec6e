using System.CommandLine;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;
using Cloud.Replica.Genesis;
using Cloud.Settlement.JsonRpc;
using Cloud.Settlement.Keys;
using Cloud.Settlement.L1;
using Cloud.Silo.CommandLine;
using Cloud.Silo.Rollups;
using Cloud.Storage;
using Spectre.Console;

namespace Cloud.Cli.Commands;

/// <summary><c>cloud deploy</c>: puts a new rollup on an L1 and makes the data folder of the process that will run it.</summary>
internal static class DeployCommand
{
    private const int MostValidators = 128;
    private static readonly UInt256 Funds = UInt256.Parse("10000000000000000000000");
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);

    /// <summary>Makes the command.</summary>
    public static Command Create(Terminal terminal)
    {
        Option<Uri?> l1 = L1Options.L1();
        Option<DirectoryInfo> data = new("--data") { Description = "The new data folder: keys, genesis and deployment", DefaultValueFactory = _ => new DirectoryInfo("data") };
        Option<int?> chainId = new("--chain-id") { Description = "Chain id of the L2 (default: 7357)", CustomParser = result => OptionValues.Number(result, 1, int.MaxValue) };
        Option<int?> committee = new("--committee") { Description = "Members of the committee, 1 to 128 (default: 4)", CustomParser = result => OptionValues.Number(result, 1, MostValidators) };
        Option<TimingProfile?> profile = new("--profile") { Description = "continuous, pipelined or sequential (default: continuous)", CustomParser = OptionValues.Profile };
        Option<TimeSpan?> l1Block = new("--l1-block") { Description = "Time between L1's blocks (default: 12s)", CustomParser = OptionValues.Duration };
        Option<TimeSpan?> slot = new("--slot") { Description = "Duration of a slot (default: six L1 blocks)", CustomParser = OptionValues.Duration };
        Option<TimeSpan?> chunk = new("--chunk") { Description = "Duration of a chunk (default: 6s)", CustomParser = OptionValues.Duration };
        Option<int?> epochSlots = new("--epoch-slots") { Description = "Slots of an epoch, which is proven at once, 1 to 1024 (default: 4)", CustomParser = result => OptionValues.Number(result, 1, 1024) };
        Option<int?> proofWindow = new("--proof-window") { Description = "Epochs after its own in which an epoch may be proven (default: 30)", CustomParser = result => OptionValues.Number(result, 1, 1_000_000) };
        Option<Address[]> fund = new("--fund")
        {
            Description = "An account that has 10000 ETH on the L2 from the beginning; may be given several times",
            CustomParser = result =>
            {
                List<Address> accounts = [];
                foreach (System.CommandLine.Parsing.Token token in result.Tokens)
                {
                    if (!Address.TryParse(token.Value, null, out Address account))
                    {
                        result.AddError($"--fund is '{token.Value}'; it is an address: 0x and 40 hex digits.");
                        return null;
                    }

                    accounts.Add(account);
                }

                return [.. accounts];
            },
        };
        Option<FileInfo?> keystore = KeyOptions.Keystore();
        Option<FileInfo?> password = KeyOptions.PasswordFile();
        Option<bool> json = CommonOptions.Json();
        Command command = new(
            "deploy",
            $"Deploys a rollup's contracts on an L1, registers its validators, and writes the data folder with which ./run.sh --l1 URL --data FOLDER runs it. The key that pays is a keystore's, or that in {L1Options.PayerVariable}: 1 ETH of stake for each validator, 30 ETH for publisher, keeper and prover, and gas. Exit code 2: nothing was deployed.")
        {
            l1, data, chainId, committee, profile, l1Block, slot, chunk, epochSlots, proofWindow, fund, keystore, password, json,
        };
        command.SetAction((arguments, cancellationToken) =>
        {
            RollupPlan plan = RollupPlan.On(arguments.GetValue(l1Block) ?? RollupPlan.EthereumSlot);
            plan = plan with
            {
                ChainId = (ulong)(arguments.GetValue(chainId) ?? (int)plan.ChainId),
                CommitteeSize = arguments.GetValue(committee) ?? plan.CommitteeSize,
                Profile = arguments.GetValue(profile) ?? plan.Profile,
                Slot = arguments.GetValue(slot) ?? plan.Slot,
                Chunk = arguments.GetValue(chunk) ?? plan.Chunk,
                EpochSlots = (uint)(arguments.GetValue(epochSlots) ?? (int)plan.EpochSlots),
                ProofWindow = (uint)(arguments.GetValue(proofWindow) ?? (int)plan.ProofWindow),
                Accounts = [.. (arguments.GetValue(fund) ?? []).Distinct().Select(static account => new GenesisAccount(account, Funds))],
            };
            return RunAsync(
                terminal, plan, arguments.GetValue(l1), arguments.GetRequiredValue(data), arguments.GetValue(keystore), arguments.GetValue(password), arguments.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        Terminal terminal, RollupPlan plan, Uri? l1, DirectoryInfo data, FileInfo? keystore, FileInfo? passwordFile, bool isJson, CancellationToken cancellationToken)
    {
        if (plan.Check() is { IsEmpty: false } faults)
        {
            terminal.Fail($"these options do not fit together: {string.Join(' ', faults)}", "change --slot, --chunk, --l1-block, --profile, --committee or --epoch-slots");
            return CloudCommand.Unusable;
        }

        using HttpJsonRpc? rpc = L1Options.Connect(terminal, l1);
        if (rpc is null || KeyOptions.ReadPayer(terminal, keystore, passwordFile, L1Options.PayerVariable) is not { } payer)
        {
            return CloudCommand.Unusable;
        }

        try
        {
            using DirectoryLock folder = DirectoryLock.Take(data.FullName);
            if (RollupDeployment.Load(data.FullName) is { } other)
            {
                terminal.Fail($"{data.FullName} holds the rollup {other.Genesis.Rollup}", "name another folder with --data for a new rollup");
                return CloudCommand.Unusable;
            }

            bool isSealing = passwordFile is not null || Environment.GetEnvironmentVariable(KeyOptions.PasswordVariable) is { Length: > 0 };
            string? password = isSealing ? KeyOptions.ReadPassword(terminal, passwordFile) : null;
            if (isSealing && password is null)
            {
                return CloudCommand.Unusable;
            }

            RollupKeys keys = RollupKeys.LoadOrCreate(Path.Combine(data.FullName, RollupKeys.FileName), plan.CommitteeSize, password);
            if (keys.Validators.Length != plan.CommitteeSize)
            {
                terminal.Fail($"{data.FullName} holds the keys of {keys.Validators.Length} validators", $"give --committee {keys.Validators.Length}, or name another folder with --data");
                return CloudCommand.Unusable;
            }

            int code = await DeployAsync(terminal, plan, keys, new L1Client(rpc), payer, data, isJson, cancellationToken).ConfigureAwait(false);
            if (code == CloudCommand.Right && password is null && !isJson)
            {
                terminal.Console.WriteLine($"its keys are not sealed: a start with --password-file or {KeyOptions.PasswordVariable} seals them");
            }

            return code;
        }
        catch (StorageException exception)
        {
            terminal.Fail($"{exception.File}: {exception.Rule}", exception.Remedy);
            return CloudCommand.Unusable;
        }
    }

    private static async Task<int> DeployAsync(
        Terminal terminal, RollupPlan plan, RollupKeys keys, L1Client client, IL1Signer payer, DirectoryInfo data, bool isJson, CancellationToken cancellationToken)
    {
        if (!(await client.GetChainIdAsync(cancellationToken).ConfigureAwait(false)).TryGet(out ulong l1ChainId, out L1Failure? failure)
            || !(await client.GetBlockAsync(BlockTag.Latest, cancellationToken).ConfigureAwait(false)).TryGet(out L1Block? head, out failure))
        {
            return L1Options.Fail(terminal, failure);
        }

        if (head is null)
        {
            terminal.Fail("L1 has no newest block", "wait until the L1 node is in sync, then try again");
            return CloudCommand.Unusable;
        }

        DateTimeOffset genesis = DateTimeOffset.FromUnixTimeSeconds((long)head.Timestamp) + RollupProvisioner.TimeFor(plan);
        ProvisioningOutcome outcome = await new RollupProvisioner(client, l1ChainId, payer, Poll, terminal.Time).DeployAsync(
            plan, keys, genesis, null, isJson ? null : step => terminal.Console.WriteLine(step), cancellationToken).ConfigureAwait(false);
        if (outcome is ProvisioningOutcome.Failed failed)
        {
            terminal.Fail(failed.What, failed.Remedy);
            return CloudCommand.Unusable;
        }

        RollupDeployment deployment = ((ProvisioningOutcome.Deployed)outcome).Deployment;
        deployment.Save(data.FullName);
        if (isJson)
        {
            terminal.Json(new
            {
                l1ChainId,
                chainId = plan.ChainId,
                rollup = deployment.Genesis.Rollup.ToString(),
                verifier = deployment.Verifier.ToString(),
                deploymentBlock = deployment.DeploymentBlock,
                deploymentHash = deployment.DeploymentHash.ToString(),
                genesis,
                validators = deployment.Genesis.Validators.Select(static validator => validator.ToString()),
                publisher = keys.Publisher.Address.ToString(),
                keeper = keys.Keeper.Address.ToString(),
                prover = keys.Prover.Address.ToString(),
                dataFolder = data.FullName,
            });
        }
        else
        {
            terminal.Console.WriteLine($"rollup {deployment.Genesis.Rollup} stands on L1 chain {l1ChainId}; its keys and genesis are in {data.FullName}");
            terminal.Console.WriteLine($"run it with: ./run.sh --l1 URL --data {data.FullName}");
        }

        return CloudCommand.Right;
    }
}
