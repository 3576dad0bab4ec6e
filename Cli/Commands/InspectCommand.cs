using System.CommandLine;
using System.Globalization;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.JsonRpc;
using Cloud.Settlement.L1;
using Cloud.Settlement.Rollups;
using Cloud.Silo.CommandLine;
using Cloud.Silo.Rollups;
using Cloud.Storage;
using Spectre.Console;

namespace Cloud.Cli.Commands;

/// <summary><c>cloud inspect</c>: a rollup contract as L1 has it.</summary>
internal static class InspectCommand
{
    private const ulong SearchedBlocks = 20_000;

    /// <summary>Makes the command.</summary>
    public static Command Create(Terminal terminal)
    {
        Option<Uri?> l1 = L1Options.L1();
        Option<Address?> rollup = new("--rollup") { Description = "Address of the rollup contract (default: that of the data folder)", CustomParser = OptionValues.Account };
        Option<DirectoryInfo> data = new("--data") { Description = "A rollup's data folder", DefaultValueFactory = _ => new DirectoryInfo("data") };
        Option<int?> checkpoints = new("--checkpoints") { Description = "Newest checkpoints to show, 0 to 1000 (default: 10)", CustomParser = result => OptionValues.Number(result, 0, 1000) };
        Option<bool> json = CommonOptions.Json();
        Command command = new("inspect", "Shows a rollup contract on L1: parameters, tips, ring of checkpoints, validators and committee. Exit code 2: it cannot be read.") { l1, rollup, data, checkpoints, json };
        command.SetAction((arguments, cancellationToken) => RunAsync(
            terminal,
            arguments.GetValue(l1),
            arguments.GetValue(rollup),
            arguments.GetRequiredValue(data),
            arguments.GetValue(checkpoints) ?? 10,
            arguments.GetValue(json),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, Uri? l1, Address? rollup, DirectoryInfo data, int checkpoints, bool isJson, CancellationToken cancellationToken)
    {
        RollupDeployment? deployment = null;
        try
        {
            deployment = rollup is null ? RollupDeployment.Load(data.FullName) : null;
        }
        catch (StorageException exception)
        {
            terminal.Fail($"{exception.File}: {exception.Rule}", exception.Remedy);
            return CloudCommand.Unusable;
        }

        if ((rollup ?? deployment?.Genesis.Rollup) is not { } contract)
        {
            terminal.Fail($"{data.FullName} holds no rollup", "name its contract with --rollup, or its data folder with --data");
            return CloudCommand.Unusable;
        }

        using HttpJsonRpc? rpc = L1Options.Connect(terminal, l1);
        if (rpc is null)
        {
            return CloudCommand.Unusable;
        }

        L1Client client = new(rpc);
        L1Failure? failure;
        if (!(await client.GetBlockAsync(BlockTag.Latest, cancellationToken).ConfigureAwait(false)).TryGet(out L1Block? head, out failure))
        {
            return L1Options.Fail(terminal, failure);
        }

        ulong newest = head?.Number ?? 0;
        ulong from = deployment?.DeploymentBlock ?? (newest > SearchedBlocks ? newest - SearchedBlocks : 0);
        if (!(await RollupInspection.ReadAsync(client, contract, checkpoints, from, cancellationToken).ConfigureAwait(false)).TryGet(out RollupInspection? found, out failure))
        {
            return L1Options.Fail(terminal, failure);
        }

        if (isJson)
        {
            terminal.Json(DocumentOf(contract, found));
        }
        else
        {
            Show(terminal.Console, contract, found);
        }

        return CloudCommand.Right;
    }

    private static object DocumentOf(Address rollup, RollupInspection found) => new
    {
        rollup = rollup.ToString(),
        l1Block = found.Block,
        parameters = ParametersOf(found).ToDictionary(static parameter => parameter.Name, static parameter => parameter.Value),
        verifier = new { address = found.Deployed.Verifier.ToString(), provers = found.Deployed.Provers.Select(static prover => prover.ToString()), threshold = found.Deployed.Threshold },
        currentSlot = found.CurrentSlot,
        currentEpoch = found.CurrentEpoch,
        tips = new
        {
            pending = found.Tips.PendingNumber,
            pendingSlot = found.Tips.PendingSlot,
            proven = found.Tips.ProvenNumber,
            pruneDue = found.Tips.PruneDue,
            depositsConsumed = found.Tips.PendingDeposits,
        },
        deposits = found.Deposits,
        checkpoints = found.Ring.Select(static entry => new { number = entry.Number, hash = entry.Hash.ToString() }),
        validatorCount = found.ValidatorCount,
        validators = found.Validators.Select(static validator => new { address = validator.Address.ToString(), withdrawer = validator.Withdrawer.ToString(), stakeWei = validator.Stake.ToString() }),
        committee = new { commitment = found.CommitteeCommitment.ToString(), members = found.Committee.Select(static member => member.ToString()) },
    };

    private static IEnumerable<(string Name, string Value)> ParametersOf(RollupInspection found)
    {
        RollupClock clock = found.Deployed.Clock;
        return
        [
            ("genesisHash", found.Deployed.GenesisHash.ToString()),
            ("genesisTime", Text(clock.GenesisTime)),
            ("slotDuration", Text(clock.SlotDuration)),
            ("epochSlots", Text(clock.EpochSlots)),
            ("inclusionWindow", Text(clock.InclusionWindow)),
            ("committeeLag", Text(clock.CommitteeLag)),
            ("proofWindow", Text(clock.ProofWindow)),
            .. found.Parameters.Select(static parameter => (parameter.Name, parameter.Value.ToString())),
        ];

        static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);
    }

    private static void Show(IAnsiConsole console, Address rollup, RollupInspection found)
    {
        console.MarkupLineInterpolated(
            $"rollup {rollup} at L1 block {found.Block}: {(found.CurrentSlot is { } slot ? $"slot {slot}, epoch {found.CurrentEpoch}" : "before slot 0")}");
        console.MarkupLineInterpolated(
            $"checkpoints: {found.Tips.PendingNumber} posted (slot {found.Tips.PendingSlot}), {found.Tips.ProvenNumber} proven{(found.Tips.PruneDue ? ", the unproven ones are due to be pruned" : "")}");
        console.MarkupLineInterpolated($"inbox: {found.Deposits} messages, {found.Tips.PendingDeposits} consumed");
        console.MarkupLineInterpolated($"verifier {found.Deployed.Verifier}: {found.Deployed.Threshold} of {found.Deployed.Provers.Length} provers: {string.Join(' ', found.Deployed.Provers)}");
        Table parameters = new Table().Border(TableBorder.Simple).AddColumns("parameter", "value");
        foreach ((string name, string value) in ParametersOf(found))
        {
            parameters.AddRow(name, value);
        }

        console.Write(parameters);
        Table validators = new Table().Border(TableBorder.Simple).AddColumns("validator", "stake in wei", "in the committee");
        foreach (RollupInspection.Validator validator in found.Validators)
        {
            int place = found.Committee.IndexOf(validator.Address);
            validators.AddRow(validator.Address.ToString(), validator.Stake.ToString(), place < 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{place}"));
        }

        console.Write(validators);
        if (found.ValidatorCount > (ulong)found.Validators.Length)
        {
            console.MarkupLineInterpolated($"and {found.ValidatorCount - (ulong)found.Validators.Length} more");
        }

        foreach ((ulong number, Hash256 hash) in found.Ring)
        {
            console.MarkupLineInterpolated($"checkpoint {number}  {hash}");
        }
    }
}
