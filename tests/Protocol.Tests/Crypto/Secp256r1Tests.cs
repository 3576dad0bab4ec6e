using System.Security.Cryptography;
using Cloud.Protocol.Crypto;

namespace Cloud.Protocol.Tests.Crypto;

public sealed class Secp256r1Tests
{
    [Fact]
    public void A_signature_is_valid_until_a_bit_flips()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] digest = SHA256.HashData("a message"u8);
        ECPoint q = key.ExportParameters(false).Q;
        byte[] input = [.. digest, .. key.SignHash(digest), .. q.X!, .. q.Y!];
        Assert.True(Secp256r1.Verify(input));
        for (int i = 0; i < input.Length; i += 5)
        {
            input[i] ^= 1;
            Assert.False(Secp256r1.Verify(input));
            input[i] ^= 1;
        }

        Assert.False(Secp256r1.Verify(input.AsSpan(1)));
        Assert.False(Secp256r1.Verify([.. input, 0]));
        Assert.False(Secp256r1.Verify(new byte[160]));
    }
}
