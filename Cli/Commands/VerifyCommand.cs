using System.CommandLine;
using System.Globalization;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Proofs;
using Spectre.Console;

namespace Cloud.Cli.Commands;

/// <summary><c>cloud verify proof.json</c>: checks a proof without a network.</summary>
internal static class VerifyCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(Terminal terminal)
    {
        Argument<FileInfo> file = new("proof") { Description = "The document that /api/v1/transactions/HASH/proof gave" };
        Option<ulong?> chain = new("--chain") { Description = "Chain id that the proof must be of" };
        Option<string?> rollup = new("--rollup") { Description = "Rollup contract that the proof must be of" };
        Option<string?> committee = new("--committee") { Description = "Commitment of the epoch's committee, as the contract on L1 has it" };
        Option<int?> slots = new("--slots-per-epoch") { Description = "Slots of an epoch, from 1" };
        Option<bool> json = CommonOptions.Json();
        Command command = new("verify", "Checks a proof offline. Exit code 0: all that can be checked offline is right; 1: it is not; 2: no proof, or a bad argument.")
        {
            file, chain, rollup, committee, slots, json,
        };
        command.SetAction((arguments, cancellationToken) => RunAsync(
            terminal,
            arguments.GetRequiredValue(file),
            arguments.GetValue(chain),
            arguments.GetValue(rollup),
            arguments.GetValue(committee),
            arguments.GetValue(slots),
            arguments.GetValue(json),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        Terminal terminal, FileInfo file, ulong? chain, string? rollup, string? committee, int? slots, bool isJson, CancellationToken cancellationToken)
    {
        if (!file.Exists)
        {
            terminal.Fail($"there is no file {file.FullName}", "download the proof from a transaction's page, or with: cloud tx HASH --proof FILE");
            return CloudCommand.Unusable;
        }

        Address contract = default;
        Hash256 commitment = default;
        if ((rollup is not null && !Address.TryParse(rollup, null, out contract)) || (committee is not null && !Hash256.TryParse(committee, null, out commitment)) || slots < 1)
        {
            terminal.Fail("--rollup must be an address, --committee 32 bytes in hex, --slots-per-epoch a number from 1", "see cloud verify --help");
            return CloudCommand.Unusable;
        }

        byte[] text = await File.ReadAllBytesAsync(file.FullName, cancellationToken).ConfigureAwait(false);
        if (TransactionProofJson.Read(text) is not ProofReading.Ok { Proof: { } proof })
        {
            terminal.Fail($"{file.Name} is no proof: {((ProofReading.Refused)TransactionProofJson.Read(text)).Reason}", "download it again");
            return CloudCommand.Unusable;
        }

        ProofTrust trust = new()
        {
            Context = chain is not null || rollup is not null ? new SigningContext(chain ?? proof.Context.ChainId, rollup is null ? proof.Context.Rollup : contract) : null,
            CommitteeCommitment = committee is null ? null : commitment,
            SlotsPerEpoch = slots,
        };
        ProofVerdict verdict = new ProofVerifier(trust).Verify(proof);
        if (isJson)
        {
            terminal.Json(new
            {
                verdict.IsValid,
                verdict.Proven,
                transaction = proof.Transaction.ToString(),
                chainId = proof.Context.ChainId,
                rollup = proof.Context.Rollup.ToString(),
                committee = verdict.Committee?.ToString(),
                verdict.Succeeded,
                rungs = verdict.Rungs.Select(rung => new
                {
                    rung.Status,
                    rung.IsValid,
                    fault = rung.IsValid ? null : rung.Fault.ToString(),
                    rung.Detail,
                    toConfirm = rung.ToConfirm is { } anchor
                        ? new { anchor.Checkpoint, payloadHash = anchor.PayloadHash.ToString(), anchor.BlockNumber, blockHash = anchor.BlockHash.ToString(), transaction = anchor.Transaction?.ToString() }
                        : null,
                }),
            });
        }
        else
        {
            Show(terminal, proof, verdict, trust);
        }

        return verdict.IsValid ? CloudCommand.Right : CloudCommand.Wrong;
    }

    private static void Show(Terminal terminal, TransactionProof proof, ProofVerdict verdict, ProofTrust trust)
    {
        terminal.Console.MarkupLineInterpolated($"transaction {proof.Transaction} of chain {proof.Context.ChainId}, rollup {proof.Context.Rollup}");
        foreach (RungVerdict rung in verdict.Rungs)
        {
            if (rung.IsValid)
            {
                terminal.Console.MarkupLineInterpolated($"[green]right[/]  {rung.Status,-13} {rung.Detail}");
            }
            else
            {
                terminal.Console.MarkupLineInterpolated($"[red]WRONG[/]  {rung.Status,-13} {rung.Fault}: {rung.Detail}");
            }
        }

        if (verdict.Committee is { } committee && trust.CommitteeCommitment is null)
        {
            terminal.Console.MarkupLineInterpolated($"[yellow]check[/]  committee     the rollup contract has the commitment {committee} for the epoch");
        }

        foreach (RungVerdict rung in verdict.Rungs)
        {
            if (rung.ToConfirm is { } anchor)
            {
                terminal.Console.MarkupLineInterpolated(
                    CultureInfo.InvariantCulture, $"[yellow]check[/]  {rung.Status,-13} L1 block {anchor.BlockNumber} ({anchor.BlockHash}) shows checkpoint {anchor.Checkpoint} with hash {anchor.PayloadHash}");
            }
        }

        terminal.Console.MarkupLineInterpolated($"{(verdict.IsValid ? $"valid: {verdict.Proven}" : verdict.Proven is { } shown ? $"not valid; shown up to {shown}" : "not valid")}");
    }
}
