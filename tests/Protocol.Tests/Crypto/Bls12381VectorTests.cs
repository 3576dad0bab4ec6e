using System.Text.Json;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Tests.Crypto;

[Trait("Category", "Conformance")]
public sealed class Bls12381VectorTests
{
    private delegate Bls12381Fault Operation(ReadOnlySpan<byte> input, Span<byte> output);

    [Fact]
    public void G1_addition() => Check("blsG1Add", Bls12381.G1Length, Bls12381.AddG1);

    [Fact]
    public void G2_addition() => Check("blsG2Add", Bls12381.G2Length, Bls12381.AddG2);

    [Fact]
    public void G1_multiplication() => Check("blsG1Mul", Bls12381.G1Length, Bls12381.MultiplyG1);

    [Fact]
    public void G2_multiplication() => Check("blsG2Mul", Bls12381.G2Length, Bls12381.MultiplyG2);

    [Fact]
    public void G1_multiplication_of_many() => Check("blsG1MultiExp", Bls12381.G1Length, Bls12381.MultiplyG1);

    [Fact]
    public void G2_multiplication_of_many() => Check("blsG2MultiExp", Bls12381.G2Length, Bls12381.MultiplyG2);

    [Fact]
    public void Map_to_G1() => Check("blsMapG1", Bls12381.G1Length, Bls12381.MapFieldElementToG1);

    [Fact]
    public void Map_to_G2() => Check("blsMapG2", Bls12381.G2Length, Bls12381.MapFieldElementToG2);

    [Fact]
    public void Pairing_check() => Check("blsPairing", 32, (input, output) =>
    {
        Bls12381Fault fault = Bls12381.CheckPairing(input, out bool isOne);
        output.Clear();
        output[31] = isOne ? (byte)1 : (byte)0;
        return fault;
    });

    private static void Check(string name, int outputLength, Operation operation)
    {
        byte[] output = new byte[outputLength];
        foreach (string file in Vectors.Files("precompiles", file => file == name + ".json" || file == $"fail-{name}.json"))
        {
            foreach (JsonElement test in Vectors.Json(file).EnumerateArray())
            {
                string title = test.GetProperty("Name").GetString()!;
                Bls12381Fault fault = operation(Hex.Decode(test.GetProperty("Input").GetString()), output);
                if (test.TryGetProperty("ExpectedError", out JsonElement error))
                {
                    Assert.Equal((title, Expected(error.GetString()!)), (title, fault));
                }
                else
                {
                    Assert.Equal((title, Bls12381Fault.None), (title, fault));
                    Assert.Equal((title, test.GetProperty("Expected").GetString()), (title, Convert.ToHexStringLower(output)));
                }
            }
        }
    }

    private static Bls12381Fault Expected(string error) => error switch
    {
        "invalid input length" => Bls12381Fault.Length,
        "invalid field element top bytes" => Bls12381Fault.FieldElementPadding,
        "invalid fp.Element encoding" => Bls12381Fault.FieldElementOutOfRange,
        "invalid point: not on curve" => Bls12381Fault.NotOnCurve,
        "g1 point is not on correct subgroup" => Bls12381Fault.NotInG1,
        "g2 point is not on correct subgroup" => Bls12381Fault.NotInG2,
        _ => throw new InvalidOperationException($"The vectors have an error that this test does not know: {error}"),
    };
}
