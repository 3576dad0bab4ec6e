using System.Diagnostics;
using System.Globalization;
using Cloud.Testing;

namespace Cloud.Gateway.Tests.Clients;

/// <summary>Clients that others wrote, unmodified, against a whole chain in real time. Their tests are in <c>tests/clients</c>.</summary>
[Trait("Category", "EndToEnd")]
public sealed class ForeignClientTests(ForeignClientTests.Chain chain) : IClassFixture<ForeignClientTests.Chain>
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    [Fact]
    public Task Viem_works() => RunAsync("viem");

    [Fact]
    public Task Ethers_works() => RunAsync("ethers");

    [Fact]
    public Task Cast_works() => RunAsync("cast");

    private static string? FindFolder()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string clients = Path.Combine(folder.FullName, "tests", "clients");
            if (Directory.Exists(Path.Combine(clients, "node_modules", "viem")))
            {
                return clients;
            }
        }

        return null;
    }

    private async Task RunAsync(string client)
    {
        if (FindFolder() is not { } folder)
        {
            Assert.Skip("tests/clients is not installed: run npm ci there, or ./test.sh");
            return;
        }

        PreconfCloud cloud = await chain.StartAsync();
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        ProcessStartInfo start = new("node") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("--test");
        start.ArgumentList.Add("--test-reporter=spec");
        start.ArgumentList.Add($"{client}.test.mjs");
        start.Environment["RPC_URL"] = cloud.RpcUrl.ToString();
        start.Environment["WS_URL"] = cloud.WebSocketUrl.ToString();
        start.Environment["CHAIN_ID"] = cloud.ChainId.ToString(CultureInfo.InvariantCulture);
        start.Environment["KEYS"] = string.Join(',', cloud.Accounts.Select(account => account.PrivateKey));
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
        Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        Assert.True(process.ExitCode == 0, $"{await output}\n{await errors}");
    }

    /// <summary>One chain for all clients, started with the first.</summary>
    public sealed class Chain : IAsyncDisposable
    {
        private PreconfCloud? _cloud;

        internal async Task<PreconfCloud> StartAsync() => _cloud ??= await PreconfCloud.StartAsync(cancellationToken: TestContext.Current.CancellationToken);

        public ValueTask DisposeAsync() => _cloud?.DisposeAsync() ?? default;
    }
}
