using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Tests.Crypto;

public sealed class BlsSignaturesTests
{
    private static readonly byte[] Message = Keccak256.Hash("a chunk"u8).ToArray();

    [Fact]
    public void A_known_key_signs_as_Ethereums_consensus_layer_does()
    {
        // consensus-spec-tests: bls/sign, the first key over 32 zero bytes.
        byte[] secret = Hex.Decode("0x263dbd792f5b1be47ed85f8938c0f29586af0d3ac7b977f21c278fe1462040e3");
        byte[] signature = new byte[96];
        Assert.Equal(BlsFault.None, BlsSignatures.Sign(secret, new byte[32], signature));
        Assert.Equal(
            "0xb6ed936746e01f8ecf281f020953fbf1f01debd5657c4a383940b020b26507f6076334f91e2366c96e9ab279fb5158090352ea1c5b0c9274504f4f0e7053af24802e51e4568d164fe986834f41e55c8e850ce1f98458c0cfc9ab380b55285a55",
            Hex.Encode(signature));
        Assert.Equal(BlsFault.None, BlsSignatures.GetPublicKey(secret, out BlsPublicKey key));
        byte[] encoded = new byte[48];
        key.Encode(encoded);
        Assert.Equal("0xa491d1b0ecd9bb917989f0e74f0dea0422eac4a873e5e2644f368dffb9a6e20fd6e10c1b77654d067c0618f6e5a7f79a", Hex.Encode(encoded));
        Assert.Equal(BlsFault.None, BlsSignatures.Verify(key, new byte[32], signature));
    }

    [Fact]
    public void A_signature_is_valid_for_its_key_and_message_only()
    {
        (byte[] secret, BlsPublicKey key) = Signer(1);
        (_, BlsPublicKey other) = Signer(2);
        byte[] signature = new byte[96];
        Assert.Equal(BlsFault.None, BlsSignatures.Sign(secret, Message, signature));
        Assert.Equal(BlsFault.None, BlsSignatures.Verify(key, Message, signature));
        Assert.Equal(BlsFault.SignatureMismatch, BlsSignatures.Verify(other, Message, signature));
        Assert.Equal(BlsFault.SignatureMismatch, BlsSignatures.Verify(key, "another"u8, signature));
        Assert.Equal(BlsFault.InvalidPublicKey, BlsSignatures.Verify(default, Message, signature));
        for (int i = 0; i < signature.Length; i += 7)
        {
            signature[i] ^= 1;
            Assert.NotEqual(BlsFault.None, BlsSignatures.Verify(key, Message, signature));
            signature[i] ^= 1;
        }

        Assert.Equal(BlsFault.Length, BlsSignatures.Verify(key, Message, signature.AsSpan(1)));
        Assert.Equal(BlsFault.InvalidSignature, BlsSignatures.Verify(key, Message, new byte[96]));
    }

    [Fact]
    public void A_committees_signatures_over_one_message_verify_as_one()
    {
        const int Members = 7;
        BlsPublicKey[] keys = new BlsPublicKey[Members];
        byte[] signatures = new byte[Members * 96];
        for (int i = 0; i < Members; i++)
        {
            (byte[] secret, keys[i]) = Signer(i);
            Assert.Equal(BlsFault.None, BlsSignatures.Sign(secret, Message, signatures.AsSpan(i * 96, 96)));
        }

        byte[] aggregate = new byte[96];
        Assert.Equal(BlsFault.None, BlsSignatures.Aggregate(signatures, aggregate));
        Assert.Equal(BlsFault.None, BlsSignatures.FastAggregateVerify(keys, Message, aggregate));
        Assert.Equal(BlsFault.SignatureMismatch, BlsSignatures.FastAggregateVerify(keys.AsSpan(1), Message, aggregate));
        Assert.Equal(BlsFault.SignatureMismatch, BlsSignatures.FastAggregateVerify(keys, "another"u8, aggregate));
        Assert.Equal(BlsFault.Length, BlsSignatures.FastAggregateVerify([], Message, aggregate));
        keys[2] = default;
        Assert.Equal(BlsFault.InvalidPublicKey, BlsSignatures.FastAggregateVerify(keys, Message, aggregate));

        Assert.Equal(BlsFault.Length, BlsSignatures.Aggregate([], aggregate));
        Assert.Equal(BlsFault.Length, BlsSignatures.Aggregate(signatures.AsSpan(1), aggregate));
        signatures[100] ^= 1;
        Assert.Equal(BlsFault.InvalidSignature, BlsSignatures.Aggregate(signatures, aggregate));
    }

    [Fact]
    public void Keys_that_cancel_out_verify_nothing()
    {
        (byte[] secret, BlsPublicKey key) = Signer(1);
        byte[] negated = new byte[32];
        System.Numerics.BigInteger order = new(Kzg.FieldModulus, isUnsigned: true, isBigEndian: true);
        ((UInt256)(order - new System.Numerics.BigInteger(secret, isUnsigned: true, isBigEndian: true))).WriteBigEndian(negated);
        Assert.Equal(BlsFault.None, BlsSignatures.GetPublicKey(negated, out BlsPublicKey opposite));
        byte[] infinity = new byte[96];
        infinity[0] = 0xC0;
        Assert.Equal(BlsFault.InvalidPublicKey, BlsSignatures.FastAggregateVerify([key, opposite], Message, infinity));
        Assert.Equal(BlsFault.SignatureMismatch, BlsSignatures.Verify(key, Message, infinity));
    }

