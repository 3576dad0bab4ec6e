using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Signing;

/// <summary>The signing history as JSON, in the shape of EIP-3076 with this product's duties, to move keys between machines without equivocation.</summary>
/// <remarks>
/// <code>
/// { "metadata": { "interchange_format_version": "1", "chain_id": "7357", "rollup": "0x..." },
///   "data": [ { "validator": "0x...",
///               "watermarks": { "flashblocks": "0", "chunks": "0", "checkpoints": "0", "chunk_attestations": "0", "checkpoint_attestations": "0", "publications": "0" },
///               "signed_flashblocks": [ { "slot": "12", "chunk": "3", "index": "0", "signing_root": "0x..." } ],
///               "signed_chunks": [ { "slot": "12", "chunk": "3", "signing_root": "0x..." } ],
///               "signed_checkpoints": [ { "slot": "12", "signing_root": "0x..." } ],
///               "signed_chunk_attestations": [ { "slot": "12", "producer": "0x...", "chunk": "3", "kind": "executed", "signing_root": "0x..." } ],
///               "signed_checkpoint_attestations": [ { "slot": "12", "kind": "executed", "signing_root": "0x..." } ],
///               "signed_publications": [ { "slot": "12", "signing_root": "0x..." } ] } ] }
/// </code>
/// <para>As in EIP-3076, numbers are decimal strings and <c>signing_root</c> may be missing: then nothing else may be signed at the position. Lists may be missing, too, and a watermark is then 0.</para>
/// </remarks>
public static class SigningInterchange
{
    /// <summary>The only format version.</summary>
    public const string FormatVersion = "1";

    /// <summary>Longest file in bytes.</summary>
    public const int MaxLength = 64 * 1024 * 1024;

    /// <summary>Most keys in a file.</summary>
    public const int MaxValidators = 10_000;

    /// <summary>Most records in a file.</summary>
    public const int MaxRecords = 1_000_000;

    private static readonly JsonDocumentOptions ReaderOptions = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    private static readonly (MessageKind Kind, string List, string Watermark)[] Lists =
    [
        (MessageKind.Flashblock, "signed_flashblocks", "flashblocks"),
        (MessageKind.ChunkProposal, "signed_chunks", "chunks"),
        (MessageKind.CheckpointProposal, "signed_checkpoints", "checkpoints"),
        (MessageKind.ChunkAttestation, "signed_chunk_attestations", "chunk_attestations"),
        (MessageKind.CheckpointAttestation, "signed_checkpoint_attestations", "checkpoint_attestations"),
        (MessageKind.CheckpointPublication, "signed_publications", "publications"),
    ];

