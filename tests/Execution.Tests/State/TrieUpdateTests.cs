using Cloud.Execution.State.Tries;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tries;

namespace Cloud.Execution.Tests.State;

public sealed class TrieUpdateTests
{
    private static readonly int[] Places = [0, 1, 2, 30, 31, 62, 63];

    // Keys that share long prefixes, with values short enough for nodes without a hash: the shapes that hashed keys never show.
    [Theory]
    [InlineData(1, 3, 200)]
    [InlineData(2, 6, 200)]
    [InlineData(3, 2, 40)]
    public void Batches_of_changes_give_the_root_of_the_whole_trie_and_leave_no_record_behind(int seed, int nibbles, int rounds)
    {
        Random random = new(seed);
        for (int run = 0; run < 20; run++)
        {
            MemoryNodes nodes = new();
            SortedDictionary<Hash256, byte[]> model = [];
            TrieSlot root = default;
            StaleNodes stale = new();
            for (int round = 0; round < rounds; round++)
            {
                Dictionary<Hash256, byte[]?> changes = [];
                for (int i = random.Next(1, 12); i > 0; i--)
                {
                    changes[RandomKey(random, nibbles)] = random.Next(5) < 2 ? null : RandomValue(random);
                }

                if (random.Next(30) == 0)
                {
                    foreach (Hash256 key in model.Keys)
                    {
                        changes[key] = null;
                    }
                }

                root = Apply(nodes, root, changes, stale);
                foreach (KeyValuePair<Hash256, byte[]?> change in changes)
                {
                    if (change.Value is null)
                    {
                        model.Remove(change.Key);
                    }
                    else
                    {
                        model[change.Key] = change.Value;
                    }
                }

                Assert.Equal(RootOf(model), TrieEncoding.RootOf(in root));
                if (random.Next(3) == 0)
                {
                    nodes.Flatten(in root, stale, model);
                    stale = new StaleNodes();
                    if (random.Next(2) == 0)
                    {
                        NodeCache.Trim(root.Node, random.Next(20));
                    }
                    else
                    {
                        root = new TrieSlot(TrieSlotKind.Unknown, null, TrieEncoding.RootOf(in root), isInline: false);
                    }
                }
            }
        }
    }

    [Fact]
    public void Large_batches_on_several_threads_give_the_same_root()
    {
        Random random = new(9);
        SortedDictionary<Hash256, byte[]> model = [];
        TrieSlot root = default;
        for (int round = 0; round < 5; round++)
        {
            Dictionary<Hash256, byte[]?> changes = [];
            for (int i = 0; i < 5_000; i++)
            {
                Hash256 key = model.Count > 0 && random.Next(3) == 0 ? model.Keys.First() : Keccak256.Hash(BitConverter.GetBytes(random.Next(20_000)));
                changes[key] = random.Next(4) == 0 ? null : RandomValue(random);
            }

            root = Apply(new MemoryNodes(), root, changes, new StaleNodes());
            foreach (KeyValuePair<Hash256, byte[]?> change in changes)
            {
                if (change.Value is null)
                {
                    model.Remove(change.Key);
                }
                else
                {
                    model[change.Key] = change.Value;
                }
            }

            Assert.Equal(RootOf(model), TrieEncoding.RootOf(in root));
        }
    }

    [Fact]
    public void An_old_trie_stays_as_it_is_when_new_ones_are_made_of_it()
    {
        Random random = new(5);
        MemoryNodes nodes = new();
        List<(TrieSlot Root, Hash256 Hash, SortedDictionary<Hash256, byte[]> Model)> versions = [(default, Keccak256.OfEmptyRlpString, [])];
        for (int round = 0; round < 300; round++)
        {
            (TrieSlot old, Hash256 hash, SortedDictionary<Hash256, byte[]> model) = versions[random.Next(versions.Count)];
            Assert.Equal(hash, TrieEncoding.RootOf(in old));
            Dictionary<Hash256, byte[]?> changes = [];
            SortedDictionary<Hash256, byte[]> next = new(model);
            for (int i = random.Next(1, 6); i > 0; i--)
            {
                Hash256 key = RandomKey(random, 4);
                byte[]? value = random.Next(3) == 0 ? null : RandomValue(random);
                changes[key] = value;
                next.Remove(key);
                if (value is not null)
                {
                    next[key] = value;
                }
            }

            TrieSlot root = Apply(nodes, old, changes, new StaleNodes());
            Assert.Equal(RootOf(next), TrieEncoding.RootOf(in root));
            versions.Add((root, TrieEncoding.RootOf(in root), next));
        }
    }

    internal static TrieSlot Apply(INodeSource source, in TrieSlot root, Dictionary<Hash256, byte[]?> changes, StaleNodes stale)
    {
        byte[]?[] values = [.. changes.Values];
        TrieItem[] items = [.. changes.Keys.Select((key, i) => new TrieItem(in key, i))];
        TrieUpdate.Sort(items);
        return new TrieUpdate(source, new ValueEditor(values), null, stale).Apply(in root, items);
    }

    internal static Hash256 RootOf(SortedDictionary<Hash256, byte[]> model)
    {
        TrieEntry[] entries = new TrieEntry[model.Count];
        List<byte> values = [];
        int i = 0;
        foreach (KeyValuePair<Hash256, byte[]> entry in model)
        {
            entries[i++] = new TrieEntry(entry.Key, Hash256.Length, values.Count, entry.Value.Length);
            values.AddRange(entry.Value);
        }

        return SortedTrie.Root(entries, values.ToArray());
    }

    private static Hash256 RandomKey(Random random, int nibbles)
    {
        byte[] key = new byte[32];
        for (int i = 0; i < nibbles; i++)
        {
            // Few places and few digits, so that keys meet at the top, in the middle and in the last nibble.
            int place = Places[random.Next(Places.Length)];
            key[place / 2] |= (byte)(random.Next(3) << (place % 2 == 0 ? 4 : 0));
        }

        return new Hash256(key);
    }

    private static byte[] RandomValue(Random random)
    {
        byte[] value = new byte[random.Next(3) == 0 ? random.Next(1, 120) : 1];
        random.NextBytes(value);
        value[0] |= 1;
        return value;
    }

    private sealed class ValueEditor(byte[]?[] values) : ILeafEditor
    {
        public TrieLeaf? Edit(int index, in Hash256 key, TrieLeaf? old) =>
            values[index] is not { } value ? null : old is ValueLeaf leaf && leaf.Value.AsSpan().SequenceEqual(value) ? old : new ValueLeaf(in key, value);
    }
}
