using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Cloud.Settlement.Tests.Support;

namespace Cloud.Settlement.Tests.Contracts;

public sealed class ArtifactTests
{
    private static readonly string Folder = Path.Combine(RepositoryFolder.Root, "contracts");

    [Theory]
    [InlineData("Rollup")]
    [InlineData("AttestedVerifier")]
    public void An_artifact_names_the_digest_of_every_source(string contract)
    {
        using JsonDocument artifact = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "artifacts", $"{contract}.json")));
        Dictionary<string, string> recorded = artifact.RootElement.GetProperty("sources").EnumerateObject().ToDictionary(source => source.Name, source => source.Value.GetString()!);
        Dictionary<string, string> present = Directory.GetFiles(Path.Combine(Folder, "src"), "*.sol")
            .ToDictionary(file => Path.GetFileName(file), file => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))));
        Assert.Equal(present.OrderBy(source => source.Key, StringComparer.Ordinal), recorded.OrderBy(source => source.Key, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Compiling_the_sources_again_gives_the_same_artifacts()
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules", "solc")))
        {
            Assert.Skip("the compiler is not installed; run: npm ci (in contracts/)");
        }

        ProcessStartInfo start = new("node") { WorkingDirectory = Folder, RedirectStandardError = true };
        start.ArgumentList.Add("build.mjs");
        start.ArgumentList.Add("--check");
        using Process process = Process.Start(start)!;
        string errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, errors);
    }

    [Fact]
    public void Every_function_has_its_own_name_and_no_function_belongs_to_an_owner()
    {
        using JsonDocument artifact = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "artifacts", "Rollup.json")));
        string[] writing =
        [
            .. artifact.RootElement.GetProperty("abi").EnumerateArray()
                .Where(entry => entry.GetProperty("type").GetString() == "function" && entry.GetProperty("stateMutability").GetString() is "nonpayable" or "payable")
                .Select(entry => entry.GetProperty("name").GetString()!)
                .Order(StringComparer.Ordinal),
        ];
        Assert.Equal(
            ["deposit", "invalidate", "multicall", "propose", "prune", "register", "requestExit", "setUpEpoch", "slashEquivocation", "submitProof", "warmRing", "withdrawStake"],
            writing);
    }

    [Theory]
    [InlineData("Rollup")]
    [InlineData("AttestedVerifier")]
    public void Every_error_of_a_contract_is_expected_by_a_test(string contract)
    {
        using JsonDocument artifact = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "artifacts", $"{contract}.json")));
        string tests = string.Concat(
            Directory.GetFiles(Path.Combine(RepositoryFolder.Root, "tests", "Settlement.Tests", "Contracts"), "*.cs").Where(file => !file.EndsWith("ArtifactTests.cs", StringComparison.Ordinal)).Select(File.ReadAllText));
        string[] missing =
        [
            .. artifact.RootElement.GetProperty("abi").EnumerateArray()
                .Where(entry => entry.GetProperty("type").GetString() == "error")
                .Select(entry => entry.GetProperty("name").GetString()!)
                .Where(error => !tests.Contains($"\"{error}", StringComparison.Ordinal)),
        ];
        Assert.Empty(missing);
    }
}
