using System.Globalization;
using System.Text;
using System.Text.Json;
using Cloud.Execution.Evm;
using Cloud.Execution.Processing;
using Cloud.Protocol;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

using Cloud.Protocol.Tests;

namespace Cloud.Execution.Tests.Conformance;

/// <summary>One file of GeneralStateTests: runs each of its cases for the forks that the EVM knows.</summary>
internal sealed class StateTest(string path)
{
    private static readonly string[] Forks = [nameof(Fork.Cancun), nameof(Fork.Prague), nameof(Fork.Osaka)];

    /// <summary>Runs all cases of the file.</summary>
    /// <param name="execution">Kept between files, so that reuse is tested too.</param>
    /// <param name="failures">Where to say what failed.</param>
    /// <returns>How many cases ran.</returns>
    public int Run(BlockExecution execution, List<string> failures)
    {
        int count = 0;
        foreach (JsonProperty test in Vectors.Json(path).EnumerateObject())
        {
            foreach (string name in Forks)
            {
                if (test.Value.GetProperty("post").TryGetProperty(name, out JsonElement posts))
                {
                    Fork fork = Enum.Parse<Fork>(name);
                    int index = 0;
                    foreach (JsonElement post in posts.EnumerateArray())
                    {
                        string id = $"{Path.GetFileNameWithoutExtension(path)}/{test.Name}/{name}/{index++}";
                        if (!Exclusions.Reasons.ContainsKey(id))
                        {
                            count++;
                            if (RunCase(execution, test.Value, post, fork) is { } failure)
                            {
                                failures.Add($"{id}: {failure}");
                            }
                        }
                    }
                }
            }
        }

        return count;
    }

    private static string? RunCase(BlockExecution execution, JsonElement test, JsonElement post, Fork fork)
    {
        MemoryState state = ReadState(test.GetProperty("pre"));
        execution.Open(state, ForkRules.Of(fork), ReadBlock(test.GetProperty("env"), fork));
        TransactionResult result = RunTransaction(execution, test.GetProperty("transaction"), post);
        bool expectsRefusal = post.TryGetProperty("expectException", out JsonElement exception);
        if (expectsRefusal && result is not TransactionResult.Refused)
        {
            return $"expected {exception.GetString()}, got {result}";
        }

        if (!expectsRefusal && result is TransactionResult.Refused refused)
        {
            return $"refused: {refused.Refusal.Message}";
        }

        state.Apply(execution.TakeChanges());
        Hash256 logs = Log.HashOf((result is TransactionResult.Included included ? included.Receipt.Logs : []).AsSpan());
        return state.Root() != ReadHash(post.GetProperty("hash"))
            ? $"post state differs: {Describe(state, result)}"
            : logs != ReadHash(post.GetProperty("logs"))
                ? $"logs differ: {result}"
                : null;
    }

    private static TransactionResult RunTransaction(BlockExecution execution, JsonElement json, JsonElement post)
    {
        // What the file has encoded runs from its bytes, signature and all; a blob transaction, which the product does not decode, runs from its fields.
        byte[] raw = Hex.Decode(post.GetProperty("txbytes").GetString());
        if (raw is [(byte)TransactionType.Blob, ..])
        {
            TransactionFields fields = ReadFields(json, post.GetProperty("indexes"), out BlobFields blobs);
            return execution.Execute(fields, Address.Parse(json.GetProperty("sender").GetString()!), blobs, tracer: null, keepFailed: true);
        }

        return Transaction.Decode(raw, new TransactionRules { ChainId = 1, MaxLength = int.MaxValue }) switch
        {
            TransactionDecoding.Decoded decoded => execution.Execute(decoded.Transaction),
            TransactionDecoding.Refused refused => new TransactionResult.Refused(new ExecutionRefusal.Invalid(refused.Reason)),
            _ => throw new InvalidOperationException(),
        };
    }

