using Cloud.Execution.Building;
using Cloud.Protocol.Blocks;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Execution.Tests.Building;

public sealed class AppendTrieTests
{
    [Fact]
    public void The_root_is_that_of_the_whole_list_after_every_item()
    {
        AppendTrie<byte[]> trie = new(static (item, writer) => writer.WriteRaw(item));
        List<byte[]> items = [];
        Assert.Equal(KnownHashes.EmptyTrieRoot, trie.Root());
        for (int i = 0; i < 700; i++)
        {
            // Some short enough to stay inside their parents.
            items.Add([.. Enumerable.Repeat((byte)i, i % 5 == 0 ? 3 : 40)]);
            trie.Append(items[^1]);
            Assert.Equal(OrderedTrie.Root(items, static (item, writer) => writer.WriteRaw(item)), trie.Root());
        }
    }

    [Fact]
    public void It_does_not_matter_how_many_items_come_between_two_roots() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(30), Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            Random random = new(seed);
            AppendTrie<byte[]> trie = new(static (item, writer) => writer.WriteRaw(item));
            List<byte[]> items = [];
            for (int part = 0; part < 8; part++)
            {
                for (int i = random.Next(4_000 >> random.Next(12)); i > 0; i--)
                {
                    items.Add(BitConverter.GetBytes(random.NextInt64()));
                    trie.Append(items[^1]);
                }

                Assert.Equal(OrderedTrie.Root(items, static (item, writer) => writer.WriteRaw(item)), trie.Root());
            }
        }));
}
