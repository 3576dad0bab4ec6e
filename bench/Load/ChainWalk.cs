using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cloud.Load;

/// <summary>Walks the blocks that are on L1, each once and in order, and remembers in which one each transaction is. Not safe for several threads.</summary>
/// <remarks>Each block must name the one before it as its parent, and the newest one is asked for again at the end: so what was read long ago is still in the chain. Where it is not, the walk begins again.</remarks>
internal sealed class ChainWalk(HttpClient http, Uri rpc)
{
    private const int Batch = 8;

    private readonly Dictionary<string, ulong> _positions = new(StringComparer.Ordinal);
    private string? _head;

    /// <summary>Number of the newest block that was read; 0 before the first.</summary>
    internal ulong Number { get; private set; }

    /// <summary>In which block a transaction is, if it is in one that was read.</summary>
    internal bool TryFind(string hash, out ulong block) => _positions.TryGetValue(hash, out block);

    /// <summary>Reads on while others do something else, and survives an endpoint that fails for a while.</summary>
    internal async Task FollowAsync(TimeSpan interval, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await TryAdvanceAsync(cancellationToken);
            await Task.Delay(interval, cancellationToken);
        }
    }

    /// <summary>Reads up to the newest block on L1.</summary>
    /// <returns>False where the endpoint did not answer, or had other blocks than before: what is known is then older than it could be.</returns>
    internal async Task<bool> TryAdvanceAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await AdvanceAsync(cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && exception is HttpRequestException or TaskCanceledException or JsonException)
        {
            return false;
        }
    }

    private async Task<bool> AdvanceAsync(CancellationToken cancellationToken)
    {
        JsonNode?[] ends = await AskAsync([("eth_getBlockByNumber", "safe", false), ("eth_getBlockByNumber", Quantity(Number), false)], cancellationToken);
        if (ends[0]?["number"]?.GetValue<string>() is not { } safe)
        {
            return false;
        }

        ulong newest = Convert.ToUInt64(safe, 16);
        if (_head is not null && (newest < Number || (ends[1] is { } known && known["hash"]!.GetValue<string>() != _head)))
        {
            return Restart($"block {Number} was on L1 and is not any more");
        }

        while (Number < newest)
        {
            int count = (int)Math.Min(Batch, newest - Number);
            JsonNode?[] answers = await AskAsync(
                [.. Enumerable.Range(1, count).SelectMany(step => new (string, string, bool?)[] { ("eth_getBlockByNumber", Quantity(Number + (ulong)step), false), ("eth_getBlockReceipts", Quantity(Number + (ulong)step), null) })],
                cancellationToken);
            for (int block = 0; block < count; block++)
            {
                if (answers[2 * block] is not { } header || answers[(2 * block) + 1] is not JsonArray receipts)
                {
                    return false;
                }

                if (_head is not null && header["parentHash"]!.GetValue<string>() != _head)
                {
                    return Restart($"block {Number + 1} has another parent");
                }

                if (!Take(header, receipts))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private bool Take(JsonNode header, JsonArray receipts)
    {
        string hash = header["hash"]!.GetValue<string>();
        ulong number = Number + 1;
        string[] transactions = [.. header["transactions"]!.AsArray().Select(transaction => transaction!.GetValue<string>())];
        if (!transactions.SequenceEqual(receipts.Select(receipt => receipt!["transactionHash"]!.GetValue<string>())) || receipts.Any(receipt => receipt!["blockHash"]!.GetValue<string>() != hash))
        {
            Console.WriteLine($"the receipts of block {number} are not those of its transactions");
            return false;
        }

        foreach (string transaction in transactions)
        {
            if (!_positions.TryAdd(transaction, number))
            {
                throw new InvalidDataException($"Transaction {transaction} is in block {_positions[transaction]} and in block {number}.");
            }
        }

        (Number, _head) = (number, hash);
        return true;
    }

    private bool Restart(string why)
    {
        Console.WriteLine($"{why}: all blocks are read again");
        _positions.Clear();
        (Number, _head) = (0, null);
        return false;
    }

    private async Task<JsonNode?[]> AskAsync((string Method, string Block, bool? Full)[] asked, CancellationToken cancellationToken)
    {
        JsonArray calls = [];
        foreach ((string method, string block, bool? full) in asked)
        {
            JsonArray parameters = full is { } value ? [block, value] : [block];
            calls.Add(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = calls.Count, ["method"] = method, ["params"] = parameters });
        }

        using HttpResponseMessage response = await http.PostAsJsonAsync(rpc, calls, cancellationToken);
        JsonNode?[] results = new JsonNode?[asked.Length];
        foreach (JsonNode? answer in await response.Content.ReadFromJsonAsync<JsonNode>(cancellationToken) as JsonArray ?? [])
        {
            results[answer!["id"]!.GetValue<int>()] = answer["result"];
        }

        return results;
    }

    private static string Quantity(ulong number) => $"0x{number:x}";
}
