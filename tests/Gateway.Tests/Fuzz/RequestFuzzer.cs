using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cloud.Gateway.Tests.Fuzz;

/// <summary>Requests that are nearly right, in every way in which they can be wrong. The same seed gives the same requests.</summary>
internal sealed class RequestFuzzer(int seed, IReadOnlyList<string> methods, IReadOnlyList<string> values)
{
    private const int DeepNesting = 70;

    private readonly Random _random = new(seed);

    /// <summary>The next request text, which need not be JSON.</summary>
    public byte[] Next()
    {
        int kind = _random.Next(100);
        byte[] text = Encoding.UTF8.GetBytes(kind < 3 ? Batch() : kind < 5 ? Nested() : Request());
        if (_random.Next(4) == 0)
        {
            Damage(ref text);
        }

        return text;
    }

    private string Batch()
    {
        int count = _random.Next(6);
        return $"[{string.Join(',', Enumerable.Range(0, count).Select(_ => Request()))}]";
    }

    private string Nested()
    {
        int depth = _random.Next(DeepNesting);
        return $$"""{"jsonrpc":"2.0","id":1,"method":"eth_call","params":{{new string('[', depth)}}{{new string(']', depth)}}}""";
    }

    private string Request()
    {
        JsonObject request = [];
        if (_random.Next(20) != 0)
        {
            request["jsonrpc"] = _random.Next(30) == 0 ? Value(1) : "2.0";
        }

        if (_random.Next(20) != 0)
        {
            request["id"] = _random.Next(10) == 0 ? Value(1) : _random.Next();
        }

        request["method"] = _random.Next(30) == 0 ? Value(1) : methods[_random.Next(methods.Count)];
        if (_random.Next(20) != 0)
        {
            request["params"] = _random.Next(20) == 0 ? Value(2) : new JsonArray([.. Enumerable.Range(0, _random.Next(5)).Select(_ => Value(3))]);
        }

        return request.ToJsonString();
    }

    private JsonNode? Value(int depth) => _random.Next(depth > 0 ? 12 : 8) switch
    {
        0 => null,
        1 => _random.Next(2) == 0,
        2 => _random.NextInt64(long.MinValue, long.MaxValue),
        3 => _random.NextDouble() * Math.Pow(10, _random.Next(40)),
        4 => $"0x{Convert.ToHexStringLower(Bytes(_random.Next(4) == 0 ? _random.Next(70) : 32))}",
        5 => Junk(),
        6 or 7 or 8 => values[_random.Next(values.Count)],
        9 => new JsonArray([.. Enumerable.Range(0, _random.Next(4)).Select(_ => Value(depth - 1))]),
        _ => Object(depth),
    };

    private JsonObject Object(int depth)
    {
        JsonObject result = [];
        for (int i = _random.Next(6); i > 0; i--)
        {
            result[Keys[_random.Next(Keys.Length)]] = Value(depth - 1);
        }

        return result;
    }

    private byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    private string Junk() => new([.. Enumerable.Range(0, _random.Next(20)).Select(_ => (char)_random.Next(1, 0xd7ff))]);

    private void Damage(ref byte[] text)
    {
        for (int i = _random.Next(1, 4); i > 0 && text.Length > 0; i--)
        {
            int at = _random.Next(text.Length);
            switch (_random.Next(3))
            {
                case 0:
                    text[at] = (byte)_random.Next(256);
                    break;
                case 1:
                    text = [.. text.AsSpan(0, at)];
                    break;
                default:
                    text = [.. text.AsSpan(0, at), .. text.AsSpan(_random.Next(text.Length))];
                    break;
            }
        }
    }

    private static readonly string[] Keys =
    [
        "from", "to", "gas", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas", "value", "data", "input", "nonce", "accessList", "authorizationList", "chainId",
        "fromBlock", "toBlock", "address", "topics", "blockHash", "blockNumber", "tracer", "tracerConfig", "withLog", "diffMode", "onlyTopCall", "enableMemory", "limit",
        "blockStateCalls", "calls", "blockOverrides", "stateOverrides", "number", "time", "gasLimit", "balance", "code", "state", "stateDiff", "validation", "traceTransfers",
        "returnFullTransactions", "anchor", "stateRoot", "storageKeys", "0x00000000000000000000000000000000000abcde", "baseFeePerGas", "feeRecipient", "jsonrpc", "id", "method",
    ];
}