    [Fact]
    public void Signatures_over_messages_of_their_own_verify_as_one()
    {
        BlsPublicKey[] keys = new BlsPublicKey[3];
        byte[] messages = new byte[3 * 32];
        byte[] signatures = new byte[3 * 96];
        for (int i = 0; i < 3; i++)
        {
            (byte[] secret, keys[i]) = Signer(i);
            messages[i * 32] = (byte)i;
            Assert.Equal(BlsFault.None, BlsSignatures.Sign(secret, messages.AsSpan(i * 32, 32), signatures.AsSpan(i * 96, 96)));
        }

        byte[] aggregate = new byte[96];
        Assert.Equal(BlsFault.None, BlsSignatures.Aggregate(signatures, aggregate));
        Assert.Equal(BlsFault.None, BlsSignatures.AggregateVerify(keys, messages, 32, aggregate));
        messages[^1] ^= 1;
        Assert.Equal(BlsFault.SignatureMismatch, BlsSignatures.AggregateVerify(keys, messages, 32, aggregate));
        Assert.Equal(BlsFault.Length, BlsSignatures.AggregateVerify(keys, messages, 31, aggregate));
    }

    [Fact]
    public void A_proof_of_possession_is_no_signature_and_the_other_way_round()
    {
        (byte[] secret, BlsPublicKey key) = Signer(1);
        (_, BlsPublicKey other) = Signer(2);
        byte[] proof = new byte[96];
        Assert.Equal(BlsFault.None, BlsSignatures.ProvePossession(secret, proof));
        Assert.Equal(BlsFault.None, BlsSignatures.VerifyPossession(key, proof));
        Assert.Equal(BlsFault.SignatureMismatch, BlsSignatures.VerifyPossession(other, proof));
        byte[] encoded = new byte[48];
        key.Encode(encoded);
        Assert.Equal(BlsFault.SignatureMismatch, BlsSignatures.Verify(key, encoded, proof));
        Assert.Equal(BlsFault.None, BlsSignatures.Sign(secret, encoded, proof));
        Assert.Equal(BlsFault.SignatureMismatch, BlsSignatures.VerifyPossession(key, proof));
    }

    [Fact]
    public void Bad_keys_are_refused()
    {
        byte[] infinity = new byte[48];
        infinity[0] = 0xC0;
        Assert.Equal(BlsFault.InvalidPublicKey, BlsPublicKey.Decode(infinity, out _));
        Assert.Equal(BlsFault.InvalidPublicKey, BlsPublicKey.Decode(new byte[48], out _));
        Assert.Equal(BlsFault.Length, BlsPublicKey.Decode(new byte[47], out _));

        // x = 4 is on the curve, and that point is outside the subgroup.
        byte[] outside = new byte[48];
        outside[0] = 0x80;
        outside[47] = 4;
        Assert.Equal(BlsFault.InvalidPublicKey, BlsPublicKey.Decode(outside, out _));

        Assert.Equal(BlsFault.InvalidSecretKey, BlsSignatures.GetPublicKey(new byte[32], out _));
        Assert.Equal(BlsFault.InvalidSecretKey, BlsSignatures.GetPublicKey(Kzg.FieldModulus, out _));
        Assert.Equal(BlsFault.Length, BlsSignatures.Sign(new byte[31], Message, new byte[96]));
        Assert.Equal(BlsFault.Length, BlsSignatures.DeriveSecretKey(new byte[31], new byte[32]));
    }

    [Fact]
    public void Keys_survive_encoding()
    {
        (_, BlsPublicKey key) = Signer(5);
        byte[] encoded = new byte[48];
        key.Encode(encoded);
        Assert.Equal(BlsFault.None, BlsPublicKey.Decode(encoded, out BlsPublicKey decoded));
        Assert.Equal(key, decoded);
        Assert.NotEqual(key, Signer(6).Key);
    }

    [Fact]
    public void Signing_and_verifying_allocate_no_managed_memory()
    {
        (byte[] secret, BlsPublicKey key) = Signer(1);
        byte[] signature = new byte[96];
        BlsPublicKey[] keys = [key];
        Allocations.AssertNone(() =>
        {
            _ = BlsSignatures.Sign(secret, Message, signature);
            _ = BlsSignatures.Verify(key, Message, signature);
            _ = BlsSignatures.FastAggregateVerify(keys, Message, signature);
        });
    }

    private static (byte[] Secret, BlsPublicKey Key) Signer(int number)
    {
        byte[] secret = new byte[32];
        Assert.Equal(BlsFault.None, BlsSignatures.DeriveSecretKey(Keccak256.Hash(BitConverter.GetBytes(number)).ToArray(), secret));
        Assert.Equal(BlsFault.None, BlsSignatures.GetPublicKey(secret, out BlsPublicKey key));
        return (secret, key);
    }
}
