using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Settlement.L1;

/// <summary>Reads the execution API's JSON. Every method throws <see cref="FormatException"/> with the field's name for a value that is not what it must be.</summary>
internal static class Json
{
    private const ulong MaxTransactionType = 0x7f;

    public static UInt256 Quantity(JsonElement value)
    {
        string text = Text(value);
        return text.StartsWith("0x", StringComparison.Ordinal) && UInt256.TryParse(text, out UInt256 number)
            ? number
            : throw new FormatException($"'{Short(text)}' is no quantity.");
    }

    public static ulong ULong(JsonElement value)
    {
        UInt256 number = Quantity(value);
        return number.IsUInt64 ? (ulong)number : throw new FormatException($"{number} has more than 64 bits.");
    }

    /// <summary>Bytes. A blob is a quarter of a million digits: they are not made a string of first, but where they are escaped, or no hex.</summary>
    public static Bytes Data(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && Hex.TryDecode(JsonMarshal.GetRawUtf8Value(value)[1..^1], out byte[] bytes) ? bytes : Bytes.FromHex(Text(value));

    public static Hash256 Hash(JsonElement value) => Hash256.Parse(Text(value));

    /// <summary>A header, and the hash that the node gives it.</summary>
    public static (BlockHeader Header, Hash256 Hash) Header(JsonElement block) => (
        new BlockHeader
        {
            ParentHash = Hash(Field(block, "parentHash")),
            FeeRecipient = Account(Field(block, "miner")),
            StateRoot = Hash(Field(block, "stateRoot")),
            TransactionsRoot = Hash(Field(block, "transactionsRoot")),
            ReceiptsRoot = Hash(Field(block, "receiptsRoot")),
            LogsBloom = Data(Field(block, "logsBloom")) is { Length: Bloom.Length } bloom ? Bloom.FromBytes(bloom.Span) : throw new FormatException("The bloom is too long or too short."),
            Number = ULong(Field(block, "number")),
            GasLimit = ULong(Field(block, "gasLimit")),
            GasUsed = ULong(Field(block, "gasUsed")),
            Timestamp = ULong(Field(block, "timestamp")),
            ExtraData = Data(Field(block, "extraData")),
            PrevRandao = Hash(Field(block, "mixHash")),
            BaseFeePerGas = Quantity(Field(block, "baseFeePerGas")),
            WithdrawalsRoot = Hash(Field(block, "withdrawalsRoot")),
            BlobGasUsed = ULong(Field(block, "blobGasUsed")),
            ExcessBlobGas = ULong(Field(block, "excessBlobGas")),
            ParentBeaconBlockRoot = Hash(Field(block, "parentBeaconBlockRoot")),
            RequestsHash = Optional(block, "requestsHash") is { } requests ? Hash(requests) : null,
        },
        Hash(Field(block, "hash")));

    /// <summary>A block's receipts as its root commits to them, with the events of each.</summary>
    public static ImmutableArray<(Receipt Receipt, ImmutableArray<L1Log> Logs)> Receipts(JsonElement receipts) =>
        receipts.ValueKind == JsonValueKind.Array ? [.. receipts.EnumerateArray().Select(Committed)] : throw new FormatException("The receipts are no array.");

    public static L1Receipt Receipt(JsonElement receipt) => new(
        Hash(Field(receipt, "transactionHash")),
        ULong(Field(receipt, "status")) == 1,
        ULong(Field(receipt, "blockNumber")),
        Hash(Field(receipt, "blockHash")),
        ULong(Field(receipt, "gasUsed")),
        Quantity(Field(receipt, "effectiveGasPrice")),
        Optional(receipt, "blobGasUsed") is { } used ? ULong(used) : 0,
        Optional(receipt, "contractAddress") is { } contract ? Account(contract) : null,
        Logs(Field(receipt, "logs")));

    public static ImmutableArray<L1Log> Logs(JsonElement logs) =>
        logs.ValueKind == JsonValueKind.Array ? [.. logs.EnumerateArray().Select(Log)] : throw new FormatException("The logs are no array.");

    public static L1TransactionData Transaction(JsonElement transaction) => new(
        Hash(Field(transaction, "hash")),
        Data(Field(transaction, "input")),
        Optional(transaction, "blobVersionedHashes") is { ValueKind: JsonValueKind.Array } hashes ? [.. hashes.EnumerateArray().Select(Hash)] : []);

    public static BlobSchedule Schedule(JsonElement config)
    {
        List<BlobParameters> forks = [];
        foreach (string name in (string[])["current", "next", "last"])
        {
            if (Optional(config, name) is { } fork && Optional(fork, "blobSchedule") is { } schedule)
            {
                forks.Add(new BlobParameters(
                    Number(Field(fork, "activationTime")), Number(Field(schedule, "target")), Number(Field(schedule, "max")), Number(Field(schedule, "baseFeeUpdateFraction"))));
            }
        }

        return BlobSchedule.Of(forks) ?? throw new FormatException("The configuration names no usable blob schedule.");
    }

    public static JsonObject Of(L1Call call)
    {
        JsonObject json = new() { ["to"] = call.To.ToString(), ["data"] = call.Data.ToString() };
        if (!call.From.IsZero)
        {
            json["from"] = call.From.ToString();
        }

        if (!call.Value.IsZero)
        {
            json["value"] = call.Value.ToQuantity();
        }

        if (!call.BlobHashes.IsDefaultOrEmpty)
        {
            json["blobVersionedHashes"] = new JsonArray([.. call.BlobHashes.Select(hash => JsonValue.Create(hash.ToString()))]);
        }

        return json;
    }

    private static ulong Number(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out ulong number) ? number : ULong(value);

    private static Address Account(JsonElement value) => Address.Parse(Text(value));

    private static (Receipt Receipt, ImmutableArray<L1Log> Logs) Committed(JsonElement receipt)
    {
        ImmutableArray<L1Log> logs = Logs(Field(receipt, "logs"));
        ulong type = Optional(receipt, "type") is { } named ? ULong(named) : 0;
        return (
            new Receipt
            {
                Type = type <= MaxTransactionType ? (TransactionType)type : throw new FormatException($"{type} is no type of a transaction."),
                Succeeded = ULong(Field(receipt, "status")) == 1,
                CumulativeGasUsed = ULong(Field(receipt, "cumulativeGasUsed")),
                Logs = [.. logs.Select(log => new Protocol.Blocks.Log(log.Address, log.Topics, log.Data))],
            },
            logs);
    }

    private static L1Log Log(JsonElement log)
    {
        JsonElement topics = Field(log, "topics");
        ulong index = ULong(Field(log, "logIndex"));
        return new L1Log(
            Account(Field(log, "address")),
            topics.ValueKind == JsonValueKind.Array ? [.. topics.EnumerateArray().Select(Hash)] : throw new FormatException("The topics are no array."),
            Data(Field(log, "data")),
            ULong(Field(log, "blockNumber")),
            Hash(Field(log, "blockHash")),
            Hash(Field(log, "transactionHash")),
            index <= uint.MaxValue ? (uint)index : throw new FormatException($"Log index {index} has more than 32 bits."));
    }

    private static JsonElement Field(JsonElement container, string name) =>
        Optional(container, name) ?? throw new FormatException($"The field {name} is missing.");

    private static JsonElement? Optional(JsonElement container, string name) =>
        container.ValueKind == JsonValueKind.Object && container.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string Text(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new FormatException($"A string was expected, not {value.ValueKind}.");

    private static string Short(string text) => text.Length <= 80 ? text : text[..80];
}
