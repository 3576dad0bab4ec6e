using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Contracts;

/// <summary>A custom error of a contract.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Selector">First 4 bytes of the revert data.</param>
/// <param name="Fields">Name and ABI type of each value.</param>
internal sealed record AbiError(string Name, Bytes Selector, IReadOnlyList<(string Name, string Type)> Fields)
{
    /// <summary>What require and revert with a text give.</summary>
    public static AbiError Message { get; } = new("Error", Bytes.FromHex("08c379a0"), [("message", "string")]);

    /// <summary>What a failed check of the compiler gives.</summary>
    public static AbiError Panic { get; } = new("Panic", Bytes.FromHex("4e487b71"), [("code", "uint256")]);

    /// <summary>Reads the values behind the selector.</summary>
    /// <param name="data">ABI encoding.</param>
    /// <returns>The error; null where a value is missing.</returns>
    public ContractError? Read(ReadOnlySpan<byte> data)
    {
        AbiReader reader = new(data);
        List<KeyValuePair<string, string>> values = new(Fields.Count);
        foreach ((string name, string type) in Fields)
        {
            string value = type switch
            {
                "address" => reader.Address().ToString(),
                "string" => System.Text.Encoding.UTF8.GetString(reader.Bytes().Span),
                _ when type.StartsWith("bytes", StringComparison.Ordinal) => reader.Hash().ToString(),
                _ => reader.UInt256().ToString(),
            };
            values.Add(new(name, value));
        }

        return reader.Failed ? null : new ContractError(Name, values);
    }
}
