using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Cloud.Protocol.Primitives;

namespace Cloud.Bench.Execution;

/// <summary>An anvil process: revm behind JSON-RPC. Looked for in ANVIL, in the repository's npm folders and on PATH.</summary>
internal sealed class Anvil : IAsyncDisposable
{
    private readonly Process _process;
    private readonly HttpClient _http;

    private Anvil(Process process, int port)
    {
        _process = process;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromMinutes(2) };
    }

    /// <summary>Processor time of the process so far: other load on the machine does not count.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts anvil.</summary>
    /// <returns>Null where there is none.</returns>
    public static async Task<Anvil?> StartAsync(CancellationToken cancellation)
    {
        if (Find() is not { } program)
        {
            return null;
        }

        int port = FreePort();
        ProcessStartInfo start = new(program, ["--port", port.ToString(CultureInfo.InvariantCulture), "--hardfork", "cancun", "--gas-limit", "1000000000000", "--silent", "--no-mining"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Anvil anvil = new(Process.Start(start)!, port);
        for (int attempt = 0; attempt < 200; attempt++)
        {
            try
            {
                await anvil.CallAsync("eth_chainId", cancellation);
                return anvil;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(50, cancellation);
            }
        }

        await anvil.DisposeAsync();
        throw new TimeoutException("anvil did not answer within ten seconds.");
    }

    public Task SetCodeAsync(Address address, byte[] code, CancellationToken cancellation) =>
        CallAsync("anvil_setCode", cancellation, address.ToString(), Hex.Encode(code));

    /// <summary>Has anybody send a transaction, and mines it.</summary>
    public async Task SendAsync(Address from, Address? to, byte[] input, ulong gas, CancellationToken cancellation)
    {
        await CallAsync("anvil_impersonateAccount", cancellation, from.ToString());
        await CallAsync("anvil_setBalance", cancellation, from.ToString(), "0xd3c21bcecceda1000000");
        string amount = "0x" + gas.ToString("x", CultureInfo.InvariantCulture);
        object transaction = to is { } receiver
            ? new { from = from.ToString(), to = receiver.ToString(), data = Hex.Encode(input), gas = amount }
            : new { from = from.ToString(), data = Hex.Encode(input), gas = amount };
        JsonElement hash = await CallAsync("eth_sendTransaction", cancellation, transaction);
        await CallAsync("evm_mine", cancellation);
        JsonElement receipt = await CallAsync("eth_getTransactionReceipt", cancellation, hash.GetString()!);
        if (receipt.GetProperty("status").GetString() != "0x1")
        {
            throw new InvalidOperationException($"A transaction of {from} to {to} failed on anvil.");
        }
    }

    /// <summary>eth_call with more gas than any workload needs.</summary>
    public async Task<byte[]> CallContractAsync(Address from, Address to, byte[] input, CancellationToken cancellation)
    {
        JsonElement result = await CallAsync(
            "eth_call", cancellation, new { from = from.ToString(), to = to.ToString(), data = Hex.Encode(input), gas = "0x174876e800" }, "latest");
        return Hex.Decode(result.GetString());
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static string? Find()
    {
        List<string> candidates = [];
        if (Environment.GetEnvironmentVariable("ANVIL") is { Length: > 0 } named)
        {
            candidates.Add(named);
        }

        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Cloud.sln")))
            {
                candidates.AddRange(Directory.EnumerateDirectories(at.FullName).Select(folder => Path.Combine(folder, "node_modules", "@foundry-rs", "anvil-linux-amd64", "bin", "anvil")));
                candidates.AddRange(Directory.EnumerateDirectories(at.FullName).Select(folder => Path.Combine(folder, "node_modules", ".bin", "anvil")));
            }
        }

        candidates.AddRange((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, "anvil")));
        return candidates.Find(File.Exists);
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<JsonElement> CallAsync(string method, CancellationToken cancellation, params object[] parameters)
    {
        using HttpResponseMessage response = await _http.PostAsJsonAsync("/", new { jsonrpc = "2.0", id = 1, method, @params = parameters }, cancellation);
        JsonElement json = await response.Content.ReadFromJsonAsync<JsonElement>(cancellation);
        return json.TryGetProperty("result", out JsonElement result) ? result : throw new InvalidOperationException($"anvil refused {method}: {json}");
    }
}