    /// <summary>Writes a history.</summary>
    /// <param name="history">The history.</param>
    /// <returns>Indented JSON.</returns>
    public static byte[] Write(SigningHistory history)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArrayBufferWriter<byte> buffer = new(1024);
        using Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteStartObject("metadata"u8);
        writer.WriteString("interchange_format_version"u8, FormatVersion);
        Write(writer, "chain_id", history.Context.ChainId);
        writer.WriteString("rollup"u8, history.Context.Rollup.ToString());
        writer.WriteEndObject();
        writer.WriteStartArray("data"u8);
        foreach (ValidatorHistory validator in history.Validators)
        {
            Write(writer, validator);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads a history. Total: never throws.</summary>
    /// <param name="json">JSON in UTF-8, at most <see cref="MaxLength"/>.</param>
    /// <returns>The history, in order, or why the file is refused.</returns>
    public static InterchangeReading Read(ReadOnlyMemory<byte> json)
    {
        if (json.Length > MaxLength)
        {
            return new InterchangeReading.Refused(new InterchangeRefusal.TooLarge(json.Length, MaxLength));
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(json, ReaderOptions);
            InterchangeRefusal? refusal = Read(document.RootElement, out SigningHistory? history);
            return refusal is null ? new InterchangeReading.Ok(history!) : new InterchangeReading.Refused(refusal);
        }
        catch (JsonException exception)
        {
            return new InterchangeReading.Refused(new InterchangeRefusal.NotJson($"line {exception.LineNumber + 1}, byte {exception.BytePositionInLine}"));
        }
        catch (InvalidOperationException)
        {
            // The framework's answer to text that is not UTF-8, which it notices only when a string is looked at.
            return new InterchangeReading.Refused(new InterchangeRefusal.NotJson("a string is not valid text"));
        }
    }

    private static void Write(Utf8JsonWriter writer, ValidatorHistory validator)
    {
        writer.WriteStartObject();
        writer.WriteString("validator"u8, validator.Validator.ToString());
        writer.WriteStartObject("watermarks"u8);
        foreach ((MessageKind kind, _, string watermark) in Lists)
        {
            Write(writer, watermark, validator.Watermarks.Of(kind));
        }

        writer.WriteEndObject();
        foreach ((MessageKind kind, string list, _) in Lists)
        {
            writer.WriteStartArray(list);
            foreach (SignedDuty signed in validator.Signed)
            {
                if (signed.Duty.Kind == kind)
                {
                    Write(writer, signed);
                }
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, in SignedDuty signed)
    {
        Duty duty = signed.Duty;
        writer.WriteStartObject();
        Write(writer, "slot", duty.Slot);
        if (duty.Kind == MessageKind.ChunkAttestation)
        {
            writer.WriteString("producer"u8, duty.Producer.ToString());
        }

        if (duty.Kind is MessageKind.Flashblock or MessageKind.ChunkProposal or MessageKind.ChunkAttestation)
        {
            Write(writer, "chunk", duty.Chunk);
        }

        if (duty.Kind == MessageKind.Flashblock)
        {
            Write(writer, "index", duty.Index);
        }

        if (duty.Kind is MessageKind.ChunkAttestation or MessageKind.CheckpointAttestation)
        {
            writer.WriteString("kind"u8, NameOf(duty.Attestation));
        }

        if (signed.SigningRoot is { } root)
        {
            writer.WriteString("signing_root"u8, root.ToString());
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string key, ulong value) => writer.WriteString(key, value.ToString(CultureInfo.InvariantCulture));

    private static string NameOf(AttestationKind kind) => kind switch
    {
        AttestationKind.Stored => "stored",
        AttestationKind.Executed => "executed",
        _ => "locked",
    };

    private static InterchangeRefusal? Read(JsonElement root, out SigningHistory? history)
    {
        history = null;
        if (!Has(root, "metadata", JsonValueKind.Object, out JsonElement metadata))
        {
            return new InterchangeRefusal.InvalidField("metadata", "an object");
        }

        if (!Has(metadata, "interchange_format_version", JsonValueKind.String, out JsonElement version))
        {
            return new InterchangeRefusal.InvalidField("metadata.interchange_format_version", "a string");
        }

        if (version.GetString() != FormatVersion)
        {
            return new InterchangeRefusal.UnknownVersion(version.GetString()!);
        }

        if (!TryNumber(metadata, "chain_id", ulong.MaxValue, out ulong chainId))
        {
            return new InterchangeRefusal.InvalidField("metadata.chain_id", "a decimal number in a string");
        }

        if (!TryAddress(metadata, "rollup", out Address rollup))
        {
            return new InterchangeRefusal.InvalidField("metadata.rollup", "an address");
        }

        if (!Has(root, "data", JsonValueKind.Array, out JsonElement data))
        {
            return new InterchangeRefusal.InvalidField("data", "an array");
        }

        if (data.GetArrayLength() > MaxValidators)
        {
            return new InterchangeRefusal.TooMany("validators", MaxValidators);
        }

        List<ValidatorHistory> validators = [];
        int records = 0;
        foreach (JsonElement item in data.EnumerateArray())
        {
            if (ReadValidator(item, $"data[{validators.Count}]", ref records, out ValidatorHistory? validator) is { } refusal)
            {
                return refusal;
            }

            validators.Add(validator!);
        }

        history = SigningHistory.Of(new SigningContext(chainId, rollup), validators);
        return null;
    }

    private static InterchangeRefusal? ReadValidator(JsonElement element, string path, ref int records, out ValidatorHistory? validator)
    {
        validator = null;
        if (element.ValueKind != JsonValueKind.Object || !TryAddress(element, "validator", out Address address))
        {
            return new InterchangeRefusal.InvalidField($"{path}.validator", "an address");
        }

        Span<ulong> watermarks = stackalloc ulong[Lists.Length];
        watermarks.Clear();
        if (element.TryGetProperty("watermarks"u8, out JsonElement marks))
        {
            for (int i = 0; i < Lists.Length; i++)
            {
                // Exports of the time before publications were recorded have no watermark for them.
                if (Lists[i].Kind == MessageKind.CheckpointPublication && marks.ValueKind == JsonValueKind.Object && !marks.TryGetProperty(Lists[i].Watermark, out _))
                {
                    continue;
                }

                if (marks.ValueKind != JsonValueKind.Object || !TryNumber(marks, Lists[i].Watermark, ulong.MaxValue, out watermarks[i]))
                {
                    return new InterchangeRefusal.InvalidField($"{path}.watermarks.{Lists[i].Watermark}", "a decimal number in a string");
                }
            }
        }

        ImmutableArray<SignedDuty>.Builder signed = ImmutableArray.CreateBuilder<SignedDuty>();
        foreach ((MessageKind kind, string list, _) in Lists)
        {
            if (!element.TryGetProperty(list, out JsonElement items))
            {
                continue;
            }

            if (items.ValueKind != JsonValueKind.Array)
            {
                return new InterchangeRefusal.InvalidField($"{path}.{list}", "an array");
            }

            int position = 0;
            foreach (JsonElement item in items.EnumerateArray())
            {
                if (++records > MaxRecords)
                {
                    return new InterchangeRefusal.TooMany("records", MaxRecords);
                }

                if (ReadDuty(kind, item, out SignedDuty duty) is { } field)
                {
                    return new InterchangeRefusal.InvalidField($"{path}.{list}[{position}].{field.Name}", field.Expected);
                }

                signed.Add(duty);
                position++;
            }
        }

        validator = new ValidatorHistory(
            address, new SigningWatermarks(watermarks[0], watermarks[1], watermarks[2], watermarks[3], watermarks[4], watermarks[5]), signed.DrainToImmutable());
        return null;
    }

    private static (string Name, string Expected)? ReadDuty(MessageKind kind, JsonElement item, out SignedDuty signed)
    {
        signed = default;
        ulong chunk = 0;
        ulong index = 0;
        Address producer = default;
        AttestationKind attestation = default;
        Hash256 root = default;
        if (item.ValueKind != JsonValueKind.Object || !TryNumber(item, "slot", ulong.MaxValue, out ulong slot))
        {
            return ("slot", "a decimal number in a string");
        }

        if (kind == MessageKind.ChunkAttestation && !TryAddress(item, "producer", out producer))
        {
            return ("producer", "an address");
        }

        if (kind is MessageKind.Flashblock or MessageKind.ChunkProposal or MessageKind.ChunkAttestation && !TryNumber(item, "chunk", uint.MaxValue, out chunk))
        {
            return ("chunk", "a decimal number below 2^32 in a string");
        }

        if (kind == MessageKind.Flashblock && !TryNumber(item, "index", uint.MaxValue, out index))
        {
            return ("index", "a decimal number below 2^32 in a string");
        }

        if (kind is MessageKind.ChunkAttestation or MessageKind.CheckpointAttestation && !TryKind(item, out attestation))
        {
            return ("kind", "stored, executed or locked");
        }

        bool hasRoot = item.TryGetProperty("signing_root"u8, out JsonElement rootElement);
        if (hasRoot && (rootElement.ValueKind != JsonValueKind.String || !Hash256.TryParse(rootElement.GetString(), null, out root)))
        {
            return ("signing_root", "32 bytes in hex");
        }

        Duty duty = kind switch
        {
            MessageKind.Flashblock => Duty.Flashblock(slot, (uint)chunk, (uint)index),
            MessageKind.ChunkProposal => Duty.ChunkProposal(slot, (uint)chunk),
            MessageKind.CheckpointProposal => Duty.CheckpointProposal(slot),
            MessageKind.ChunkAttestation => Duty.ChunkAttestation(slot, producer, (uint)chunk, attestation),
            MessageKind.CheckpointAttestation => Duty.CheckpointAttestation(slot, attestation),
            _ => Duty.CheckpointPublication(slot),
        };
        signed = new SignedDuty(duty, hasRoot ? root : null);
        return null;
    }

    private static bool Has(JsonElement parent, string key, JsonValueKind kind, out JsonElement value)
    {
        value = default;
        return parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(key, out value) && value.ValueKind == kind;
    }

    private static bool TryNumber(JsonElement parent, string key, ulong most, out ulong value)
    {
        value = 0;
        return Has(parent, key, JsonValueKind.String, out JsonElement element)
            && ulong.TryParse(element.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= most;
    }

    private static bool TryAddress(JsonElement parent, string key, out Address value)
    {
        value = default;
        return Has(parent, key, JsonValueKind.String, out JsonElement element) && Address.TryParse(element.GetString(), null, out value);
    }

    private static bool TryKind(JsonElement parent, out AttestationKind kind)
    {
        kind = !Has(parent, "kind", JsonValueKind.String, out JsonElement element) ? default : element.GetString() switch
        {
            "stored" => AttestationKind.Stored,
            "executed" => AttestationKind.Executed,
            "locked" => AttestationKind.Locked,
            _ => default,
        };
        return kind != default;
    }
}
