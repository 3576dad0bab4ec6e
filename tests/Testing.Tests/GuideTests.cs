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
                bool isShell = block.Groups["language"].Value == "sh";
                string file = Path.Combine(_folder, isShell ? $"{examples}.sh" : $"{examples}.mjs");
                await File.WriteAllTextAsync(file, (isShell ? "set -eu\n" : "") + block.Groups["text"].Value, _limit.Token);
                (int code, string said) = await RunAsync(variables, isShell ? "bash" : "node", file);
                Assert.True(code == 0 && !said.Contains("\"error\"", StringComparison.Ordinal), $"{guide}, example {examples} ended with {code}:\n{block.Groups["text"].Value}\n{said}");
            }
        }

        Assert.True(examples >= 15, $"Only {examples} examples were found.");
    }

    [GeneratedRegex(@"^```(?<language>sh|js)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.CultureInvariant)]
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
