using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Proofs;

/// <summary>The JSON form of proofs: what was signed in its canonical encoding, so that no reader has to encode it again, and beside it only what a reader cannot derive.</summary>
public static class TransactionProofJson
{
    /// <summary>Value of the key <c>format</c>.</summary>
    public const string Format = "preconf-proof/1";

    /// <summary>Longest document in bytes.</summary>
    public const int MaxLength = 32 << 20;

    private const int MaxDepth = 8;
    private const int MaxNodes = 64;

    /// <summary>Keys are in the order in which they are written.</summary>
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonDocumentOptions ReaderOptions = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    /// <summary>Writes a proof.</summary>
    /// <param name="proof">The proof.</param>
    /// <returns>JSON text in UTF-8.</returns>
    public static byte[] Write(TransactionProof proof)
    {
        ArgumentNullException.ThrowIfNull(proof);
        ArrayBufferWriter<byte> buffer = new(4096);
        using (Utf8JsonWriter writer = new(buffer, WriterOptions))
        {
            Write(writer, proof);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes a proof into a document.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="proof">The proof.</param>
    public static void Write(Utf8JsonWriter writer, TransactionProof proof)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(proof);
        writer.WriteStartObject();
        writer.WriteString("format"u8, Format);
        writer.WriteNumber("chainId"u8, proof.Context.ChainId);
        writer.WriteString("rollup"u8, proof.Context.Rollup.ToString());
        writer.WriteString("transaction"u8, proof.Transaction.ToString());
        if (proof.Committee is { } committee)
        {
            writer.WriteStartObject("committee"u8);
            writer.WriteNumber("epoch"u8, committee.Epoch);
            writer.WriteString("seed"u8, committee.Seed.ToString());
            writer.WriteStartArray("members"u8);
            foreach (Address member in committee.Members)
            {
                writer.WriteStringValue(member.ToString());
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteStartArray("rungs"u8);
        foreach (ProofRung rung in proof.Rungs)
        {
            Write(writer, rung);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>Reads a proof. Total: never throws.</summary>
    /// <param name="text">JSON text in UTF-8.</param>
    /// <returns>The proof, or why the text is none.</returns>
    public static ProofReading Read(ReadOnlyMemory<byte> text)
    {
        if (text.Length > MaxLength)
        {
            return new ProofReading.Refused($"{text.Length} bytes, at most {MaxLength} are allowed");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(text, ReaderOptions);
            return new Parser().Parse(document.RootElement);
        }
        catch (JsonException exception)
        {
            return new ProofReading.Refused($"no JSON: line {exception.LineNumber}, byte {exception.BytePositionInLine}");
        }
        catch (InvalidOperationException)
        {
            // The framework's answer to an escape sequence that is half a character, which it notices only when the text is looked at.
            return new ProofReading.Refused("a string is not valid text");
        }
    }

    private static void Write(Utf8JsonWriter writer, ProofRung rung)
    {
        writer.WriteStartObject();
        writer.WriteString("status"u8, rung.Status);
        if (rung.At is { } at)
        {
            writer.WriteString("at"u8, at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        }

        switch (rung)
        {
            case ProofRung.Preconfirmed preconfirmed:
                writer.WriteString("flashblock"u8, Hex.Encode(preconfirmed.Flashblock.Encode()));
                break;
            case ProofRung.Proposed proposed:
                writer.WriteString("chunk"u8, Hex.Encode(proposed.Chunk.Encode()));
                writer.WriteNumber("transactionIndex"u8, proposed.TransactionIndex);
                writer.WriteString("receipt"u8, proposed.Receipt.ToString());
                writer.WriteStartArray("receiptNodes"u8);
                foreach (Bytes node in proposed.ReceiptNodes)
                {
                    writer.WriteStringValue(node.ToString());
                }

                writer.WriteEndArray();
                break;
            case ProofRung.Attested attested:
                writer.WriteString("certificate"u8, Hex.Encode(attested.Certificate.Encode()));
                break;
            case ProofRung.Checkpointed checkpointed:
                writer.WriteString("header"u8, Hex.Encode(checkpointed.Header.Encode()));
                WriteHashes(writer, "chunks"u8, checkpointed.Chunks);
                if (checkpointed.Certificate is { } certificate)
                {
                    writer.WriteString("certificate"u8, Hex.Encode(certificate.Encode()));
                }

                Write(writer, checkpointed.L1);
                break;
            case ProofRung.Proven proven:
                Write(writer, proven.L1);
                break;
            case ProofRung.Finalized finalized:
                Write(writer, finalized.L1);
                break;
            default:
                break;
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, L1Anchor anchor)
    {
        writer.WriteStartObject("l1"u8);
        writer.WriteNumber("checkpoint"u8, anchor.Checkpoint);
        writer.WriteString("payloadHash"u8, anchor.PayloadHash.ToString());
        writer.WriteNumber("blockNumber"u8, anchor.BlockNumber);
        writer.WriteString("blockHash"u8, anchor.BlockHash.ToString());
        if (anchor.Transaction is { } transaction)
        {
            writer.WriteString("transaction"u8, transaction.ToString());
        }

        WriteHashes(writer, "blobHashes"u8, anchor.BlobHashes);
        writer.WriteEndObject();
    }

    private static void WriteHashes(Utf8JsonWriter writer, ReadOnlySpan<byte> key, ImmutableArray<Hash256> hashes)
    {
        writer.WriteStartArray(key);
        foreach (Hash256 hash in hashes)
        {
            writer.WriteStringValue(hash.ToString());
        }

        writer.WriteEndArray();
    }

    /// <summary>Reads one document; keeps the first fault.</summary>
    private sealed class Parser
    {
        private string? _fault;

        public ProofReading Parse(JsonElement root)
        {
            if (root.ValueKind != JsonValueKind.Object)
            {
                return new ProofReading.Refused("not an object");
            }

            string format = Text(root, "format");
            if (_fault is null && format != Format)
            {
                _fault = $"format is \"{format}\", and \"{Format}\" is known";
            }

            SigningContext context = new(Number(root, "chainId"), Address(root, "rollup"));
            Hash256 transaction = Hash(root, "transaction");
            Committee? committee = root.TryGetProperty("committee", out JsonElement given) ? ParseCommittee(given) : null;
            ImmutableArray<ProofRung>.Builder rungs = ImmutableArray.CreateBuilder<ProofRung>();
            foreach (JsonElement rung in Items(root, "rungs", most: 6))
            {
                if (ParseRung(rung) is { } parsed)
                {
                    rungs.Add(parsed);
                }
            }

            return _fault is null ? new ProofReading.Ok(new TransactionProof(context, transaction, committee, rungs.DrainToImmutable())) : new ProofReading.Refused(_fault);
        }

        private Committee? ParseCommittee(JsonElement element)
        {
            ulong epoch = Number(element, "epoch");
            Hash256 seed = Hash(element, "seed");
            ImmutableArray<Address>.Builder members = ImmutableArray.CreateBuilder<Address>();
            foreach (JsonElement member in Items(element, "members", Committee.MaxSize))
            {
                if (member.ValueKind != JsonValueKind.String || !Primitives.Address.TryParse(member.GetString(), null, out Address address))
                {
                    Fail("members: an address is expected");
                    return null;
                }

                members.Add(address);
            }

            if (_fault is not null)
            {
                return null;
            }

            if (Committee.Of(epoch, members.DrainToImmutable(), seed) is CommitteeResult.Formed formed)
            {
                return formed.Committee;
            }

            Fail("members: empty, too many, or one twice");
            return null;
        }

        private ProofRung? ParseRung(JsonElement element)
        {
            string status = Text(element, "status");
            DateTimeOffset? at = null;
            if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty("at", out _))
            {
                if (DateTimeOffset.TryParse(Text(element, "at"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset parsed))
                {
                    at = parsed;
                }
                else
                {
                    Fail("at: a time is expected");
                }
            }

            if (_fault is not null)
            {
                return null;
            }

            ProofRung? rung = status switch
            {
                "preconfirmed" => Message<Flashblock>(element, "flashblock") is { } flashblock ? new ProofRung.Preconfirmed(flashblock) : null,
                "proposed" => ParseProposed(element),
                "attested" => Message<ChunkCertificate>(element, "certificate") is { } certificate ? new ProofRung.Attested(certificate) : null,
                "checkpointed" => ParseCheckpointed(element),
                "proven" => new ProofRung.Proven(ParseAnchor(element)),
                "finalized" => new ProofRung.Finalized(ParseAnchor(element)),
                _ => null,
            };
            if (rung is null)
            {
                Fail($"status \"{status}\" is not known");
            }

            return _fault is null ? rung! with { At = at } : null;
        }

        private ProofRung.Proposed? ParseProposed(JsonElement element)
        {
            ChunkProposal? chunk = Message<ChunkProposal>(element, "chunk");
            ulong index = Number(element, "transactionIndex");
            Bytes receipt = ByteString(element, "receipt");
            ImmutableArray<Bytes>.Builder nodes = ImmutableArray.CreateBuilder<Bytes>();
            foreach (JsonElement node in Items(element, "receiptNodes", MaxNodes))
            {
                nodes.Add(ToBytes(node, "receiptNodes"));
            }

            if (index > int.MaxValue)
            {
                Fail("transactionIndex is too large");
            }

            return _fault is null ? new ProofRung.Proposed(chunk!, (int)index, receipt, nodes.DrainToImmutable()) : null;
        }

        private ProofRung.Checkpointed? ParseCheckpointed(JsonElement element)
        {
            CheckpointHeader? header = null;
            switch (CheckpointHeader.Decode(ByteString(element, "header").Span))
            {
                case Decoded<CheckpointHeader>.Ok ok:
                    header = ok.Value;
                    break;
                case Decoded<CheckpointHeader>.Refused refused:
                    Fail($"header: {refused.Reason}");
                    break;
            }

            ImmutableArray<Hash256> chunks = Hashes(element, "chunks", MessageLimits.MaxTransactionsPerChunk);
            CheckpointCertificate? certificate = element.TryGetProperty("certificate", out _) ? Message<CheckpointCertificate>(element, "certificate") : null;
            L1Anchor anchor = ParseAnchor(element);
            return _fault is null ? new ProofRung.Checkpointed(header!, chunks, certificate, anchor) : null;
        }

        private L1Anchor ParseAnchor(JsonElement rung)
        {
            if (!rung.TryGetProperty("l1", out JsonElement element) || element.ValueKind != JsonValueKind.Object)
            {
                Fail("l1 is missing");
                return new L1Anchor(0, default, 0, default, null, []);
            }

            return new L1Anchor(
                Number(element, "checkpoint"),
                Hash(element, "payloadHash"),
                Number(element, "blockNumber"),
                Hash(element, "blockHash"),
                element.TryGetProperty("transaction", out _) ? Hash(element, "transaction") : null,
                Hashes(element, "blobHashes", MaxNodes));
        }

        private T? Message<T>(JsonElement element, string key)
            where T : class, IMessage<T>
        {
            Bytes encoded = ByteString(element, key);
            if (_fault is not null)
            {
                return null;
            }

            switch (T.Decode(encoded.Span))
            {
                case Decoded<T>.Ok ok:
                    return ok.Value;
                case Decoded<T>.Refused refused:
                    Fail($"{key}: {refused.Reason}");
                    return null;
                default:
                    throw new InvalidOperationException("Not a known decoding.");
            }
        }

        private ImmutableArray<Hash256> Hashes(JsonElement element, string key, int most)
        {
            ImmutableArray<Hash256>.Builder hashes = ImmutableArray.CreateBuilder<Hash256>();
            foreach (JsonElement item in Items(element, key, most))
            {
                if (item.ValueKind == JsonValueKind.String && Hash256.TryParse(item.GetString(), null, out Hash256 hash))
                {
                    hashes.Add(hash);
                }
                else
                {
                    Fail($"{key}: 32 bytes in hex are expected");
                }
            }

            return hashes.DrainToImmutable();
        }

        private JsonElement.ArrayEnumerator Items(JsonElement element, string key, int most)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(key, out JsonElement array) || array.ValueKind != JsonValueKind.Array)
            {
                Fail($"{key}: an array is expected");
                return default;
            }

            if (array.GetArrayLength() > most)
            {
                Fail($"{key}: {array.GetArrayLength()} items, at most {most} are allowed");
                return default;
            }

            return array.EnumerateArray();
        }

        private string Text(JsonElement element, string key)
        {
            if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String)
            {
                return value.GetString()!;
            }

            Fail($"{key}: a string is expected");
            return "";
        }

        private ulong Number(JsonElement element, string key)
        {
            if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(key, out JsonElement value)
                && value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out ulong number))
            {
                return number;
            }

            Fail($"{key}: a number from 0 to 2^64 - 1 is expected");
            return 0;
        }

        private Hash256 Hash(JsonElement element, string key)
        {
            if (!Hash256.TryParse(Text(element, key), null, out Hash256 hash))
            {
                Fail($"{key}: 32 bytes in hex are expected");
            }

            return hash;
        }

        private Address Address(JsonElement element, string key)
        {
            if (!Primitives.Address.TryParse(Text(element, key), null, out Address address))
            {
                Fail($"{key}: 20 bytes in hex are expected");
            }

            return address;
        }

        private Bytes ByteString(JsonElement element, string key) =>
            element.ValueKind == JsonValueKind.Object && element.TryGetProperty(key, out JsonElement value) ? ToBytes(value, key) : ToBytes(default, key);

        private Bytes ToBytes(JsonElement value, string key)
        {
            if (value.ValueKind == JsonValueKind.String && Hex.TryDecode(value.GetString(), out byte[] bytes))
            {
                return bytes;
            }

            Fail($"{key}: bytes in hex are expected");
            return default;
        }

        private void Fail(string fault) => _fault ??= fault;
    }
}
