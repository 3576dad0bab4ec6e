using System.Diagnostics;
using System.Globalization;
using Cloud.Gateway.Tests.Support;

namespace Cloud.Gateway.Tests.Clients;

/// <summary>Clients that others wrote, unmodified, against a chain in real time. Their tests are in <c>tests/clients</c>.</summary>
[Trait("Category", "EndToEnd")]
public sealed class ForeignClientTests
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

    private static async Task RunAsync(string client)
    {
        if (FindFolder() is not { } folder)
        {
            Assert.Skip("tests/clients is not installed: run npm ci there, or ./test.sh");
            return;
        }

        await using TestChain chain = await TestChain.StartAsync(TimeProvider.System);
        using CancellationTokenSource stop = new();
        Task running = chain.RunAsync(stop.Token);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        ProcessStartInfo start = new("node") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("--test");
        start.ArgumentList.Add("--test-reporter=spec");
        start.ArgumentList.Add($"{client}.test.mjs");
        start.Environment["RPC_URL"] = chain.Address.ToString();
        start.Environment["WS_URL"] = new UriBuilder(chain.Address) { Scheme = "ws", Path = "/ws" }.Uri.ToString();
        start.Environment["CHAIN_ID"] = TestChain.ChainId.ToString(CultureInfo.InvariantCulture);
        start.Environment["KEYS"] = string.Join(',', chain.Users.Select(key => $"0x{Convert.ToHexStringLower(key)}"));
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
        Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            if (await Task.WhenAny(process.WaitForExitAsync(limit.Token), running) == running)
            {
                await running;
            }
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }

            await stop.CancelAsync();
        }

        Assert.True(process.ExitCode == 0, $"{await output}\n{await errors}");
        await running;
    }
}
