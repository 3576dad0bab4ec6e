using System.Diagnostics;
using System.Text.RegularExpressions;
using Cloud.Gateway.Tests.Status;

namespace Cloud.Testing.Tests;

/// <summary>The guides' examples, run as a reader would run them: in order, in one folder, against a whole chain.</summary>
[Trait("Category", "EndToEnd")]
public sealed partial class GuideTests : IDisposable
{
    private const string OperatorKey = "an-operator-key-of-at-least-32-characters";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly string _folder = Directory.CreateTempSubdirectory("guide-").FullName;

    public void Dispose()
    {
        _limit.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Every_example_of_the_guides_works()
    {
        string? root = Tools.Root;
        Assert.SkipWhen(root is null || !Directory.Exists(Path.Combine(root, "tests/clients/node_modules/viem")), "the foreign clients are not installed: run ./test.sh once");
        Assert.SkipWhen(!File.Exists(Path.Combine(root!, "artifacts/bin/Cli/release/cloud.dll")), "the command line is not built for this runtime");
        _limit.CancelAfter(Limit);
        Directory.CreateSymbolicLink(Path.Combine(_folder, "node_modules"), Path.Combine(root!, "tests/clients/node_modules"));
        File.CreateSymbolicLink(Path.Combine(_folder, "cloud"), Path.Combine(root!, "cloud"));
        await using PreconfCloud cloud = await PreconfCloud.StartAsync(
            new PreconfCloudOptions { Plan = PreconfCloudOptions.Quick, Configure = builder => builder.Configuration["Gateway:Keys:OperatorKey"] = OperatorKey }, _limit.Token);
        Dictionary<string, string> variables = new()
        {
            ["PRECONF_URL"] = cloud.Address.ToString().TrimEnd('/'),
            ["PRECONF_API_KEY"] = OperatorKey,
            ["PRECONF_L1"] = cloud.L1!.Address.ToString(),
            ["ROLLUP"] = cloud.Deployment.Genesis.Rollup.ToString(),
            ["VALIDATOR"] = cloud.Node.Validators[0].ToString(),
        };
        int examples = 0;
        foreach (string guide in (string[])["docs/api-guide.md", "docs/operators.md"])
        {
            foreach (Match block in Examples().Matches(await File.ReadAllTextAsync(Path.Combine(root!, guide), _limit.Token)))
            {
                examples++;
                if (block.Groups["language"].Value == "console")
                {
                    await RunInstallationAsync(cloud, variables, root!, block.Groups["text"].Value);
                    continue;
                }

                bool isShell = block.Groups["language"].Value == "sh";
                string file = Path.Combine(_folder, isShell ? $"{examples}.sh" : $"{examples}.mjs");
                await File.WriteAllTextAsync(file, (isShell ? "set -eu\n" : "") + block.Groups["text"].Value, _limit.Token);
                (int code, string said) = await RunAsync(variables, isShell ? "bash" : "node", file);
                Assert.True(code == 0 && !said.Contains("\"error\"", StringComparison.Ordinal), $"{guide}, example {examples} ended with {code}:\n{block.Groups["text"].Value}\n{said}");
            }
        }

        Assert.True(examples >= 15, $"Only {examples} examples were found.");
    }

    /// <summary>Commands that make an installation and keep it: a folder and a port of their own, on the chain's L1, and a process that stays is interrupted once it runs.</summary>
    private async Task RunInstallationAsync(PreconfCloud cloud, Dictionary<string, string> variables, string root, string text)
    {
        if (!variables.ContainsKey("PAYER"))
        {
            string payer = Path.GetFileNameWithoutExtension(Directory.GetFiles(Path.Combine(_folder, "keystores")).Single());
            string address = payer.StartsWith("0x", StringComparison.Ordinal) ? payer : "0x" + payer;
            await cloud.L1!.GiveAsync(Protocol.Primitives.Address.Parse(address), Protocol.Primitives.UInt256.Parse("100000000000000000000"), _limit.Token);
            await File.WriteAllTextAsync(Path.Combine(_folder, "run.sh"), $"#!/bin/bash\nexec '{root}/run.sh' --no-build \"$@\"\n", _limit.Token);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(Path.Combine(_folder, "run.sh"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            foreach ((string name, string value) in ((string, string)[])
            [
                ("PAYER", payer), ("DATA", Path.Combine(_folder, "installation")), ("COMMITTEE", "4"), ("L1_BLOCK", "1s"), ("SLOT", "12s"), ("CHUNK", "2s"),
                ("PRECONF_BEACON", variables["PRECONF_L1"]), ("LISTEN", "http://127.0.0.1:0"), ("PRECONF_KEY_PASSWORD", "a long sentence that nobody guesses"),
            ])
            {
                variables[name] = value;
            }
        }

        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // Interrupted when it says that it runs; it must end well by that.
            string command = line.StartsWith("./run.sh", StringComparison.Ordinal)
                ? $"exec 3< <(exec env --default-signal=INT {line} 2>&1); pid=$!\nwhile read -r said <&3; do echo \"$said\"; case $said in 'Stop with Ctrl-C'*) break ;; esac; done\nkill -INT $pid\ncat <&3\nwait $pid"
                : line;
            string file = Path.Combine(_folder, "installation.sh");
            await File.WriteAllTextAsync(file, $"set -eu\n{command}\n", _limit.Token);
            (int code, string said) = await RunAsync(variables, "bash", file);
            Assert.True(code == 0, $"'{line}' ended with {code}:\n{said}");
        }
    }

    [GeneratedRegex(@"^```(?<language>sh|js|console)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Examples();

    private async Task<(int Code, string Said)> RunAsync(IReadOnlyDictionary<string, string> variables, string program, string file)
    {
        ProcessStartInfo start = new(program) { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(file);
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        try
        {
            Task<string> errors = process.StandardError.ReadToEndAsync(_limit.Token);
            string said = await process.StandardOutput.ReadToEndAsync(_limit.Token);
            await process.WaitForExitAsync(_limit.Token);
            return (process.ExitCode, said + await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
