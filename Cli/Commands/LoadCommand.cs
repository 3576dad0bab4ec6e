using System.CommandLine;
using System.Globalization;
using Cloud.Cli.Load;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.JsonRpc;
using Cloud.Settlement.Keys;
using Cloud.Silo.CommandLine;
using Spectre.Console;

namespace Cloud.Cli.Commands;

/// <summary><c>cloud load</c>: bounded load on a gateway.</summary>
internal static class LoadCommand
{
    private const string PayerVariable = "PRECONF_LOAD_KEY";

    // The first account of the phrase that development tools share: it has money on chains that ./run.sh makes, and on no other.
    private const string DevelopmentKey = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
    private const int MaxReplyLength = 16 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    /// <summary>Makes the command.</summary>
    public static Command Create(Terminal terminal)
    {
        Option<string> url = CommonOptions.Url();
        Option<int?> rate = new("--tps") { Description = $"Transactions per second, 1 to {LoadSettings.MaxRate} (default: 20)", CustomParser = result => OptionValues.Number(result, 1, LoadSettings.MaxRate) };
        Option<TimeSpan?> duration = new("--duration") { Description = "How long to send, at most 1h (default: 10s)", CustomParser = OptionValues.Duration };
        Option<int?> senders = new("--senders") { Description = $"Accounts that send, 1 to {LoadSettings.MaxSenders}; each has one transaction in flight (default: as many as --tps, at most 100)", CustomParser = result => OptionValues.Number(result, 1, LoadSettings.MaxSenders) };
        Option<string> until = new("--until")
        {
            Description = $"Wait until the last transaction is {string.Join(", ", LoadSettings.Rungs)}",
            CustomParser = result =>
            {
                string rung = result.Tokens[0].Value;
                if (!LoadSettings.Rungs.Contains(rung, StringComparer.Ordinal))
                {
                    result.AddError($"--until is '{rung}'; it is one of {string.Join(", ", LoadSettings.Rungs)}.");
                }

                return rung;
            },
            DefaultValueFactory = _ => LoadSettings.Preconfirmed,
        };
        Option<FileInfo?> keystore = KeyOptions.Keystore();
        Option<FileInfo?> password = KeyOptions.PasswordFile();
        Option<bool> json = CommonOptions.Json();
        Command command = new(
            "load",
            $"Sends transfers to a gateway at a fixed rate and reports how fast they are preconfirmed and whether any is lost. Who pays: --keystore, else the key in {PayerVariable}, else the development account that ./run.sh funds. Exit code 0: all arrived; 1: some did not; 2: nothing was sent.")
        {
            url, rate, duration, senders, until, keystore, password, json,
        };
        command.SetAction((arguments, cancellationToken) =>
        {
            int tps = arguments.GetValue(rate) ?? 20;
            LoadSettings settings = new(
                tps, arguments.GetValue(duration) ?? TimeSpan.FromSeconds(10), arguments.GetValue(senders) ?? Math.Min(tps, 100), arguments.GetRequiredValue(until));
            return RunAsync(
                terminal, settings, arguments.GetRequiredValue(url), arguments.GetValue(keystore), arguments.GetValue(password), arguments.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        Terminal terminal, LoadSettings settings, string url, FileInfo? keystore, FileInfo? passwordFile, bool isJson, CancellationToken cancellationToken)
    {
        if (settings.Duration > LoadSettings.MaxDuration)
        {
            terminal.Fail($"--duration is longer than {LoadSettings.MaxDuration.TotalHours:0} h", "send for a shorter time; start it again for more");
            return CloudCommand.Unusable;
        }

        using GatewayClient? gateway = CommonOptions.Connect(terminal, url);
        if (gateway is null || ReadPayer(terminal, keystore, passwordFile) is not { } payer)
        {
            return CloudCommand.Unusable;
        }

        string key = Environment.GetEnvironmentVariable(CommonOptions.KeyVariable) is { Length: > 0 } found ? "/" + Uri.EscapeDataString(found) : "";
        using HttpJsonRpc rpc = new(new Uri($"{url.TrimEnd('/')}/rpc{key}"), Patience, MaxReplyLength, terminal.Time);
        LoadSender sender = new(rpc, gateway, payer, settings, terminal.Time);
        (LoadResult? result, string? refusal, string? remedy) = await sender.RunAsync(
            step =>
            {
                if (!isJson)
                {
                    terminal.Console.WriteLine(step);
                }
            },
            cancellationToken).ConfigureAwait(false);
        if (result is null)
        {
            terminal.Fail(refusal!, remedy!);
            return CloudCommand.Unusable;
        }

        if (isJson)
        {
            terminal.Json(result);
        }
        else
        {
            Show(terminal.Console, result);
        }

        return result is { Reached: true, Lost: 0, Submitted: > 0, Refused: 0 } ? CloudCommand.Right : CloudCommand.Wrong;
    }

    private static IL1Signer? ReadPayer(Terminal terminal, FileInfo? keystore, FileInfo? passwordFile) =>
        keystore is null && string.IsNullOrEmpty(Environment.GetEnvironmentVariable(PayerVariable))
            ? LocalSigner.Create(Hex.Decode(DevelopmentKey)) is KeyResult.Loaded loaded ? loaded.Signer : null
            : KeyOptions.ReadPayer(terminal, keystore, passwordFile, PayerVariable);

    private static void Show(IAnsiConsole console, LoadResult result)
    {
        console.MarkupLineInterpolated(
            CultureInfo.InvariantCulture, $"{result.Submitted} accepted in {result.DurationSeconds:F1} s ({result.TransactionsPerSecond:F1} tx/s), {result.Refused} refused, {result.Lost} lost");
        if (result.PreconfirmedMs is { } times)
        {
            console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"preconfirmed after {times.P50:F1} ms (half of them), {times.P99:F1} ms (99 of 100)");
        }

        console.MarkupLineInterpolated($"{(result.Reached ? "all" : "not all")} of it is {result.Until}");
        foreach ((string why, int count) in result.Refusals)
        {
            console.MarkupLineInterpolated($"refused {count} times: {why}");
        }
    }
}
