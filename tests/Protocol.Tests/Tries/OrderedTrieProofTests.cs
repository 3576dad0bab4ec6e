using System.Collections.Immutable;
using System.Security.Cryptography;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Tests.Tries;

public sealed class OrderedTrieProofTests
{
    [Theory]
    [InlineData(1, 40)]
    [InlineData(2, 3)]
    [InlineData(17, 40)]
    [InlineData(127, 1)]
    [InlineData(128, 40)]
    [InlineData(129, 3)]
    [InlineData(300, 33)]
    public void Every_item_of_a_list_can_be_proven_and_no_other_one(int count, int length)
    {
        byte[][] items = [.. Enumerable.Range(0, count).Select(i => SHA256.HashData(BitConverter.GetBytes(i)).Concat(new byte[40]).Take(length).ToArray())];
        Hash256 root = OrderedTrie.Root(items, Write);
        for (int i = 0; i < count; i++)
        {
            ImmutableArray<Bytes> nodes = OrderedTrie.Prove(items, Write, i);
            Assert.True(OrderedTrie.TryFollow(in root, i, nodes.AsSpan(), out byte[] value));
            Assert.Equal(items[i], value);
            Assert.False(OrderedTrie.TryFollow(in root, i, nodes.AsSpan(0, nodes.Length - 1), out _));
            Assert.False(OrderedTrie.TryFollow(in root, i, [.. nodes, nodes[0]], out _));
            byte[] broken = nodes[^1].ToArray();
            broken[^1] ^= 1;
            Assert.False(OrderedTrie.TryFollow(in root, i, [.. nodes[..^1], broken], out _));
        }

        Assert.True(!OrderedTrie.TryFollow(in root, count, OrderedTrie.Prove(items, Write, count - 1).AsSpan(), out byte[] none) || none.Length == 0);
    }

    private static void Write(byte[] item, RlpWriter writer) => writer.WriteRaw(item);
}
