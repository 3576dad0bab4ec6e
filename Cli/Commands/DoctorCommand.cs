using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Cloud.Protocol.Crypto;
using Spectre.Console;

namespace Cloud.Cli.Commands;

/// <summary><c>cloud doctor</c>: looks at this machine and at a gateway, and says what to fix.</summary>
internal static class DoctorCommand
{
    private const long LeastFree = 5L << 30;
    private const double MaxSkewSeconds = 0.5;

    /// <summary>Makes the command.</summary>
    public static Command Create(Terminal terminal)
    {
        Option<string> url = CommonOptions.Url();
        Option<DirectoryInfo> data = new("--data") { Description = "The data folder, to check its disk", DefaultValueFactory = _ => new DirectoryInfo("data") };
        Option<bool> json = CommonOptions.Json();
        Command command = new("doctor", "Checks native libraries, disk, clock, gateway, L1 and publisher, and says what to fix. Exit code 0: all is well; 1: something is to be fixed.") { url, data, json };
        command.SetAction((arguments, cancellationToken) => RunAsync(
            terminal, arguments.GetRequiredValue(url), arguments.GetRequiredValue(data), arguments.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, string url, DirectoryInfo data, bool isJson, CancellationToken cancellationToken)
    {
        List<Finding> findings = [Library("secp256k1", Secp256k1.EnsureLoaded), Library("kzg", Kzg.EnsureLoaded), Disk(data)];
        using (GatewayClient? client = CommonOptions.Connect(terminal, url))
        {
            if (client is null)
            {
                return CloudCommand.Unusable;
            }

            await AskAsync(terminal, client, findings, cancellationToken).ConfigureAwait(false);
        }

        if (isJson)
        {
            terminal.Json(new { isWell = findings.TrueForAll(finding => finding.Remedy is null), findings });
        }
        else
        {
            foreach (Finding finding in findings)
            {
                terminal.Console.MarkupLineInterpolated($"{(finding.Remedy is null ? "ok  " : "FIX ")} {finding.Name,-12} {finding.Said}");
                if (finding.Remedy is not null)
                {
                    terminal.Console.MarkupLineInterpolated($"                  {finding.Remedy}");
                }
            }
        }

        return findings.TrueForAll(finding => finding.Remedy is null) ? CloudCommand.Right : CloudCommand.Wrong;
    }

    private static Finding Library(string name, Action load)
    {
        try
        {
            load();
            return new Finding(name, "the native library works", null);
        }
        catch (Exception exception) when (exception is NativeLibraryMissingException or DllNotFoundException)
        {
            return new Finding(name, exception.Message, "run ./run.sh, which installs and builds the native libraries");
        }
    }

    private static Finding Disk(DirectoryInfo folder)
    {
        DirectoryInfo existing = folder;
        while (!existing.Exists && existing.Parent is { } parent)
        {
            existing = parent;
        }

        long free = new DriveInfo(existing.FullName).AvailableFreeSpace;
        string said = string.Create(CultureInfo.InvariantCulture, $"{free / (double)(1L << 30):F1} GiB free below {existing.FullName}");
        return new Finding("disk", said, free < LeastFree ? $"free at least {LeastFree >> 30} GiB: a full disk stops the node" : null);
    }

    private static async Task AskAsync(Terminal terminal, GatewayClient client, List<Finding> findings, CancellationToken cancellationToken)
    {
        DateTimeOffset before = terminal.Time.GetUtcNow();
        (JsonElement? document, string? refusal) = await client.GetAsync("overview", cancellationToken).ConfigureAwait(false);
        DateTimeOffset after = terminal.Time.GetUtcNow();
        if (document is not { } overview)
        {
            findings.Add(new Finding("gateway", refusal!, GatewayClient.UnreachableRemedy));
            return;
        }

        findings.Add(new Finding("gateway", $"answers, version {overview.GetProperty("network").GetProperty("version").GetString()}", null));
        DateTimeOffset theirs = overview.GetProperty("now").GetDateTimeOffset();
        double skew = theirs < before ? (before - theirs).TotalSeconds : theirs > after ? (theirs - after).TotalSeconds : 0;
        findings.Add(new Finding(
            "clock",
            string.Create(CultureInfo.InvariantCulture, $"the gateway's clock differs from this machine's by {skew:F1} s"),
            skew > MaxSkewSeconds ? "set both by NTP; a chain with an L1 of its own keeps its own clock, which stands still while it is stopped" : null));
        foreach (JsonElement check in overview.GetProperty("health").GetProperty("checks").EnumerateArray())
        {
            bool isOk = check.GetProperty("status").GetString() == "ok";
            findings.Add(new Finding(check.GetProperty("name").GetString()!, isOk ? "is well" : check.GetProperty("status").GetString()!, isOk ? null : check.GetProperty("reason").GetString()));
        }

        foreach (JsonElement publisher in overview.GetProperty("publishers").EnumerateArray())
        {
            string address = publisher.GetProperty("address").GetString()!;
            JsonElement runway = publisher.GetProperty("runwayCheckpoints");
            bool isLow = runway.ValueKind == JsonValueKind.Number && runway.GetDouble() < 100;
            findings.Add(new Finding("balance", $"publisher {address} has {publisher.GetProperty("balance").GetString()} wei", isLow ? $"send ETH to {address}: it lasts for {runway} checkpoints" : null));
        }
    }

    private sealed record Finding(string Name, string Said, string? Remedy);
}
