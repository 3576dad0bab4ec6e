using System.Globalization;
using System.Text.Json;
using Cloud.Execution.Evm;
using Cloud.Execution.Precompiles;
using Cloud.Protocol;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tests;

namespace Cloud.Execution.Tests.Precompiles;

/// <summary>The precompile vectors of ethereum/go-ethereum: output and price, and the inputs that must fail.</summary>
[Trait("Category", "Conformance")]
public sealed class PrecompileVectorTests
{
    public static TheoryData<string, int, Fork> Succeeding { get; } = new()
    {
        { "ecRecover", 0x01, Fork.Cancun },
        { "modexp", 0x05, Fork.Cancun },
        { "modexp_eip2565", 0x05, Fork.Cancun },
        { "modexp_eip7883", 0x05, Fork.Osaka },
        { "bn256Add", 0x06, Fork.Cancun },
        { "bn256ScalarMul", 0x07, Fork.Cancun },
        { "bn256Pairing", 0x08, Fork.Cancun },
        { "blake2F", 0x09, Fork.Cancun },
        { "pointEvaluation", 0x0a, Fork.Cancun },
        { "blsG1Add", 0x0b, Fork.Prague },
        { "blsG1Mul", 0x0c, Fork.Prague },
        { "blsG1MultiExp", 0x0c, Fork.Prague },
        { "blsG2Add", 0x0d, Fork.Prague },
        { "blsG2Mul", 0x0e, Fork.Prague },
        { "blsG2MultiExp", 0x0e, Fork.Prague },
        { "blsPairing", 0x0f, Fork.Prague },
        { "blsMapG1", 0x10, Fork.Prague },
        { "blsMapG2", 0x11, Fork.Prague },
        { "p256Verify", 0x100, Fork.Osaka },
    };

    public static TheoryData<string, int, Fork> Failing { get; } = new()
    {
        { "fail-blake2f", 0x09, Fork.Cancun },
        { "fail-blsG1Add", 0x0b, Fork.Prague },
        { "fail-blsG1Mul", 0x0c, Fork.Prague },
        { "fail-blsG1MultiExp", 0x0c, Fork.Prague },
        { "fail-blsG2Add", 0x0d, Fork.Prague },
        { "fail-blsG2Mul", 0x0e, Fork.Prague },
        { "fail-blsG2MultiExp", 0x0e, Fork.Prague },
        { "fail-blsPairing", 0x0f, Fork.Prague },
        { "fail-blsMapG1", 0x10, Fork.Prague },
        { "fail-blsMapG2", 0x11, Fork.Prague },
    };

    [Theory]
    [MemberData(nameof(Succeeding))]
    public void Output_and_price_are_those_of_the_vectors(string name, int number, Fork fork)
    {
        Precompile precompile = Find(number, fork);
        foreach (JsonElement test in Vectors.Json(Vectors.Files("precompiles", file => file == $"{name}.json")[0]).EnumerateArray())
        {
            string title = test.GetProperty("Name").GetString()!;
            byte[] input = Hex.Decode(test.GetProperty("Input").GetString());
            long price = ReadGas(test);
            // The first pricing of MODEXP (EIP-198) is in no fork that the EVM knows; its file serves for the outputs.
            if (name != "modexp")
            {
                Assert.Equal((title, price), (title, precompile.Gas(input)));
            }

            byte[] output = new byte[precompile.OutputRoom(input)];
            Random.Shared.NextBytes(output);
            Assert.True(precompile.TryRun(input, output, out int written), title);
            Assert.Equal((title, Hex.Encode(Hex.Decode(test.GetProperty("Expected").GetString()))), (title, Hex.Encode(output.AsSpan(0, written))));
        }
    }

    [Theory]
    [MemberData(nameof(Failing))]
    public void Input_that_must_fail_fails(string name, int number, Fork fork)
    {
        Precompile precompile = Find(number, fork);
        foreach (JsonElement test in Vectors.Json(Vectors.Files("precompiles", file => file == $"{name}.json")[0]).EnumerateArray())
        {
            byte[] input = Hex.Decode(test.GetProperty("Input").GetString());
            Assert.False(precompile.TryRun(input, new byte[precompile.OutputRoom(input)], out _), test.GetProperty("Name").GetString());
        }
    }

    [Fact]
    public void No_vector_file_is_left_out()
    {
        IEnumerable<string> known = Succeeding.Concat(Failing).Select(row => $"{row.Data.Item1}.json");
        Assert.Equal(known.Order(StringComparer.Ordinal), Vectors.Files("precompiles").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
    }

    private static long ReadGas(JsonElement test)
    {
        JsonElement gas = test.GetProperty("Gas");
        return gas.ValueKind == JsonValueKind.Number ? gas.GetInt64() : long.Parse(gas.GetString()!, CultureInfo.InvariantCulture);
    }

    private static Precompile Find(int number, Fork fork) =>
        PrecompileTable.Of(ForkRules.Of(fork)).Find(Address.Parse($"0x{number:x40}")) ?? throw new InvalidOperationException($"There is no contract at {number:x}.");
}
