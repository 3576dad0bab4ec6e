using System.Text;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Protocol.Tests.Crypto;

public sealed class Secp256k1Tests
{
    private static readonly byte[] Key = Hex.Decode("0x4646464646464646464646464646464646464646464646464646464646464646");
    private static readonly Hash256 Digest = Keccak256.Hash("a message"u8);

    private static readonly Arbitrary<(byte[] Key, byte[] Message)> KeysAndMessages = Arb.From(
        from key in Gen.ArrayOf(Gen.Choose(0, 255).Select(i => (byte)i), 32)
        from message in Gen.ArrayOf(Gen.Choose(0, 255).Select(i => (byte)i))
        select (key, message));

    [Theory]
    [InlineData("0x0000000000000000000000000000000000000000000000000000000000000001", "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf")]
    [InlineData("0x4646464646464646464646464646464646464646464646464646464646464646", "0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f")]
    [InlineData("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80", "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266")]
    [InlineData("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", "0x80c0dbf239224071c59dd8970ab9d542e3414ab2")]
    public void Known_keys_have_their_known_addresses(string key, string address)
    {
        Assert.True(Secp256k1.TryGetAddress(Hex.Decode(key), out Address actual));
        Assert.Equal(address, actual.ToString());
    }

    [Theory]
    [InlineData("0x0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")]
    [InlineData("0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    [InlineData("0x01")]
    public void A_key_out_of_range_is_refused(string key)
    {
        Assert.False(Secp256k1.TryGetAddress(Hex.Decode(key), out _));
        Assert.Throws<ArgumentException>(() => Secp256k1.Sign(Hex.Decode(key), Digest));
    }

    [Fact]
    public void Signing_is_deterministic_as_RFC_6979_says()
    {
        // EIP-155's example: its transaction's signing hash and signature.
        Hash256 digest = Hash256.Parse("0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53");
        Signature signature = Secp256k1.Sign(Key, digest);
        Assert.Equal(UInt256.Parse("0x28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276"), signature.R);
        Assert.Equal(UInt256.Parse("0x67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"), signature.S);
        Assert.Equal(0, signature.YParity);
        Assert.Equal(signature, Secp256k1.Sign(Key, digest));
    }

    [Fact]
    public void Whoever_signed_is_recovered()
    {
        Prop.ForAll(KeysAndMessages, sample =>
        {
            if (!Secp256k1.TryGetAddress(sample.Key, out Address signer))
            {
                return true;
            }

            Hash256 digest = Keccak256.Hash(sample.Message);
            Signature signature = Secp256k1.Sign(sample.Key, digest);
            return signature.Check() == SignatureFault.None
                && Signature.DecodeStrict(signature.ToArray(), out Signature decoded) == SignatureFault.None
                && decoded == signature
                && Secp256k1.TryRecover(digest, decoded, out Address recovered)
                && recovered == signer;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void A_changed_digest_or_signature_does_not_give_the_signer()
    {
        Assert.True(Secp256k1.TryGetAddress(Key, out Address signer));
        Signature signature = Secp256k1.Sign(Key, Digest);
        byte[] encoded = signature.ToArray();
        for (int bit = 0; bit < 64 * 8; bit += 5)
        {
            byte[] changed = [.. encoded];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            bool recovered = Signature.Decode(changed, out Signature other) == SignatureFault.None && Secp256k1.TryRecover(Digest, other, out Address found) && found == signer;
            Assert.False(recovered);
        }

        Assert.False(Secp256k1.TryRecover(Keccak256.Hash("another message"u8), signature, out Address wrong) && wrong == signer);
        Assert.False(Secp256k1.TryRecover(Digest, signature with { YParity = (byte)(1 - signature.YParity) }, out wrong) && wrong == signer);
    }

    [Fact]
    public void High_s_is_refused_except_by_the_precompiles_recovery()
    {
        Assert.True(Secp256k1.TryGetAddress(Key, out Address signer));
        Signature low = Secp256k1.Sign(Key, Digest);
        UInt256 highS = (UInt256)((System.Numerics.BigInteger)Secp256k1.Order - (System.Numerics.BigInteger)low.S);
        Signature high = new(low.R, highS, (byte)(1 - low.YParity));

        Assert.Equal(SignatureFault.HighS, high.Check());
        Assert.Equal(SignatureFault.None, high.CheckRange());
        Assert.Equal(SignatureFault.HighS, Signature.Decode(high.ToArray(), out _));
        Assert.False(Secp256k1.TryRecover(Digest, high, out _));
        Assert.True(Secp256k1.TryRecoverAllowingHighS(Digest, high, out Address recovered));
        Assert.Equal(signer, recovered);
    }

    [Fact]
    public void Half_the_order_is_the_last_low_s()
    {
        Assert.Equal(SignatureFault.None, new Signature(1, Secp256k1.HalfOrder, 0).Check());
        UInt256 next = (UInt256)((System.Numerics.BigInteger)Secp256k1.HalfOrder + 1);
        Assert.Equal(SignatureFault.HighS, new Signature(1, next, 0).Check());
        Assert.Equal((System.Numerics.BigInteger)Secp256k1.Order, ((System.Numerics.BigInteger)Secp256k1.HalfOrder * 2) + 1);
    }

    [Fact]
    public void R_and_s_out_of_range_are_refused()
    {
        Assert.Equal(SignatureFault.ROutOfRange, new Signature(0, 1, 0).Check());
        Assert.Equal(SignatureFault.ROutOfRange, new Signature(Secp256k1.Order, 1, 0).Check());
        Assert.Equal(SignatureFault.SOutOfRange, new Signature(1, 0, 0).Check());
        Assert.Equal(SignatureFault.SOutOfRange, new Signature(1, Secp256k1.Order, 0).Check());
        Assert.Equal(SignatureFault.RecoveryId, new Signature(1, 1, 2).Check());
        Assert.False(Secp256k1.TryRecoverAllowingHighS(Digest, new Signature(UInt256.MaxValue, 1, 0), out _));
        Assert.False(Secp256k1.TryRecoverAllowingHighS(Digest, new Signature(1, 1, 4), out _));
    }

    [Fact]
    public void An_r_that_is_no_x_coordinate_recovers_nothing()
    {
        // 5 is the smallest number for which x^3 + 7 is not a square.
        Assert.False(Secp256k1.TryRecover(Digest, new Signature(5, 1, 0), out Address signer));
        Assert.True(signer.IsZero);
    }

    [Fact]
    public void Only_the_recovery_ids_of_the_decoder_are_taken()
    {
        byte[] encoded = Secp256k1.Sign(Key, Digest).ToArray();
        for (int v = 0; v < 256; v++)
        {
            encoded[64] = (byte)v;
            SignatureFault strict = v is 27 or 28 ? SignatureFault.None : SignatureFault.RecoveryId;
            SignatureFault lenient = v is 0 or 1 ? SignatureFault.None : strict;
            Assert.Equal(strict, Signature.DecodeStrict(encoded, out _));
            Assert.Equal(lenient, Signature.Decode(encoded, out Signature decoded));
            if (lenient == SignatureFault.None)
            {
                Assert.Equal(v % 27, decoded.YParity);
            }
        }

        Assert.Equal(SignatureFault.Length, Signature.Decode(encoded.AsSpan(1), out _));
        Assert.Equal(SignatureFault.Length, Signature.Decode([.. encoded, 0], out _));
        Assert.Equal(SignatureFault.Length, Signature.Decode([], out _));
    }

    [Fact]
    public void Public_key_and_recovered_public_key_agree()
    {
        byte[] made = new byte[64];
        byte[] recovered = new byte[64];
        Assert.True(Secp256k1.TryGetPublicKey(Key, made));
        Assert.True(Secp256k1.TryRecoverPublicKey(Digest, Secp256k1.Sign(Key, Digest), recovered));
        Assert.Equal(made, recovered);
        Assert.Throws<ArgumentException>(() => Secp256k1.TryGetPublicKey(Key, new byte[63]));
        Assert.Throws<ArgumentException>(() => Secp256k1.ToAddress(new byte[65]));
    }

    [Fact]
    public void Signing_and_recovering_allocate_nothing()
    {
        Signature signature = Secp256k1.Sign(Key, Digest);
        Allocations.AssertNone(() =>
        {
            _ = Secp256k1.Sign(Key, Digest);
            _ = Secp256k1.TryRecover(Digest, signature, out _);
            _ = Secp256k1.TryGetAddress(Key, out _);
        });
    }

    [Fact]
    public async Task Threads_do_not_disturb_each_other()
    {
        Task[] workers = new Task[4];
        for (int worker = 0; worker < workers.Length; worker++)
        {
            byte[] key = Keccak256.Hash(Encoding.ASCII.GetBytes($"key {worker}")).ToArray();
            workers[worker] = Task.Run(
                () =>
                {
                    Assert.True(Secp256k1.TryGetAddress(key, out Address signer));
                    for (int i = 0; i < 200; i++)
                    {
                        Hash256 digest = Keccak256.Hash(BitConverter.GetBytes(i));
                        Assert.True(Secp256k1.TryRecover(digest, Secp256k1.Sign(key, digest), out Address recovered));
                        Assert.Equal(signer, recovered);
                    }
                },
                TestContext.Current.CancellationToken);
        }

        await Task.WhenAll(workers);
    }
}