    private static TransactionFields ReadFields(JsonElement json, JsonElement indexes, out BlobFields blobs)
    {
        int data = indexes.GetProperty("data").GetInt32();
        string to = json.GetProperty("to").GetString()!;
        blobs = new BlobFields(
            ReadNumber(json.GetProperty("maxFeePerBlobGas")),
            [.. json.GetProperty("blobVersionedHashes").EnumerateArray().Select(ReadHash)]);
        return new TransactionFields
        {
            Type = TransactionType.Blob,
            ChainId = 1,
            Nonce = ReadUInt64(json.GetProperty("nonce")),
            MaxPriorityFeePerGas = ReadNumber(json.GetProperty("maxPriorityFeePerGas")),
            MaxFeePerGas = ReadNumber(json.GetProperty("maxFeePerGas")),
            GasLimit = ReadUInt64(json.GetProperty("gasLimit")[indexes.GetProperty("gas").GetInt32()]),
            To = to.Length == 0 ? null : Address.Parse(to),
            Value = ReadNumber(json.GetProperty("value")[indexes.GetProperty("value").GetInt32()]),
            Data = Hex.Decode(json.GetProperty("data")[data].GetString()),
            AccessList = json.TryGetProperty("accessLists", out JsonElement lists) && lists[data].ValueKind == JsonValueKind.Array
                ? [.. lists[data].EnumerateArray().Select(ReadAccess)]
                : [],
        };
    }

    private static AccessListEntry ReadAccess(JsonElement json) =>
        new(Address.Parse(json.GetProperty("address").GetString()!), [.. json.GetProperty("storageKeys").EnumerateArray().Select(ReadHash)]);

    private static MemoryState ReadState(JsonElement pre)
    {
        MemoryState state = new();
        foreach (JsonProperty account in pre.EnumerateObject())
        {
            state.Set(
                Address.Parse(account.Name),
                ReadUInt64(account.Value.GetProperty("nonce")),
                ReadNumber(account.Value.GetProperty("balance")),
                Hex.Decode(account.Value.GetProperty("code").GetString()),
                account.Value.GetProperty("storage").EnumerateObject().Select(slot => KeyValuePair.Create(UInt256.Parse(slot.Name), ReadNumber(slot.Value))));
        }

        return state;
    }

    private static BlockContext ReadBlock(JsonElement env, Fork fork) => new()
    {
        ChainId = 1,
        Number = ReadUInt64(env.GetProperty("currentNumber")),
        Timestamp = ReadUInt64(env.GetProperty("currentTimestamp")),
        Coinbase = Address.Parse(env.GetProperty("currentCoinbase").GetString()!),
        GasLimit = ReadUInt64(env.GetProperty("currentGasLimit")),
        BaseFee = env.TryGetProperty("currentBaseFee", out JsonElement baseFee) ? ReadNumber(baseFee) : 0x0aUL,
        PrevRandao = env.TryGetProperty("currentRandom", out JsonElement random) ? ReadHash(random) : default,
        BlobBaseFee = BlobFields.BaseFee(env.TryGetProperty("currentExcessBlobGas", out JsonElement excess) ? ReadUInt64(excess) : 0, fork),
        BlockHashes = NumberHashes.Instance,
    };

    private static string Describe(MemoryState state, TransactionResult result)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"root {state.Root()}, {result}");
        foreach ((Address address, Execution.State.Account account) in state.Accounts.OrderBy(pair => pair.Key).Take(12))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n      {address} nonce {account.Nonce} balance {account.Balance.ToQuantity()}");
        }

        return text.ToString();
    }

    private static UInt256 ReadNumber(JsonElement json) => UInt256.Parse(json.GetString());

    private static ulong ReadUInt64(JsonElement json) => UInt256.Parse(json.GetString()) is { IsUInt64: true } value ? value.U0 : throw new FormatException(json.GetString());

    private static Hash256 ReadHash(JsonElement json)
    {
        Span<byte> bytes = stackalloc byte[Hash256.Length];
        UInt256.Parse(json.GetString()).WriteBigEndian(bytes);
        return new Hash256(bytes);
    }

    /// <summary>The hash of a block is that of its number in decimal digits, as the tests define it.</summary>
    private sealed class NumberHashes : IBlockHashes
    {
        public static NumberHashes Instance { get; } = new();

        public Hash256 GetBlockHash(ulong number) => Keccak256.Hash(Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)));
    }
}
