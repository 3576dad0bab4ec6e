using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Protocol.Flashblocks;

/// <summary>Reads one frame. The first refusal stays; later reads give default values.</summary>
internal sealed class FlashblockJsonParser
{
    private const int MaxMetadataEntries = 65_536;

    private FrameReading.Refused? _refusal;

    internal FrameReading Parse(JsonElement root)
    {
        ulong payloadId = PayloadId(root);
        if (_refusal is null && IsEndOfSequence(root))
        {
            return new FrameReading.EndOfSequence(payloadId);
        }

        ulong index = ReadNumber(Required(root, "index"), "index");
        FlashblockBase? fields = root.TryGetProperty("base"u8, out JsonElement @base) && @base.ValueKind != JsonValueKind.Null ? Base(@base) : null;
        FlashblockDiff? diff = Diff(Required(root, "diff"));
        if (!root.TryGetProperty("metadata"u8, out JsonElement metadata) || metadata.ValueKind != JsonValueKind.Object)
        {
            Refuse(FrameFault.MissingMetadata, "metadata");
        }

        FlashblockFrame.SignedPart? extension = Extension(root);
        return _refusal is not null ? _refusal : new FrameReading.Flashblock(new FlashblockFrame(payloadId, index, fields, diff!, Metadata(metadata), extension));
    }

    private static bool IsEndOfSequence(JsonElement root) =>
        !root.TryGetProperty("index"u8, out _) && !root.TryGetProperty("diff"u8, out _) && !root.TryGetProperty("base"u8, out _) && !root.TryGetProperty("metadata"u8, out _);

    private static bool TryQuantity(JsonElement element, out ulong value)
    {
        value = 0;
        if (element.ValueKind != JsonValueKind.String || element.GetString() is not { Length: >= 3 and <= 18 } text)
        {
            return false;
        }

        return text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            && ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private static bool TryWide(JsonElement element, out UInt256 value)
    {
        value = default;
        if (element.ValueKind != JsonValueKind.String || element.GetString() is not { Length: >= 3 and <= 66 } text || !text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[UInt256.Length];
        if (!Hex.TryDecodeExactly(text.AsSpan(2).ToString().PadLeft(UInt256.Length * 2, '0'), bytes))
        {
            return false;
        }

        value = UInt256.FromBigEndian(bytes);
        return true;
    }

    private static bool TryHash(JsonElement element, out Hash256 value)
    {
        value = default;
        return element.ValueKind == JsonValueKind.String && Hash256.TryParse(element.GetString(), null, out value);
    }

    private static bool TryAddress(JsonElement element, out Address value)
    {
        value = default;
        return element.ValueKind == JsonValueKind.String && Address.TryParse(element.GetString(), null, out value);
    }

    private static bool TryBytes(JsonElement element, out Bytes value)
    {
        value = default;
        if (element.ValueKind != JsonValueKind.String || !Hex.TryDecode(element.GetString(), out byte[] bytes))
        {
            return false;
        }

        value = bytes;
        return true;
    }

    // Metadata is for convenience only: what is not understood is left out, so that no sender's next change of it stops the stream.
    private static FlashblockMetadata Metadata(JsonElement metadata)
    {
        ImmutableArray<KeyValuePair<Address, UInt256>>.Builder balances = ImmutableArray.CreateBuilder<KeyValuePair<Address, UInt256>>();
        if (metadata.TryGetProperty("new_account_balances"u8, out JsonElement map) && map.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty entry in map.EnumerateObject())
            {
                if (balances.Count < MaxMetadataEntries && Address.TryParse(entry.Name, null, out Address account) && TryWide(entry.Value, out UInt256 balance))
                {
                    balances.Add(KeyValuePair.Create(account, balance));
                }
            }
        }

        ImmutableArray<KeyValuePair<Hash256, Receipt>>.Builder receipts = ImmutableArray.CreateBuilder<KeyValuePair<Hash256, Receipt>>();
        if (metadata.TryGetProperty("receipts"u8, out map) && map.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty entry in map.EnumerateObject())
            {
                if (receipts.Count < MaxMetadataEntries && Hash256.TryParse(entry.Name, null, out Hash256 transaction) && Receipt(entry.Value) is { } receipt)
                {
                    receipts.Add(KeyValuePair.Create(transaction, receipt));
                }
            }
        }

        bool hasNumber = metadata.TryGetProperty("block_number"u8, out JsonElement number);
        ulong blockNumber = 0;
        return new FlashblockMetadata
        {
            BlockNumber = hasNumber && ((number.ValueKind == JsonValueKind.Number && number.TryGetUInt64(out blockNumber)) || TryQuantity(number, out blockNumber)) ? blockNumber : null,
            NewAccountBalances = balances.DrainToImmutable(),
            Receipts = receipts.DrainToImmutable(),
            PreviousFlashblockId = metadata.TryGetProperty("prev_flashblock_id"u8, out JsonElement previous) && previous.ValueKind == JsonValueKind.String
                ? previous.GetString()
                : null,
        };
    }

