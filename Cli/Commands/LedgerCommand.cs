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
        return new Command("ledger", "Signing histories: what keys have signed, so that they never sign twice.") { check, Export(terminal), Import(terminal) };
    }

    private static Command Export(Terminal terminal)
    {
        Argument<string> validator = new("validator") { Description = "Address of a validator whose key the installation holds" };
        Argument<FileInfo> file = new("file") { Description = "Where the history goes" };
        Option<string> url = CommonOptions.Url();
        Command export = new("export", $"Writes what a validator's key has signed to a file. Needs an operator's key in {CommonOptions.KeyVariable}. Stop the validator before another one takes its key.") { validator, file, url };
        export.SetAction(async (arguments, cancellationToken) =>
        {
            using GatewayClient? client = CommonOptions.Connect(terminal, arguments.GetRequiredValue(url));
            if (client is null)
            {
                return CloudCommand.Unusable;
            }

            (byte[]? history, string? refusal) = await client.OperateAsync(HttpMethod.Get, $"validators/{Uri.EscapeDataString(arguments.GetRequiredValue(validator))}/ledger", null, cancellationToken).ConfigureAwait(false);
            if (history is null)
            {
                terminal.Fail(refusal!, $"check the address, --url, and the operator's key in {CommonOptions.KeyVariable}");
                return CloudCommand.Unusable;
            }

            await File.WriteAllBytesAsync(arguments.GetRequiredValue(file).FullName, history, cancellationToken).ConfigureAwait(false);
            return CloudCommand.Right;
        });
        return export;
    }

    private static Command Import(Terminal terminal)
    {
        Argument<string> validator = new("validator") { Description = "Address of a validator whose key the installation holds" };
        Argument<FileInfo> file = new("file") { Description = "A signing history as an export gives it" };
        Option<string> url = CommonOptions.Url();
        Command import = new("import", $"Takes over what a validator's key signed elsewhere, before it signs here. Needs an operator's key in {CommonOptions.KeyVariable}.") { validator, file, url };
        import.SetAction(async (arguments, cancellationToken) =>
        {
            FileInfo history = arguments.GetRequiredValue(file);
            using GatewayClient? client = CommonOptions.Connect(terminal, arguments.GetRequiredValue(url));
            if (client is null)
            {
                return CloudCommand.Unusable;
            }

            if (!history.Exists)
            {
                terminal.Fail($"there is no file {history.FullName}", "name the export's file");
                return CloudCommand.Unusable;
            }

            byte[] text = await File.ReadAllBytesAsync(history.FullName, cancellationToken).ConfigureAwait(false);
            (byte[]? answer, string? refusal) = await client.OperateAsync(HttpMethod.Post, $"validators/{Uri.EscapeDataString(arguments.GetRequiredValue(validator))}/ledger", text, cancellationToken).ConfigureAwait(false);
            if (answer is null)
            {
                terminal.Fail(refusal!, $"check the file with cloud ledger check, the address, --url, and the operator's key in {CommonOptions.KeyVariable}");
                return CloudCommand.Wrong;
            }

            return CloudCommand.Right;
        });
        return import;
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
