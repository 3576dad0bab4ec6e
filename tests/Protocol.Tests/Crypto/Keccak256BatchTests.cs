using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Tests.Crypto;

public sealed class Keccak256BatchTests
{
    [Fact]
    public void A_batch_gives_what_each_message_alone_gives()
    {
        Random random = new(1);
        for (int blocks = 1; blocks <= 4; blocks++)
        {
            for (int count = 0; count <= Keccak256Batch.MaxCount; count++)
            {
                int stride = (blocks * Keccak256.Rate) + random.Next(20);
                byte[] messages = new byte[count * stride];
                random.NextBytes(messages);
                int[] lengths = [.. Enumerable.Range(0, count).Select(i => i == 0 ? (blocks * Keccak256.Rate) - 1 : i == 1 ? (blocks - 1) * Keccak256.Rate : ((blocks - 1) * Keccak256.Rate) + random.Next(Keccak256.Rate))];
                Hash256[] expected = [.. lengths.Select((length, i) => Keccak256.Hash(messages.AsSpan(i * stride, length)))];
                Hash256[] digests = new Hash256[count];
                Keccak256Batch.Hash(messages, stride, lengths, digests);
                Assert.Equal(expected, digests);
            }
        }
    }

    [Fact]
    public void Messages_that_do_not_fit_together_are_refused()
    {
        byte[] room = new byte[16 * 272];
        Hash256[] digests = new Hash256[16];
        Assert.Throws<ArgumentException>(() => Keccak256Batch.Hash(room, 272, [10, 200], digests));
        Assert.Throws<ArgumentException>(() => Keccak256Batch.Hash(room, 100, [10, 20], digests));
        Assert.Throws<ArgumentException>(() => Keccak256Batch.Hash(room, 272, new int[9], digests));
        Assert.Throws<ArgumentException>(() => Keccak256Batch.Hash(room.AsSpan(0, 300), 272, [10, 20], digests));
        Assert.Throws<ArgumentException>(() => Keccak256Batch.Hash(room, 272, [10, 20], digests.AsSpan(0, 1)));
    }
}