    private static Receipt? Receipt(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        ulong type = 0;
        bool typed = element.TryGetProperty("type"u8, out JsonElement typeElement) && TryQuantity(typeElement, out type);
        if (!typed)
        {
            // The older form: one key, the type's name, with the receipt inside.
            JsonElement.ObjectEnumerator entries = element.EnumerateObject();
            if (!entries.MoveNext() || entries.Current.Value.ValueKind != JsonValueKind.Object || TypeOf(entries.Current.Name) is not { } tag)
            {
                return null;
            }

            type = (ulong)tag;
            element = entries.Current.Value;
        }

        if (type > byte.MaxValue || !Enum.IsDefined((TransactionType)type)
            || !element.TryGetProperty("status"u8, out JsonElement status)
            || !element.TryGetProperty("cumulativeGasUsed"u8, out JsonElement gas) || !TryQuantity(gas, out ulong cumulativeGasUsed)
            || !element.TryGetProperty("logs"u8, out JsonElement logs) || Logs(logs) is not { } list)
        {
            return null;
        }

        bool succeeded = status.ValueKind == JsonValueKind.True || (TryQuantity(status, out ulong code) && code == 1);
        return new Receipt
        {
            Type = (TransactionType)type,
            Succeeded = succeeded,
            CumulativeGasUsed = cumulativeGasUsed,
            Logs = list,
            DepositNonce = element.TryGetProperty("depositNonce"u8, out JsonElement nonce) && TryQuantity(nonce, out ulong depositNonce) ? depositNonce : null,
            DepositReceiptVersion = element.TryGetProperty("depositReceiptVersion"u8, out JsonElement version) && TryQuantity(version, out ulong depositVersion)
                ? depositVersion
                : null,
        };
    }

    private static TransactionType? TypeOf(string tag) => tag switch
    {
        "Legacy" => TransactionType.Legacy,
        "Eip2930" => TransactionType.AccessList,
        "Eip1559" => TransactionType.DynamicFee,
        "Eip7702" => TransactionType.SetCode,
        "Deposit" => TransactionType.Deposit,
        _ => null,
    };

    private static ImmutableArray<Log>? Logs(JsonElement array)
    {
        if (array.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        ImmutableArray<Log>.Builder logs = ImmutableArray.CreateBuilder<Log>();
        foreach (JsonElement item in array.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object
                || !item.TryGetProperty("address"u8, out JsonElement addressElement) || !TryAddress(addressElement, out Address address)
                || !item.TryGetProperty("data"u8, out JsonElement dataElement) || !TryBytes(dataElement, out Bytes data)
                || !item.TryGetProperty("topics"u8, out JsonElement topicsElement) || topicsElement.ValueKind != JsonValueKind.Array
                || topicsElement.GetArrayLength() > Log.MaxTopics)
            {
                return null;
            }

            ImmutableArray<Hash256>.Builder topics = ImmutableArray.CreateBuilder<Hash256>(topicsElement.GetArrayLength());
            foreach (JsonElement topicElement in topicsElement.EnumerateArray())
            {
                if (!TryHash(topicElement, out Hash256 topic))
                {
                    return null;
                }

                topics.Add(topic);
            }

            logs.Add(new Log(address, topics.MoveToImmutable(), data));
        }

        return logs.DrainToImmutable();
    }

