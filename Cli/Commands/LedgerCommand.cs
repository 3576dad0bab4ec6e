using System.CommandLine;
using Cloud.Protocol.Signing;
using Spectre.Console;

namespace Cloud.Cli.Commands;

/// <summary><c>cloud ledger</c>: signing histories as files.</summary>
internal static class LedgerCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(Terminal terminal)
    {
        Argument<FileInfo> file = new("file") { Description = "A signing history as an export gives it" };
        Option<bool> json = CommonOptions.Json();
        Command check = new("check", "Reads a signing history as an import would, and says what it holds. Exit code 0: it can be imported; 1: it cannot.") { file, json };
        check.SetAction((arguments, cancellationToken) => CheckAsync(terminal, arguments.GetRequiredValue(file), arguments.GetValue(json), cancellationToken));
        return new Command("ledger", "Signing histories: what keys have signed, so that they never sign twice.") { check };
    }

    private static async Task<int> CheckAsync(Terminal terminal, FileInfo file, bool isJson, CancellationToken cancellationToken)
    {
        if (!file.Exists)
        {
            terminal.Fail($"there is no file {file.FullName}", "name the export's file");
            return CloudCommand.Unusable;
        }

        byte[] text = await File.ReadAllBytesAsync(file.FullName, cancellationToken).ConfigureAwait(false);
        if (SigningInterchange.Read(text) is InterchangeReading.Refused refused)
        {
            terminal.Fail($"{file.Name} cannot be imported", refused.Reason.Message);
            return CloudCommand.Wrong;
        }

        SigningHistory history = ((InterchangeReading.Ok)SigningInterchange.Read(text)).History;
        if (isJson)
        {
            terminal.Json(new
            {
                chainId = history.Context.ChainId,
                rollup = history.Context.Rollup.ToString(),
                validators = history.Validators.Select(validator => new { address = validator.Validator.ToString(), duties = validator.Signed.Length }),
            });
            return CloudCommand.Right;
        }

        terminal.Console.WriteLine($"chain {history.Context.ChainId}, rollup {history.Context.Rollup}");
        foreach (ValidatorHistory validator in history.Validators)
        {
            terminal.Console.WriteLine($"{validator.Validator}: {validator.Signed.Length} duties");
        }

        return CloudCommand.Right;
    }
}
