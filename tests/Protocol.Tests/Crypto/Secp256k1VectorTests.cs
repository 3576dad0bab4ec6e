using System.Text;
using System.Text.Json;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Tests.Crypto;

[Trait("Category", "Conformance")]
public sealed class Secp256k1VectorTests
{
    [Fact]
    public void Seeds_give_their_keys_addresses_and_recoverable_signatures()
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

                // The signature is over the hash of nothing, by a signer that did not know the low-s rule yet.
                JsonElement parts = test.GetProperty("sig_of_emptystring");
                Signature signature = new(
                    UInt256.Parse(parts.GetProperty("r").GetString()),
                    UInt256.Parse(parts.GetProperty("s").GetString()),
                    (byte)(byte.Parse(parts.GetProperty("v").GetString()!, null) - Signature.RecoveryIdBase));
                Assert.True(Secp256k1.TryRecoverAllowingHighS(Keccak256.OfEmpty, signature, out Address signer));
                Assert.Equal(address, signer);
                Assert.Equal(signature.S <= Secp256k1.HalfOrder, Secp256k1.TryRecover(Keccak256.OfEmpty, signature, out _));
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
                Hex.Decode(test.GetProperty("Input").GetString()).AsSpan().CopyTo(input);
                UInt256 v = UInt256.FromBigEndian(input.AsSpan(32, 32));
                Signature signature = new(UInt256.FromBigEndian(input.AsSpan(64, 32)), UInt256.FromBigEndian(input.AsSpan(96, 32)), (byte)((ulong)v - 27));
                bool recovered = Secp256k1.TryRecoverAllowingHighS(new Hash256(input.AsSpan(0, 32)), signature, out Address signer) && v.IsUInt64;
                string expected = test.GetProperty("Expected").GetString()!;
                Assert.Equal(expected, recovered ? new string('0', 24) + signer.ToString()[2..] : "");
            }
        }
    }
}