    // Streams of others may use one of these keys for themselves, so only the whole set is ours.
    private FlashblockFrame.SignedPart? Extension(JsonElement root)
    {
        if (!root.TryGetProperty("chain_id"u8, out JsonElement chainId) || !root.TryGetProperty("rollup"u8, out JsonElement rollup)
            || !root.TryGetProperty("slot"u8, out JsonElement slot) || !root.TryGetProperty("producer"u8, out JsonElement producer)
            || !root.TryGetProperty("chunk"u8, out JsonElement chunk) || !root.TryGetProperty("block_number"u8, out JsonElement blockNumber)
            || !root.TryGetProperty("previous"u8, out JsonElement previous) || !root.TryGetProperty("is_last"u8, out JsonElement isLast)
            || !root.TryGetProperty("timestamp_ms"u8, out JsonElement emittedAt) || !root.TryGetProperty("signature"u8, out JsonElement signature))
        {
            return null;
        }

        SigningContext context = new(ReadNumber(chainId, "chain_id"), ReadAddress(rollup, "rollup"));
        ulong chunkIndex = ReadNumber(chunk, "chunk");
        if (chunkIndex > uint.MaxValue)
        {
            Refuse(FrameFault.InvalidField, "chunk");
        }

        if (isLast.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            Refuse(FrameFault.InvalidField, "is_last");
        }

        if (!TryBytes(signature, out Bytes encoded) || Signature.DecodeStrict(encoded.Span, out Signature decoded) != SignatureFault.None)
        {
            Refuse(FrameFault.InvalidField, "signature");
            return null;
        }

        return new FlashblockFrame.SignedPart(
            context,
            ReadNumber(slot, "slot"),
            ReadAddress(producer, "producer"),
            (uint)chunkIndex,
            ReadNumber(blockNumber, "block_number"),
            ReadHash(previous, "previous"),
            isLast.ValueKind == JsonValueKind.True,
            ReadNumber(emittedAt, "timestamp_ms"),
            decoded);
    }

    private FlashblockBase? Base(JsonElement element)
    {
        if (!IsObject(element, "base"))
        {
            return null;
        }

        Bytes extraData = ReadBytes(Required(element, "extra_data"), "extra_data");
        if (extraData.Length > BlockHeader.MaxExtraDataLength)
        {
            Refuse(FrameFault.InvalidField, "extra_data");
        }

        JsonElement baseFee = Required(element, "base_fee_per_gas");
        if (!TryWide(baseFee, out UInt256 baseFeePerGas))
        {
            Refuse(FrameFault.InvalidField, "base_fee_per_gas");
        }

        return new FlashblockBase(
            ReadHash(Required(element, "parent_beacon_block_root"), "parent_beacon_block_root"),
            ReadHash(Required(element, "parent_hash"), "parent_hash"),
            ReadAddress(Required(element, "fee_recipient"), "fee_recipient"),
            ReadHash(Required(element, "prev_randao"), "prev_randao"),
            ReadQuantity(Required(element, "block_number"), "block_number"),
            ReadQuantity(Required(element, "gas_limit"), "gas_limit"),
            ReadQuantity(Required(element, "timestamp"), "timestamp"),
            extraData,
            baseFeePerGas);
    }

    private FlashblockDiff? Diff(JsonElement element)
    {
        if (!IsObject(element, "diff"))
        {
            return null;
        }

        Bytes bloom = ReadBytes(Required(element, "logs_bloom"), "logs_bloom");
        if (_refusal is null && bloom.Length != Bloom.Length)
        {
            Refuse(FrameFault.InvalidField, "logs_bloom");
        }

        bool hasBlobGas = element.TryGetProperty("blob_gas_used"u8, out JsonElement blobGas) && blobGas.ValueKind != JsonValueKind.Null;
        return new FlashblockDiff(
            ReadHash(Required(element, "state_root"), "state_root"),
            ReadHash(Required(element, "receipts_root"), "receipts_root"),
            _refusal is null ? Bloom.FromBytes(bloom.Span) : Bloom.Empty,
            ReadQuantity(Required(element, "gas_used"), "gas_used"),
            ReadHash(Required(element, "block_hash"), "block_hash"),
            TransactionsOf(Required(element, "transactions")),
            WithdrawalsOf(Required(element, "withdrawals")),
            ReadHash(Required(element, "withdrawals_root"), "withdrawals_root"),
            hasBlobGas ? ReadQuantity(blobGas, "blob_gas_used") : null);
    }

