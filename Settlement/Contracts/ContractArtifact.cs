using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Contracts;

/// <summary>A contract as it was compiled: creation code, and the selectors of its interface.</summary>
public sealed class ContractArtifact
{
    private readonly FrozenDictionary<string, Bytes> _functions;
    private readonly FrozenDictionary<string, Hash256> _events;
    private readonly FrozenDictionary<string, AbiError> _errors;

    private ContractArtifact(JsonElement json)
    {
        CreationCode = Bytes.FromHex(json.GetProperty("bytecode").GetString());
        Dictionary<string, Bytes> functions = new(StringComparer.Ordinal);
        Dictionary<string, Hash256> events = new(StringComparer.Ordinal);
        Dictionary<string, AbiError> errors = new(StringComparer.Ordinal) { [Hex.Encode(AbiError.Message.Selector.Span)] = AbiError.Message, [Hex.Encode(AbiError.Panic.Selector.Span)] = AbiError.Panic };
        foreach (JsonElement entry in json.GetProperty("abi").EnumerateArray())
        {
            string name = entry.TryGetProperty("name", out JsonElement value) ? value.GetString()! : "";
            string signature = $"{name}({Types(entry)})";
            Hash256 hash = Keccak256.Hash(Encoding.ASCII.GetBytes(signature));
            Bytes selector = Bytes.CopyOf(Hash256.AsSpan(in hash)[..4]);
            switch (entry.GetProperty("type").GetString())
            {
                case "function":
                    functions.Add(name, selector);
                    break;
                case "event":
                    events.Add(name, hash);
                    break;
                case "error":
                    (string, string)[] fields = [.. entry.GetProperty("inputs").EnumerateArray().Select(input => (input.GetProperty("name").GetString()!, input.GetProperty("type").GetString()!))];
                    errors[Hex.Encode(selector.Span)] = new AbiError(name, selector, fields);
                    break;
            }
        }

        _functions = functions.ToFrozenDictionary(StringComparer.Ordinal);
        _events = events.ToFrozenDictionary(StringComparer.Ordinal);
        _errors = errors.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>The rollup.</summary>
    public static ContractArtifact Rollup { get; } = Load("Rollup");

    /// <summary>The verifier of attested epoch proofs.</summary>
    public static ContractArtifact AttestedVerifier { get; } = Load("AttestedVerifier");

    /// <summary>What a creating transaction carries in front of the constructor's arguments.</summary>
    public Bytes CreationCode { get; }

    /// <summary>The first 4 bytes of calldata.</summary>
    /// <param name="function">The function's name.</param>
    /// <returns>4 bytes.</returns>
    /// <exception cref="KeyNotFoundException">The contract has no such function.</exception>
    public Bytes Selector(string function) => _functions[function];

    /// <summary>The first topic of an event.</summary>
    /// <param name="name">The event's name.</param>
    /// <returns>The hash of its signature.</returns>
    /// <exception cref="KeyNotFoundException">The contract has no such event.</exception>
    public Hash256 Topic(string name) => _events[name];

    /// <summary>Says what a call reverted with.</summary>
    /// <param name="data">The revert data.</param>
    /// <returns>The error with its values; null for data that is none of the contract's errors.</returns>
    public ContractError? Explain(Bytes data) =>
        data.Length >= 4 && _errors.TryGetValue(Hex.Encode(data.Span[..4]), out AbiError? error) ? error.Read(data.Span[4..]) : null;

    private static ContractArtifact Load(string name)
    {
        using Stream stream = typeof(ContractArtifact).Assembly.GetManifestResourceStream($"{name}.json")
            ?? throw new InvalidOperationException($"The assembly lacks contracts/artifacts/{name}.json.");
        using JsonDocument document = JsonDocument.Parse(stream);
        return new ContractArtifact(document.RootElement);
    }

    private static string Types(JsonElement entry) => entry.TryGetProperty("inputs", out JsonElement inputs)
        ? string.Join(',', inputs.EnumerateArray().Select(TypeOf))
        : "";

    private static string TypeOf(JsonElement parameter)
    {
        string type = parameter.GetProperty("type").GetString()!;
        return type.StartsWith("tuple", StringComparison.Ordinal)
            ? $"({string.Join(',', parameter.GetProperty("components").EnumerateArray().Select(TypeOf))}){type["tuple".Length..]}"
            : type;
    }
}
