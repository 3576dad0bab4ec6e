using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Flashblocks;

/// <summary>The JSON form of flashblocks (flashblocks 1.2): exactly the keys that OP Stack clients know, and this product's own ones beside them.</summary>
/// <remarks>Reading is liberal where streams differ: unknown keys, a base that is null, metadata of any era. It is strict where the block depends on it.</remarks>
public static class FlashblockJson
{
    private const int MaxDepth = 32;

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    private static readonly JsonDocumentOptions ReaderOptions = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    /// <summary>Writes a frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <returns>JSON text without white space.</returns>
    public static byte[] Write(FlashblockFrame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        ArrayBufferWriter<byte> buffer = new(4096);
        using Utf8JsonWriter writer = new(buffer, WriterOptions);
        writer.WriteStartObject();
        writer.WriteString("payload_id"u8, $"0x{frame.PayloadId:x16}");
        writer.WriteNumber("index"u8, frame.Index);
        if (frame.Base is { } fields)
        {
            WriteBase(writer, fields);
        }

        WriteDiff(writer, frame.Diff);
        WriteMetadata(writer, frame.Metadata);
        if (frame.Extension is { } extension)
        {
            WriteExtension(writer, extension);
        }

        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads a frame. Total: never throws.</summary>
    /// <param name="text">JSON text in UTF-8.</param>
    /// <returns>The flashblock, the end of a sequence, or why the text is refused.</returns>
    public static FrameReading Read(ReadOnlySpan<byte> text)
    {
        if (text.Length > FlashblockFraming.MaxLength)
        {
            return new FrameReading.Refused(FrameFault.TooLarge, $"{text.Length} bytes, at most {FlashblockFraming.MaxLength} are allowed");
        }

        byte[] copy = ArrayPool<byte>.Shared.Rent(Math.Max(1, text.Length));
        try
        {
            text.CopyTo(copy);
            using JsonDocument document = JsonDocument.Parse(copy.AsMemory(0, text.Length), ReaderOptions);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new FlashblockJsonParser().Parse(document.RootElement)
                : new FrameReading.Refused(FrameFault.InvalidJson, "not an object");
        }
        catch (JsonException exception)
        {
            return new FrameReading.Refused(FrameFault.InvalidJson, $"line {exception.LineNumber}, byte {exception.BytePositionInLine}");
        }
        catch (InvalidOperationException)
        {
            // The framework's answer to an escape sequence that is half a character, which it notices only when the text is looked at.
            return new FrameReading.Refused(FrameFault.InvalidJson, "a string is not valid text");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    private static void WriteBase(Utf8JsonWriter writer, FlashblockBase fields)
    {
        writer.WriteStartObject("base"u8);
        WriteHash(writer, "parent_beacon_block_root", fields.ParentBeaconBlockRoot);
        WriteHash(writer, "parent_hash", fields.ParentHash);
        writer.WriteString("fee_recipient"u8, fields.FeeRecipient.ToString());
        WriteHash(writer, "prev_randao", fields.PrevRandao);
        WriteQuantity(writer, "block_number", fields.BlockNumber);
        WriteQuantity(writer, "gas_limit", fields.GasLimit);
        WriteQuantity(writer, "timestamp", fields.Timestamp);
        writer.WriteString("extra_data"u8, fields.ExtraData.ToString());
        writer.WriteString("base_fee_per_gas"u8, fields.BaseFeePerGas.ToQuantity());
        writer.WriteEndObject();
    }

    private static void WriteDiff(Utf8JsonWriter writer, FlashblockDiff diff)
    {
        writer.WriteStartObject("diff"u8);
        WriteHash(writer, "state_root", diff.StateRoot);
        WriteHash(writer, "receipts_root", diff.ReceiptsRoot);
        writer.WriteString("logs_bloom"u8, diff.LogsBloom.ToString());
        WriteQuantity(writer, "gas_used", diff.GasUsed);
        WriteHash(writer, "block_hash", diff.BlockHash);
        writer.WriteStartArray("transactions"u8);
        foreach (Bytes transaction in diff.Transactions)
        {
            writer.WriteStringValue(transaction.ToString());
        }

        writer.WriteEndArray();
        writer.WriteStartArray("withdrawals"u8);
        foreach (Withdrawal withdrawal in diff.Withdrawals)
        {
            writer.WriteStartObject();
            WriteQuantity(writer, "index", withdrawal.Index);
            WriteQuantity(writer, "validatorIndex", withdrawal.ValidatorIndex);
            writer.WriteString("address"u8, withdrawal.Address.ToString());
            WriteQuantity(writer, "amount", withdrawal.Amount);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        WriteHash(writer, "withdrawals_root", diff.WithdrawalsRoot);
        if (diff.BlobGasUsed is { } blobGasUsed)
        {
            WriteQuantity(writer, "blob_gas_used", blobGasUsed);
        }

        writer.WriteEndObject();
    }

    private static void WriteMetadata(Utf8JsonWriter writer, FlashblockMetadata metadata)
    {
        writer.WriteStartObject("metadata"u8);
        if (metadata.BlockNumber is { } number)
        {
            writer.WriteNumber("block_number"u8, number);
        }

        if (!metadata.NewAccountBalances.IsEmpty)
        {
            writer.WriteStartObject("new_account_balances"u8);
            foreach ((Address account, UInt256 balance) in metadata.NewAccountBalances)
            {
                writer.WriteString(account.ToString(), balance.ToQuantity());
            }

            writer.WriteEndObject();
        }

        if (!metadata.Receipts.IsEmpty)
        {
            writer.WriteStartObject("receipts"u8);
            foreach ((Hash256 transaction, Receipt receipt) in metadata.Receipts)
            {
                writer.WriteStartObject(transaction.ToString());
                WriteReceipt(writer, receipt);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        if (metadata.PreviousFlashblockId is { } previous)
        {
            writer.WriteString("prev_flashblock_id"u8, previous);
        }

        writer.WriteEndObject();
    }

    private static void WriteReceipt(Utf8JsonWriter writer, Receipt receipt)
    {
        WriteQuantity(writer, "type", (ulong)receipt.Type);
        WriteQuantity(writer, "status", receipt.Succeeded ? 1UL : 0UL);
        WriteQuantity(writer, "cumulativeGasUsed", receipt.CumulativeGasUsed);
        writer.WriteStartArray("logs"u8);
        foreach (Log log in receipt.Logs)
        {
            writer.WriteStartObject();
            writer.WriteString("address"u8, log.Address.ToString());
            writer.WriteStartArray("topics"u8);
            foreach (Hash256 topic in log.Topics)
            {
                writer.WriteStringValue(topic.ToString());
            }

            writer.WriteEndArray();
            writer.WriteString("data"u8, log.Data.ToString());
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        if (receipt.DepositNonce is { } nonce)
        {
            WriteQuantity(writer, "depositNonce", nonce);
        }

        if (receipt.DepositReceiptVersion is { } version)
        {
            WriteQuantity(writer, "depositReceiptVersion", version);
        }
    }

    private static void WriteExtension(Utf8JsonWriter writer, FlashblockFrame.SignedPart extension)
    {
        writer.WriteNumber("chain_id"u8, extension.Context.ChainId);
        writer.WriteString("rollup"u8, extension.Context.Rollup.ToString());
        writer.WriteNumber("slot"u8, extension.Slot);
        writer.WriteString("producer"u8, extension.Producer.ToString());
        writer.WriteNumber("chunk"u8, extension.Chunk);
        writer.WriteNumber("block_number"u8, extension.BlockNumber);
        WriteHash(writer, "previous", extension.Previous);
        writer.WriteBoolean("is_last"u8, extension.IsLast);
        writer.WriteNumber("timestamp_ms"u8, extension.EmittedAt);
        writer.WriteString("signature"u8, Hex.Encode(extension.Signature.ToArray()));
    }

    private static void WriteHash(Utf8JsonWriter writer, string key, in Hash256 hash) => writer.WriteString(key, hash.ToString());

    private static void WriteQuantity(Utf8JsonWriter writer, string key, ulong value) => writer.WriteString(key, string.Create(CultureInfo.InvariantCulture, $"0x{value:x}"));
}
