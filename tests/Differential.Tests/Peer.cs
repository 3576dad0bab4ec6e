using System.Globalization;
using System.IO.Compression;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Protocol.Primitives;
using Cloud.Testing.L1;

namespace Cloud.Differential.Tests;

/// <summary>An anvil process that mines when it is told to, with batches of calls.</summary>
internal sealed class Peer : IAsyncDisposable
{
    private readonly AnvilProcess _process;
    private readonly HttpClient _http;

    private Peer(AnvilProcess process)
    {
        _process = process;
        _http = new HttpClient { BaseAddress = process.Address, Timeout = TimeSpan.FromMinutes(5) };
    }

    public static async Task<Peer> StartAsync(string hardfork, JsonObject genesis, string folder, CancellationToken cancellation)
    {
        string file = Path.Combine(folder, "genesis.json");
        await File.WriteAllTextAsync(file, genesis.ToJsonString(), cancellation);
        string gasLimit = ((ulong)genesis["gasLimit"]!).ToString(CultureInfo.InvariantCulture);
        return new Peer(await AnvilProcess.StartAsync(
            [
                "--init", file, "--hardfork", hardfork, "--no-mining", "--order", "fifo", "--gas-limit", gasLimit, "--enable-tx-gas-limit", "--disable-min-priority-fee",
                "--disable-default-create2-deployer", "--prune-history", "4", "--transaction-block-keeper", "4",
            ],
            cancellation));
    }

    public async Task<JsonElement> AskAsync(string method, params JsonNode?[] parameters)
    {
        JsonElement answer = (await AskAllAsync([(method, parameters)]))[0];
        return answer.TryGetProperty("result", out JsonElement result) ? result : throw new InvalidOperationException($"anvil refused {method}: {answer}");
    }

    public async Task<UInt256> AskNumberAsync(string method, params JsonNode?[] parameters) => UInt256.Parse((await AskAsync(method, parameters)).GetString());

    /// <summary>All accounts with their storage.</summary>
    public async Task<JsonElement> DumpAsync()
    {
        using MemoryStream compressed = new(Hex.Decode((await AskAsync("anvil_dumpState")).GetString()));
        await using GZipStream stream = new(compressed, CompressionMode.Decompress);
        return await JsonSerializer.DeserializeAsync<JsonElement>(stream, cancellationToken: TestContext.Current.CancellationToken);
    }

    /// <summary>Asks many things at once. The answers, in order, are objects with either a result or an error.</summary>
    public async Task<JsonElement[]> AskAllAsync(IReadOnlyList<(string Method, JsonNode?[] Parameters)> calls)
    {
        JsonArray batch = [];
        for (int i = 0; i < calls.Count; i++)
        {
            batch.Add(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = i, ["method"] = calls[i].Method, ["params"] = new JsonArray(calls[i].Parameters) });
        }

        using HttpResponseMessage response = await _http.PostAsJsonAsync("/", batch, TestContext.Current.CancellationToken);
        JsonElement[] answers = (await response.Content.ReadFromJsonAsync<JsonElement[]>(TestContext.Current.CancellationToken))!;
        JsonElement[] ordered = new JsonElement[calls.Count];
        foreach (JsonElement answer in answers)
        {
            ordered[answer.GetProperty("id").GetInt32()] = answer;
        }

        return ordered;
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return _process.DisposeAsync();
    }
}
