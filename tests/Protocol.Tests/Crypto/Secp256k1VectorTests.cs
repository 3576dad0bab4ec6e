using System.Text;
using System.Text.Json;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Tests.Crypto;

[Trait("Category", "Conformance")]
public sealed class Secp256k1VectorTests
{
    [Fact]
    public void Seeds_give_their_keys_and_addresses()
    {
        foreach (string file in Vectors.Files("BasicTests", name => name == "keyaddrtest.json"))
        {
            foreach (JsonElement test in Vectors.Json(file).EnumerateArray())
            {
                byte[] key = Hex.Decode(test.GetProperty("key").GetString());
                Assert.Equal(key, Keccak256.Hash(Encoding.UTF8.GetBytes(test.GetProperty("seed").GetString()!)).ToArray());
                Assert.True(Secp256k1.TryGetAddress(key, out Address actual));
                Assert.Equal(Address.Parse(test.GetProperty("addr").GetString()!), actual);
            }
        }
    }

    [Fact]
    public void Ecrecover_gives_what_the_precompile_gives()
    {
        foreach (string file in Vectors.Files("precompiles", name => name == "ecRecover.json"))
        {
            foreach (JsonElement test in Vectors.Json(file).EnumerateArray())
            {
                byte[] input = Hex.Decode(test.GetProperty("Input").GetString()!.Trim());
                Array.Resize(ref input, 128);
                UInt256 v = UInt256.FromBigEndian(input.AsSpan(32, 32));
                string actual = "";
                if (v == 27 || v == 28)
                {
                    Signature signature = new(UInt256.FromBigEndian(input.AsSpan(64, 32)), UInt256.FromBigEndian(input.AsSpan(96, 32)), (byte)(v.U0 - 27));
                    if (Secp256k1.TryRecoverAllowingHighS(new Hash256(input.AsSpan(0, 32)), signature, out Address signer))
                    {
                        actual = new string('0', 24) + signer.ToString()[2..];
                    }
                }

                Assert.Equal(test.GetProperty("Expected").GetString(), actual);
            }
        }
    }
}
