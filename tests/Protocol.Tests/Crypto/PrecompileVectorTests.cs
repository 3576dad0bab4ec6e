using System.Text.Json;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Tests.Crypto;

[Trait("Category", "Conformance")]
public sealed class PrecompileVectorTests
{
    [Fact]
    public void Point_evaluation()
    {
        foreach (JsonElement test in Tests("pointEvaluation.json"))
        {
            byte[] input = Hex.Decode(test.GetProperty("Input").GetString());
            Assert.Equal(KzgFault.None, Kzg.EvaluatePoint(input));
            Assert.Equal(KzgFault.Length, Kzg.EvaluatePoint(input.AsSpan(1)));
            for (int i = 0; i < input.Length; i += 16)
            {
                byte[] changed = [.. input];
                changed[i + 15] ^= 1;
                Assert.NotEqual(KzgFault.None, Kzg.EvaluatePoint(changed));
            }
        }
    }

    [Fact]
    public void P256_verification()
    {
        foreach (JsonElement test in Tests("p256Verify.json"))
        {
            bool valid = Secp256r1.Verify(Hex.Decode(test.GetProperty("Input").GetString()));
            string title = test.GetProperty("Name").GetString()!;
            Assert.Equal((title, test.GetProperty("Expected").GetString()!.Length > 0), (title, valid));
        }
    }

    private static IEnumerable<JsonElement> Tests(string name) =>
        Vectors.Files("precompiles", file => file == name).SelectMany(file => Vectors.Json(file).EnumerateArray().ToArray());
}
