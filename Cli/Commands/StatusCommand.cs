using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace Cloud.Cli.Commands;

/// <summary><c>cloud status</c>: slot, tips, committee, checkpoints and publisher at a glance.</summary>
internal static class StatusCommand
{
    private const int Rows = 8;

    /// <summary>Makes the command.</summary>
    public static Command Create(Terminal terminal)
    {
        Option<string> url = CommonOptions.Url();
        Option<bool> json = CommonOptions.Json();
        Option<bool> watch = new("--watch") { Description = "Show it again each second until Ctrl-C" };
        Command command = new("status", "Shows what the rollup does now. Exit code 0: healthy; 1: degraded or unavailable; 2: the gateway cannot be reached.") { url, watch, json };
        command.SetAction((arguments, cancellationToken) => RunAsync(
            terminal, arguments.GetRequiredValue(url), arguments.GetValue(watch), arguments.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, string url, bool isWatching, bool isJson, CancellationToken cancellationToken)
    {
        using GatewayClient? client = CommonOptions.Connect(terminal, url);
        if (client is null)
        {
            return CloudCommand.Unusable;
        }

        while (true)
        {
            (JsonElement? document, string? refusal) = await client.GetAsync("overview", cancellationToken).ConfigureAwait(false);
            if (document is not { } overview)
            {
                terminal.Fail(refusal!, GatewayClient.UnreachableRemedy);
                return CloudCommand.Unusable;
            }

            if (isJson)
            {
                terminal.Json(overview);
            }
            else
            {
                if (isWatching)
                {
                    terminal.Console.Clear();
                }

                Show(terminal.Console, overview);
            }

            if (!isWatching)
            {
                return overview.GetProperty("health").GetProperty("status").GetString() == "ok" ? CloudCommand.Right : CloudCommand.Wrong;
            }

            try
            {
                await Task.Delay(TimeSpan.FromSeconds(1), terminal.Time, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return CloudCommand.Right;
            }
        }
    }

    private static void Show(IAnsiConsole console, JsonElement overview)
    {
        JsonElement network = overview.GetProperty("network");
        JsonElement health = overview.GetProperty("health");
        JsonElement pool = overview.GetProperty("pool");
        JsonElement promises = overview.GetProperty("promises");
        console.MarkupLineInterpolated($"{network.GetProperty("name").GetString()}, chain {network.GetProperty("chainId")}, rollup {network.GetProperty("rollup").GetString()} on L1 {network.GetProperty("l1ChainId")}");
        console.MarkupLineInterpolated(
            CultureInfo.InvariantCulture,
            $"health {health.GetProperty("status").GetString()}   {overview.GetProperty("transactionsPerSecond").GetDouble():F1} tx/s   pool {pool.GetProperty("pending")}+{pool.GetProperty("queued")}   promises {promises.GetProperty("given")} given, {promises.GetProperty("broken")} broken");
        foreach (JsonElement check in health.GetProperty("checks").EnumerateArray().Where(check => check.GetProperty("status").GetString() != "ok"))
        {
            console.MarkupLineInterpolated($"[yellow]{check.GetProperty("name").GetString()}[/]: {check.GetProperty("reason").GetString()}");
        }

        Table tips = new Table().Border(TableBorder.Simple).AddColumns("tip", "block", "hash");
        foreach (string tip in (string[])["proposed", "attested", "checkpointed", "proven", "finalized"])
        {
            JsonElement at = overview.GetProperty("tips").GetProperty(tip);
            tips.AddRow(tip, at.GetProperty("number").ToString(), at.GetProperty("hash").GetString()!);
        }

        console.Write(tips);
        Table slots = new Table().Border(TableBorder.Simple).AddColumns("slot", "phase", "result", "chunks", "certified", "transactions", "checkpoint", "proposer");
        foreach (JsonElement slot in overview.GetProperty("slots").EnumerateArray().Take(Rows))
        {
            JsonElement checkpoint = slot.GetProperty("checkpoint");
            slots.AddRow(
                slot.GetProperty("slot").ToString(),
                slot.GetProperty("phase").GetString()!,
                slot.GetProperty("result").GetString() ?? "",
                slot.GetProperty("chunks").ToString(),
                slot.GetProperty("certified").ToString(),
                slot.GetProperty("transactions").ToString(),
                checkpoint.ValueKind == JsonValueKind.Null ? "" : $"{checkpoint.GetProperty("number")} {checkpoint.GetProperty("state").GetString()}".Trim(),
                slot.GetProperty("proposer").GetString() ?? "");
        }

        console.Write(slots);
        foreach (JsonElement publisher in overview.GetProperty("publishers").EnumerateArray())
        {
            console.MarkupLineInterpolated(
                $"publisher {publisher.GetProperty("address").GetString()}: {publisher.GetProperty("balance").GetString()} wei, {publisher.GetProperty("inFlight").GetArrayLength()} in flight, runway {publisher.GetProperty("runwayCheckpoints")} checkpoints");
        }
    }
}
