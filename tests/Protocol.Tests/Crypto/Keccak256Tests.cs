using System.Text;
using Cloud.Protocol.Crypto;

namespace Cloud.Protocol.Tests.Crypto;

public sealed class Keccak256Tests
{
    private static byte[] Message(int length)
    {
        byte[] message = new byte[length];
        new Random(length).NextBytes(message);
        return message;
    }

    [Theory]
    [InlineData("", "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")]
    [InlineData("abc", "0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45")]
    [InlineData("transfer(address,uint256)", "0xa9059cbb2ab09eb219583f4a59a5d0623ade346d962bcd4e46b11da047c9049b")]
    public void Known_messages_have_their_known_digests(string message, string digest) =>
        Assert.Equal(digest, Keccak256.Hash(Encoding.ASCII.GetBytes(message)).ToString());

    [Fact]
    public void Named_constants_are_the_ones_that_Ethereum_uses()
    {
        Assert.Equal("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470", Keccak256.OfEmpty.ToString());
        Assert.Equal("0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421", Keccak256.OfEmptyRlpString.ToString());
        Assert.Equal("0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347", Keccak256.OfEmptyRlpList.ToString());
    }

    [Fact]
    public void Every_length_up_to_300_bytes_agrees_with_the_reference()
    {
        for (int length = 0; length <= 300; length++)
        {
            byte[] message = Message(length);
            Assert.Equal(ReferenceKeccak.Hash(message), Keccak256.Hash(message).ToArray());
        }
    }

    [Fact]
    public void Parts_of_any_length_give_the_digest_of_the_whole()
    {
        byte[] message = Message(1000);
        byte[] expected = ReferenceKeccak.Hash(message);
        Random random = new(7);
        for (int attempt = 0; attempt < 200; attempt++)
        {
            Keccak256Hasher hasher = default;
            ReadOnlySpan<byte> rest = message;
            while (!rest.IsEmpty)
            {
                int length = Math.Min(rest.Length, random.Next(attempt % 2 == 0 ? 20 : 300));
                hasher.Append(rest[..length]);
                rest = rest[length..];
            }

            Assert.Equal(expected, hasher.Finish().ToArray());
        }

        Assert.Equal(expected, Keccak256.HashPair(message.AsSpan(0, 135), message.AsSpan(135)).ToArray());
    }

    [Fact]
    public void A_hasher_that_has_finished_starts_afresh()
    {
        Keccak256Hasher hasher = default;
        hasher.Append([1, 2, 3]);
        _ = hasher.Finish();
        Assert.Equal(Keccak256.OfEmpty, hasher.Finish());
    }

    [Fact]
    public void A_digest_may_overwrite_its_message()
    {
        byte[] message = Message(200);
        byte[] expected = ReferenceKeccak.Hash(message);
        Keccak256.Hash(message, message.AsSpan(10));
        Assert.Equal(expected, message[10..42]);
        Assert.Throws<ArgumentException>(() => Keccak256.Hash(message, new byte[31]));
    }

    [Fact]
    public void Every_form_of_the_permutation_agrees_with_the_reference()
    {
        Random random = new(1);
        for (int round = 0; round < 100; round++)
        {
            ulong[] expected = new ulong[25];
            for (int i = 0; i < expected.Length; i++)
            {
                expected[i] = round == 0 ? 0 : (ulong)random.NextInt64(long.MinValue, long.MaxValue);
            }

            ulong[] scalar = [.. expected];
            ulong[] chosen = [.. expected];
            ulong[] vector = [.. expected];
            ReferenceKeccak.Permute(expected);
            KeccakF1600.PermuteScalar(ref scalar[0]);
            KeccakF1600.Permute(ref chosen[0]);
            Assert.Equal(expected, scalar);
            Assert.Equal(expected, chosen);
            if (KeccakF1600.IsAvx512Supported)
            {
                KeccakF1600.PermuteAvx512(ref vector[0]);
                Assert.Equal(expected, vector);
            }
        }
    }

    [Fact]
    public void Hashing_allocates_nothing()
    {
        byte[] message = Message(500);
        byte[] digest = new byte[32];
        Allocations.AssertNone(() =>
        {
            Keccak256.Hash(message, digest);
            _ = Keccak256.Hash(message);
        });
    }
}
