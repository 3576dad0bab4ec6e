using System.Diagnostics;
using System.Globalization;
using Cloud.Gateway.Tests.Support;
using Cloud.Testing;

namespace Cloud.Gateway.Tests.Clients;

/// <summary>
/// Clients that others wrote, unmodified, against a chain in real time. Their tests are in <c>tests/clients</c>.
/// <c>GATEWAY_CLIENTS_ON=cloud</c> gives them a whole chain with committee, grains and L1, which needs a machine with time to spare.
/// </summary>
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

        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        if (Environment.GetEnvironmentVariable("GATEWAY_CLIENTS_ON") == "cloud")
        {
            await using PreconfCloud cloud = await PreconfCloud.StartAsync(cancellationToken: limit.Token);
            await RunAsync(folder, client, cloud.RpcUrl, cloud.WebSocketUrl, cloud.ChainId, cloud.Accounts.Select(account => account.PrivateKey), Task.Delay(Timeout.Infinite, limit.Token), limit.Token);
            return;
        }

        await using TestChain chain = await TestChain.StartAsync(TimeProvider.System);
        using CancellationTokenSource stop = new();
        Task building = chain.RunAsync(stop.Token);
        Uri webSocket = new UriBuilder(chain.Address) { Scheme = "ws", Path = "/ws" }.Uri;
        await RunAsync(folder, client, chain.Address, webSocket, TestChain.ChainId, chain.Users.Select(key => $"0x{Convert.ToHexStringLower(key)}"), building, limit.Token);
        await stop.CancelAsync();
        await building;
    }

    private static async Task RunAsync(string folder, string client, Uri http, Uri webSocket, ulong chainId, IEnumerable<string> keys, Task building, CancellationToken limit)
    {
        ProcessStartInfo start = new("node") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("--test");
        start.ArgumentList.Add("--test-reporter=spec");
        start.ArgumentList.Add($"{client}.test.mjs");
        start.Environment["RPC_URL"] = http.ToString();
        start.Environment["WS_URL"] = webSocket.ToString();
        start.Environment["CHAIN_ID"] = chainId.ToString(CultureInfo.InvariantCulture);
        start.Environment["KEYS"] = string.Join(',', keys);
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(limit);
        Task<string> errors = process.StandardError.ReadToEndAsync(limit);
        try
        {
            if (await Task.WhenAny(process.WaitForExitAsync(limit), building) == building)
            {
                await building;
            }
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
}