    private ImmutableArray<Bytes> TransactionsOf(JsonElement array)
    {
        if (!IsArray(array, "transactions", MessageLimits.MaxTransactionsPerChunk))
        {
            return [];
        }

        ImmutableArray<Bytes>.Builder transactions = ImmutableArray.CreateBuilder<Bytes>(array.GetArrayLength());
        foreach (JsonElement item in array.EnumerateArray())
        {
            transactions.Add(ReadBytes(item, "transactions"));
        }

        return transactions.MoveToImmutable();
    }

    private ImmutableArray<Withdrawal> WithdrawalsOf(JsonElement array)
    {
        if (!IsArray(array, "withdrawals", MessageLimits.MaxWithdrawals))
        {
            return [];
        }

        ImmutableArray<Withdrawal>.Builder withdrawals = ImmutableArray.CreateBuilder<Withdrawal>(array.GetArrayLength());
        foreach (JsonElement item in array.EnumerateArray())
        {
            if (!IsObject(item, "withdrawals"))
            {
                return [];
            }

            withdrawals.Add(new Withdrawal(
                ReadQuantity(Required(item, "index"), "index"),
                ReadQuantity(Required(item, "validatorIndex"), "validatorIndex"),
                ReadAddress(Required(item, "address"), "address"),
                ReadQuantity(Required(item, "amount"), "amount")));
        }

        return withdrawals.MoveToImmutable();
    }

    private ulong PayloadId(JsonElement root)
    {
        JsonElement element = Required(root, "payload_id");
        Bytes bytes = ReadBytes(element, "payload_id");
        if (_refusal is null && bytes.Length != sizeof(ulong))
        {
            Refuse(FrameFault.InvalidField, "payload_id");
        }

        return _refusal is null ? System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes.Span) : 0;
    }

    private JsonElement Required(JsonElement parent, string key)
    {
        if (_refusal is not null)
        {
            return default;
        }

        if (parent.TryGetProperty(key, out JsonElement value))
        {
            return value;
        }

        Refuse(FrameFault.MissingField, key);
        return default;
    }

    private bool IsObject(JsonElement element, string key)
    {
        if (_refusal is null && element.ValueKind != JsonValueKind.Object)
        {
            Refuse(FrameFault.InvalidField, key);
        }

        return _refusal is null;
    }

    private bool IsArray(JsonElement element, string key, int limit)
    {
        if (_refusal is null && element.ValueKind != JsonValueKind.Array)
        {
            Refuse(FrameFault.InvalidField, key);
        }

        if (_refusal is null && element.GetArrayLength() > limit)
        {
            Refuse(FrameFault.TooMany, string.Create(CultureInfo.InvariantCulture, $"{key}: more than {limit}"));
        }

        return _refusal is null;
    }

    private ulong ReadNumber(JsonElement element, string key)
    {
        ulong value = 0;
        if (_refusal is null && (element.ValueKind != JsonValueKind.Number || !element.TryGetUInt64(out value)))
        {
            Refuse(FrameFault.InvalidField, key);
        }

        return value;
    }

    private ulong ReadQuantity(JsonElement element, string key)
    {
        ulong value = 0;
        if (_refusal is null && !TryQuantity(element, out value))
        {
            Refuse(FrameFault.InvalidField, key);
        }

        return value;
    }

    private Hash256 ReadHash(JsonElement element, string key)
    {
        Hash256 value = default;
        if (_refusal is null && !TryHash(element, out value))
        {
            Refuse(FrameFault.InvalidField, key);
        }

        return value;
    }

    private Address ReadAddress(JsonElement element, string key)
    {
        Address value = default;
        if (_refusal is null && !TryAddress(element, out value))
        {
            Refuse(FrameFault.InvalidField, key);
        }

        return value;
    }

    private Bytes ReadBytes(JsonElement element, string key)
    {
        Bytes value = default;
        if (_refusal is null && !TryBytes(element, out value))
        {
            Refuse(FrameFault.InvalidField, key);
        }

        return value;
    }

    private void Refuse(FrameFault fault, string detail) => _refusal ??= new FrameReading.Refused(fault, detail);
}
