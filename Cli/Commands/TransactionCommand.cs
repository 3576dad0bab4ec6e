using System.CommandLine;
using System.Text.Json;
using Cloud.Protocol.Primitives;
using Spectre.Console;

namespace Cloud.Cli.Commands;

/// <summary><c>cloud tx HASH</c>: a transaction's ladder, and its proof as a file.</summary>
internal static class TransactionCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(Terminal terminal)
    {
        Argument<string> hash = new("hash") { Description = "The transaction's hash" };
        Option<string> url = CommonOptions.Url();
        Option<FileInfo?> proof = new("--proof") { Description = "Write the proof of the highest rung to this file" };
        Option<bool> json = CommonOptions.Json();
        Command command = new("tx", "Shows where a transaction stands. Exit code 0: it is known; 1: it is not; 2: the gateway cannot be reached, or a bad argument.") { hash, url, proof, json };
        command.SetAction((arguments, cancellationToken) => RunAsync(
            terminal, arguments.GetRequiredValue(hash), arguments.GetRequiredValue(url), arguments.GetValue(proof), arguments.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, string text, string url, FileInfo? file, bool isJson, CancellationToken cancellationToken)
    {
        if (!Hash256.TryParse(text, null, out Hash256 hash))
        {
            terminal.Fail($"{text} is no transaction hash", "give 0x and 64 hex digits");
            return CloudCommand.Unusable;
        }

        using GatewayClient? client = CommonOptions.Connect(terminal, url);
        if (client is null)
        {
            return CloudCommand.Unusable;
        }

        (JsonElement? document, string? refusal) = await client.GetAsync($"transactions/{hash}", cancellationToken).ConfigureAwait(false);
        if (document is not { } transaction)
        {
            terminal.Fail(refusal!, client.HasAnswered ? "check the hash and --url" : GatewayClient.UnreachableRemedy);
            return client.HasAnswered ? CloudCommand.Wrong : CloudCommand.Unusable;
        }

        if (file is not null)
        {
            (byte[]? proof, string? noProof) = await client.GetBytesAsync($"transactions/{hash}/proof", cancellationToken).ConfigureAwait(false);
            if (proof is null)
            {
                terminal.Fail(noProof!, "wait until it is in a flashblock");
                return CloudCommand.Wrong;
            }

            await File.WriteAllBytesAsync(file.FullName, proof, cancellationToken).ConfigureAwait(false);
        }

        if (isJson)
        {
            terminal.Json(transaction);
            return CloudCommand.Right;
        }

        terminal.Console.MarkupLineInterpolated($"{hash} is {transaction.GetProperty("state").GetString()}");
        Table table = new Table().Border(TableBorder.Simple).AddColumns("rung", "at", "after ms", "proof");
        foreach (JsonElement rung in transaction.GetProperty("rungs").EnumerateArray())
        {
            JsonElement proof = rung.GetProperty("proof");
            table.AddRow(
                rung.GetProperty("rung").GetString()!,
                rung.GetProperty("at").GetString()!,
                rung.GetProperty("sincePreviousMs").ToString(),
                proof.ValueKind == JsonValueKind.Null ? "" : proof.GetProperty("kind").GetString()!);
        }

        terminal.Console.Write(table);
        return CloudCommand.Right;
    }
}
