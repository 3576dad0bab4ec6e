using System.Buffers.Binary;
using System.Text.Json;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Bench.Execution;

/// <summary>A contract with a function run(uint256) and what to give it.</summary>
/// <param name="Name">What the line in the table says.</param>
/// <param name="Contract">Name in Workloads.json.</param>
/// <param name="Count">Argument of run.</param>
internal sealed record Workload(string Name, string Contract, ulong Count)
{
    private static readonly Lazy<Dictionary<string, byte[]>> Contracts = new(Load);

    public static IReadOnlyList<Workload> All { get; } =
    [
        new("erc-20 transfers", "TokenTransfers", 5000),
        new("erc-20 mints", "TokenMints", 5000),
        new("erc-20 transfers by call", "TokenCalls", 5000),
        new("hashes", "Hashes", 20_000),
        new("ray tracer", "RayTracer", 24),
        new("storage", "Storage", 3000),
        new("sorting", "Sorting", 3000),
        new("modular arithmetic", "Modular", 30),
    ];

    /// <summary>Runtime code.</summary>
    public byte[] Code => Contracts.Value[Contract];

    /// <summary>Call data.</summary>
    public byte[] Input
    {
        get
        {
            byte[] input = new byte[36];
            Hash256 selector = Keccak256.Hash("run(uint256)"u8);
            Hash256.AsSpan(in selector)[..4].CopyTo(input);
            BinaryPrimitives.WriteUInt64BigEndian(input.AsSpan(28), Count);
            return input;
        }
    }

    private static Dictionary<string, byte[]> Load()
    {
        using Stream stream = typeof(Workload).Assembly.GetManifestResourceStream("Workloads.json")!;
        using JsonDocument document = JsonDocument.Parse(stream);
        return document.RootElement.GetProperty("contracts").EnumerateObject().ToDictionary(contract => contract.Name, contract => Hex.Decode(contract.Value.GetString()));
    }
}
