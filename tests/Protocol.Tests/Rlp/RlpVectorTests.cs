using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Tests.Rlp;

[Trait("Category", "Conformance")]
public sealed class RlpVectorTests
{
    [Fact]
    public void Valid_vectors_encode_and_decode()
    {
        int count = 0;
        foreach (JsonProperty test in Vectors.Json(Vectors.Files("RLPTests", name => name == "rlptest.json")[0]).EnumerateObject())
        {
            byte[] expected = Hex.Decode(test.Value.GetProperty("out").GetString());
            using RlpWriter writer = RlpWriter.Rent();
            Write(writer, test.Value.GetProperty("in"));
            Assert.Equal(Hex.Encode(expected), Hex.Encode(writer.WrittenSpan));
            Assert.Equal(RlpError.None, RlpReader.Validate(expected));
            count++;
        }

        Assert.True(count > 20);
    }

    [Fact]
    public void Invalid_vectors_are_refused()
    {
        foreach (JsonProperty test in Vectors.Json(Vectors.Files("RLPTests", name => name == "invalidRLPTest.json")[0]).EnumerateObject())
        {
            RlpError error = RlpReader.Validate(Hex.Decode(test.Value.GetProperty("out").GetString()));
            Assert.True(error != RlpError.None, test.Name);
        }
    }

    [Fact]
    public void Random_vectors_are_accepted_or_refused_as_marked()
    {
        foreach (string file in Vectors.Files("RandomRLPTests"))
        {
            foreach (JsonProperty test in Vectors.Json(file).EnumerateObject())
            {
                RlpError error = RlpReader.Validate(Hex.Decode(test.Value.GetProperty("out").GetString()));
                Assert.Equal(test.Value.GetProperty("in").GetString() == "VALID", error == RlpError.None);
            }
        }
    }

    private static void Write(RlpWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Array:
                int list = writer.BeginList();
                foreach (JsonElement item in value.EnumerateArray())
                {
                    Write(writer, item);
                }

                writer.EndList(list);
                break;
            case JsonValueKind.Number:
                writer.Write(value.GetUInt64());
                break;
            case JsonValueKind.String when value.GetString()!.StartsWith('#'):
                BigInteger number = BigInteger.Parse(value.GetString().AsSpan(1), CultureInfo.InvariantCulture);
                if (number.GetBitLength() <= 256)
                {
                    writer.Write((UInt256)number);
                }
                else
                {
                    writer.Write(number.ToByteArray(isUnsigned: true, isBigEndian: true));
                }

                break;
            default:
                writer.Write(Encoding.Latin1.GetBytes(value.GetString()!));
                break;
        }
    }
}
