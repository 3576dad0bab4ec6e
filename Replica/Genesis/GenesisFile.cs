using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Execution.Processing;
using Cloud.Protocol.Checkpoints;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;

namespace Cloud.Replica.Genesis;

/// <summary>The genesis of a rollup as a JSON file. Names are Ethereum's where it has them; numbers of wei are decimal or 0x strings; durations are seconds.</summary>
public static class GenesisFile
{
    private const int MaxLength = 64 << 20;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Reads a file's text. Total: any text gives a genesis or the list of its faults.</summary>
    /// <param name="json">The text.</param>
    /// <returns>The genesis, or why it is refused.</returns>
    public static GenesisReading Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (json.Length > MaxLength)
        {
            return Refused($"The file has {json.Length} characters; the limit is {MaxLength}.");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            GenesisConfig genesis = Read(document.RootElement);
            ImmutableArray<string> faults = genesis.Validate();
            return faults.IsEmpty ? new GenesisReading.Read(genesis) : new GenesisReading.Refused(faults);
        }
        catch (JsonException e)
        {
            return Refused($"It is no JSON: {e.Message}");
        }
        catch (FormatException e)
        {
            return Refused(e.Message);
        }
    }

    /// <summary>Writes a genesis.</summary>
    /// <param name="genesis">The genesis.</param>
    /// <returns>What <see cref="Parse"/> reads.</returns>
    public static string Write(GenesisConfig genesis)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        ConsensusTiming timing = genesis.Timing;
        JsonObject alloc = [];
        foreach (GenesisAccount account in genesis.Accounts)
        {
            JsonObject entry = new() { ["balance"] = account.Balance.ToString() };
            if (account.Nonce != 0)
            {
                entry["nonce"] = account.Nonce;
            }

            if (!account.Code.IsEmpty)
            {
                entry["code"] = account.Code.ToString();
            }

            if (account.Storage is { IsEmpty: false } storage)
            {
                entry["storage"] = new JsonObject(storage.OrderBy(slot => slot.Key).Select(slot => KeyValuePair.Create(slot.Key.ToQuantity(), (JsonNode?)slot.Value.ToQuantity())));
            }

            alloc[account.Address.ToString()] = entry;
        }

        JsonObject file = new()
        {
            ["chainId"] = genesis.Chain.ChainId,
            ["pragueTime"] = genesis.Chain.PragueTime,
            ["osakaTime"] = genesis.Chain.OsakaTime,
            ["rollup"] = genesis.Rollup.ToString(),
            ["timing"] = new JsonObject
            {
                ["profile"] = timing.Profile.ToString(),
                ["genesis"] = timing.Genesis.ToUnixTimeSeconds(),
                ["slot"] = timing.Slot.TotalSeconds,
                ["l1Slot"] = timing.L1Slot.TotalSeconds,
                ["chunk"] = timing.Chunk.TotalSeconds,
                ["lead"] = timing.Lead.TotalSeconds,
                ["grace"] = timing.Grace.TotalSeconds,
                ["maxChunksPerSlot"] = timing.MaxChunksPerSlot,
                ["inclusionWindow"] = timing.InclusionWindow,
            },
            ["committee"] = new JsonObject
            {
                ["slotsPerEpoch"] = genesis.Committee.SlotsPerEpoch,
                ["size"] = genesis.Committee.CommitteeSize,
                ["validatorSetLag"] = genesis.Committee.ValidatorSetLag,
                ["randaoLag"] = genesis.Committee.RandaoLag,
                ["randao"] = genesis.Randao.ToString(),
                ["validators"] = new JsonArray([.. genesis.Validators.Select(validator => (JsonNode)validator.ToString())]),
            },
            ["gasLimit"] = genesis.GasLimit,
            ["fees"] = new JsonObject
            {
                ["initialBaseFee"] = genesis.Fees.InitialBaseFee.ToString(),
                ["minBaseFee"] = genesis.Fees.MinBaseFee.ToString(),
                ["elasticity"] = genesis.Fees.Elasticity,
                ["denominator"] = genesis.Fees.Denominator,
            },
            ["slotLimits"] = new JsonObject
            {
                ["gas"] = genesis.SlotLimits.Gas,
                ["dataBytes"] = genesis.SlotLimits.DataBytes,
                ["transactions"] = genesis.SlotLimits.Transactions,
            },
            ["maxTransactionsPerChunk"] = genesis.MaxTransactionsPerChunk,
            ["alloc"] = alloc,
        };
        return file.ToJsonString(Indented) + "\n";
    }

    private static GenesisReading.Refused Refused(string fault) => new([fault]);

    private static GenesisConfig Read(JsonElement file)
    {
        GenesisConfig defaults = new()
        {
            Chain = new ChainConfig { ChainId = Number(Required(file, "chainId"), "chainId"), PragueTime = Time(file, "pragueTime"), OsakaTime = Time(file, "osakaTime") },
            Rollup = AddressOf(Required(file, "rollup"), "rollup"),
            Timing = Timing(Required(file, "timing")),
        };
        JsonElement? committee = Optional(file, "committee");
        JsonElement? fees = Optional(file, "fees");
        JsonElement? limits = Optional(file, "slotLimits");
        return defaults with
        {
            Committee = committee is { } drawn
                ? new CommitteeRules(
                    (int)Number(drawn, "slotsPerEpoch", (ulong)defaults.Committee.SlotsPerEpoch, int.MaxValue),
                    (int)Number(drawn, "size", (ulong)defaults.Committee.CommitteeSize, int.MaxValue),
                    (int)Number(drawn, "validatorSetLag", (ulong)defaults.Committee.ValidatorSetLag, int.MaxValue),
                    (int)Number(drawn, "randaoLag", (ulong)defaults.Committee.RandaoLag, int.MaxValue))
                : defaults.Committee,
            Validators = committee is { } members && Optional(members, "validators") is { ValueKind: JsonValueKind.Array } list
                ? [.. list.EnumerateArray().Select(validator => AddressOf(validator, "committee.validators"))]
                : [],
            Randao = committee is { } seeded && Optional(seeded, "randao") is { } randao ? HashOf(randao, "committee.randao") : default,
            GasLimit = Number(file, "gasLimit", defaults.GasLimit),
            Fees = fees is { } moved
                ? new FeeRules(
                    Optional(moved, "initialBaseFee") is { } initial ? Wei(initial, "fees.initialBaseFee") : defaults.Fees.InitialBaseFee,
                    Optional(moved, "minBaseFee") is { } least ? Wei(least, "fees.minBaseFee") : defaults.Fees.MinBaseFee,
                    Number(moved, "elasticity", defaults.Fees.Elasticity),
                    Number(moved, "denominator", defaults.Fees.Denominator))
                : defaults.Fees,
            SlotLimits = limits is { } bound
                ? new SlotLimits(
                    Number(bound, "gas", defaults.SlotLimits.Gas),
                    Number(bound, "dataBytes", defaults.SlotLimits.DataBytes),
                    Number(bound, "transactions", defaults.SlotLimits.Transactions))
                : defaults.SlotLimits,
            MaxTransactionsPerChunk = (int)Number(file, "maxTransactionsPerChunk", (ulong)defaults.MaxTransactionsPerChunk, int.MaxValue),
            Accounts = Optional(file, "alloc") is { } alloc ? Accounts(alloc) : [],
        };
    }

    private static ConsensusTiming Timing(JsonElement timing)
    {
        string name = Text(Required(timing, "profile"), "timing.profile");
        if (!Enum.TryParse(name, ignoreCase: true, out TimingProfile profile) || !Enum.IsDefined(profile))
        {
            throw new FormatException($"timing.profile is '{name}', not one of {string.Join(", ", Enum.GetNames<TimingProfile>())}.");
        }

        ulong genesis = Number(Required(timing, "genesis"), "timing.genesis");
        if (genesis > 253_402_300_799)
        {
            throw new FormatException($"timing.genesis is {genesis}, after the year 9999.");
        }

        ConsensusTiming defaults = ConsensusTiming.WithDefaults(
            profile, DateTimeOffset.FromUnixTimeSeconds((long)genesis), Seconds(timing, "slot") ?? Missing("slot"), Seconds(timing, "l1Slot") ?? Missing("l1Slot"), Seconds(timing, "chunk") ?? Missing("chunk"));
        return defaults with
        {
            Lead = Seconds(timing, "lead") ?? defaults.Lead,
            Grace = Seconds(timing, "grace") ?? defaults.Grace,
            MaxChunksPerSlot = (int)Number(timing, "maxChunksPerSlot", (ulong)defaults.MaxChunksPerSlot, int.MaxValue),
            InclusionWindow = (int)Number(timing, "inclusionWindow", (ulong)defaults.InclusionWindow, int.MaxValue),
        };

        static TimeSpan Missing(string name) => throw new FormatException($"timing.{name} is missing.");
    }

    private static ImmutableArray<GenesisAccount> Accounts(JsonElement alloc)
    {
        if (alloc.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("alloc is no object of addresses.");
        }

        ImmutableArray<GenesisAccount>.Builder accounts = ImmutableArray.CreateBuilder<GenesisAccount>();
        foreach (JsonProperty property in alloc.EnumerateObject())
        {
            string name = property.Name.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? property.Name : $"0x{property.Name}";
            if (!Address.TryParse(name, CultureInfo.InvariantCulture, out Address address))
            {
                throw new FormatException($"alloc holds '{property.Name}', which is no address.");
            }

            JsonElement account = property.Value;
            ImmutableDictionary<UInt256, UInt256>? storage = null;
            if (Optional(account, "storage") is { } slots)
            {
                if (slots.ValueKind != JsonValueKind.Object)
                {
                    throw new FormatException($"alloc.{property.Name}.storage is no object of slots.");
                }

                storage = slots.EnumerateObject().ToImmutableDictionary(
                    slot => UInt256.TryParse(slot.Name, out UInt256 key) ? key : throw new FormatException($"alloc.{property.Name}.storage holds '{slot.Name}', which is no slot."),
                    slot => Wei(slot.Value, $"alloc.{property.Name}.storage.{slot.Name}"));
            }

            accounts.Add(new GenesisAccount(
                address,
                Optional(account, "balance") is { } balance ? Wei(balance, $"alloc.{property.Name}.balance") : UInt256.Zero,
                Optional(account, "nonce") is { } nonce ? Number(nonce, $"alloc.{property.Name}.nonce") : 0,
                Optional(account, "code") is { } code ? Data(code, $"alloc.{property.Name}.code") : default,
                storage));
        }

        return accounts.ToImmutable();
    }

    private static JsonElement Required(JsonElement parent, string name) => Optional(parent, name) ?? throw new FormatException($"{name} is missing.");

    private static JsonElement? Optional(JsonElement parent, string name) =>
        parent.ValueKind != JsonValueKind.Object ? throw new FormatException($"{name} is asked of something that is no object.")
        : parent.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value
        : null;

    private static string Text(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new FormatException($"{name} is no string.");

    /// <summary>A fork that is named as null is never; one that is not named is in force from the start.</summary>
    private static ulong? Time(JsonElement parent, string name) =>
        !parent.TryGetProperty(name, out JsonElement value) ? 0 : value.ValueKind == JsonValueKind.Null ? null : Number(value, name);

    private static ulong Number(JsonElement parent, string name, ulong otherwise, ulong most = ulong.MaxValue)
    {
        ulong number = Optional(parent, name) is { } value ? Number(value, name) : otherwise;
        return number <= most ? number : throw new FormatException($"{name} is {number}, above {most}.");
    }

    private static ulong Number(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out ulong number) ? number
        : value.ValueKind == JsonValueKind.String && UInt256.TryParse(value.GetString(), out UInt256 text) && text.IsUInt64 ? (ulong)text
        : throw new FormatException($"{name} is {value.GetRawText()}, no whole number of 64 bits.");

    private static UInt256 Wei(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out ulong number) ? number
        : value.ValueKind == JsonValueKind.String && UInt256.TryParse(value.GetString(), out UInt256 text) ? text
        : throw new FormatException($"{name} is {value.GetRawText()}, no number of 256 bits, decimal or with 0x.");

    private static TimeSpan? Seconds(JsonElement parent, string name) => Optional(parent, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetDouble(out double seconds) && seconds is >= 0 and <= 86_400 => TimeSpan.FromMilliseconds(Math.Round(seconds * 1000)),
        { } other => throw new FormatException($"{name} is {other.GetRawText()}, no number of seconds up to a day."),
    };

    private static Address AddressOf(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.String && Address.TryParse(value.GetString(), CultureInfo.InvariantCulture, out Address address)
            ? address
            : throw new FormatException($"{name} is {value.GetRawText()}, no address.");

    private static Hash256 HashOf(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.String && Hash256.TryParse(value.GetString(), CultureInfo.InvariantCulture, out Hash256 hash)
            ? hash
            : throw new FormatException($"{name} is {value.GetRawText()}, no hash of 32 bytes.");

    private static Bytes Data(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.String && Hex.TryDecode(value.GetString(), out byte[] bytes) ? bytes : throw new FormatException($"{name} is no hexadecimal data.");
}
