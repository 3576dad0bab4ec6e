using Cloud.Execution.State;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Storage.Lmdb;

namespace Cloud.Execution.Tests.State;

/// <summary>Random sequences of what a node does to its state, each step compared with a plain replay.</summary>
public sealed class WorldStatePropertyTests
{
    [Theory]
    [InlineData(1, 200_000)]
    [InlineData(2, 200_000)]
    [InlineData(3, 10)]
    [InlineData(4, 1)]
    [InlineData(5, 60)]
    [InlineData(6, 60)]
    public void Forks_reorgs_merges_flattens_and_restarts_give_what_a_plain_replay_gives(int seed, int cachedNodes)
    {
        Random random = new(seed);
        using TemporaryFolder folder = new();
        WorldStateOptions options = new() { MaxCachedNodes = cachedNodes, HistoryBlocks = 64, SyncMode = LmdbSyncMode.None, MapSize = 1 << 20 };
        WorldState world = WorldState.Open(folder.Path, options);
        StateChanges genesis = RandomChanges.Make(random, new PlainState());
        Assert.True(world.TryFlatten(world.Flattened.TryExtend(genesis, 0)!, default));
        List<Node> live = [new Node(world.Flattened, new PlainState().With(genesis), null)];
        Dictionary<ulong, PlainState> history = new() { [0] = live[0].Plain };
        try
        {
            for (int step = 0; step < 600; step++)
            {
                switch (random.Next(20))
                {
                    case < 11:
                        Extend(random, live, random.Next(3) == 0 ? live[random.Next(live.Count)] : live[^1]);
                        break;
                    case < 13:
                        // Letting go of the newest layers is all that a reorg is.
                        live.RemoveRange(Math.Max(1, live.Count - 4), live.Count - Math.Max(1, live.Count - 4));
                        break;
                    case < 15:
                        Merge(random, live);
                        break;
                    case < 18:
                        Flatten(random, world, live, history);
                        break;
                    case 18:
                        world.Verify();
                        break;
                    default:
                        Node head = live[0];
                        world.Dispose();
                        world = WorldState.Open(folder.Path, options);
                        Assert.Equal(head.Layer.StateRoot, world.Flattened.StateRoot);
                        Assert.Equal(head.Layer.BlockNumber, world.Flattened.BlockNumber);
                        live = [new Node(world.Flattened, head.Plain, null)];
                        break;
                }

                Compare(random, live[random.Next(live.Count)]);
                CompareHistory(random, world, history);
            }

            world.Verify();
        }
        finally
        {
            world.Dispose();
        }
    }

    private static void Extend(Random random, List<Node> live, Node parent)
    {
        StateChanges changes = RandomChanges.Make(random, parent.Plain);
        ulong number = parent.Layer.BlockNumber + (ulong)random.Next(2);
        if (parent.Layer.IsFlattened)
        {
            // Further parts of a block that is final do not exist.
            number = parent.Layer.BlockNumber + 1;
        }

        PlainState plain = parent.Plain.With(changes);
        StateLayer? layer;
        if (random.Next(3) == 0)
        {
            layer = ExtendInParts(random, parent, number, changes, ref plain);
        }
        else
        {
            layer = parent.Layer.TryExtend(changes, number);
        }

        Assert.NotNull(layer);
        Assert.Equal(plain.Root(), layer.StateRoot);
        live.Add(new Node(layer, plain, parent));
    }

    /// <summary>Puts the changes and some more on top, each part beside the making of the next, as a builder does.</summary>
    private static StateLayer? ExtendInParts(Random random, Node parent, ulong number, StateChanges first, ref PlainState plain)
    {
        Hash256 before = parent.Layer.StateRoot;
        LayerExtension extension = parent.Layer.BeginExtension(number);
        StateChanges changes = first;
        for (int parts = random.Next(4); parts > 0; parts--)
        {
            extension.Add(changes);
            changes = RandomChanges.Make(random, plain);
            plain = plain.With(changes);
        }

        extension.Add(changes, isLast: true);
        StateLayer? layer = extension.Complete(out StateChanges all);
        Assert.Equal(plain.Root(), parent.Plain.With(all).Root());

        // What the extension may change are its own nodes only: the layer below proves as before.
        Assert.Equal(before, parent.Layer.StateRoot);
        Assert.Equal(parent.Plain.Root(), parent.Layer.StateRoot);
        StateLayer? other = parent.Layer.TryExtend(first, number);
        Assert.Equal(parent.Plain.With(first).Root(), other!.StateRoot);
        return layer;
    }

    private static void Merge(Random random, List<Node> live)
    {
        Node node = live[random.Next(live.Count)];
        Node? ancestor = node;
        for (int i = random.Next(1, 5); i > 0 && ancestor.Parent is { } parent && node.Layer.BlockNumber - parent.Layer.BlockNumber <= 1; i--)
        {
            ancestor = parent;
        }

        if (ReferenceEquals(ancestor, node))
        {
            return;
        }

        StateLayer? merged = node.Layer.TryMergeOnto(ancestor.Layer);
        Assert.NotNull(merged);
        Assert.Equal(node.Layer.StateRoot, merged.StateRoot);
        Assert.Same(ancestor.Layer, merged.Parent);
        live.Add(new Node(merged, node.Plain, ancestor));
    }

    private static void Flatten(Random random, WorldState world, List<Node> live, Dictionary<ulong, PlainState> history)
    {
        Node node = live[random.Next(live.Count)];
        if (live.Exists(other => ReferenceEquals(other.Parent, node) && other.Layer.BlockNumber == node.Layer.BlockNumber))
        {
            // Only the last part of a block is flattened.
            return;
        }

        if (node.Parent is null)
        {
            Assert.False(world.TryFlatten(node.Layer, default));
            return;
        }

        Hash256 hash = Keccak256.Hash(BitConverter.GetBytes(random.Next()));
        Assert.True(world.TryFlatten(node.Layer, hash));
        Assert.Equal(hash, world.FlattenedHash);
        Assert.Same(node.Layer, world.Flattened);
        ulong above = 0;
        for (Node? at = node; at.Parent is { } parent; at = parent)
        {
            // Parts of a block share its number: the last one is the block's state, and it is met first.
            if (ReferenceEquals(at, node) || at.Layer.BlockNumber != above)
            {
                history[at.Layer.BlockNumber] = at.Plain;
            }

            above = at.Layer.BlockNumber;
        }

        for (ulong gone = node.Layer.BlockNumber + 1; history.Remove(gone); gone++)
        {
        }

        List<Node> descendants = [node with { Parent = null }];
        Dictionary<Node, Node> moved = new() { [node] = descendants[0] };
        foreach (Node other in live)
        {
            if (other.Parent is not null && moved.TryGetValue(other.Parent, out Node? parent))
            {
                Node kept = other with { Parent = parent };
                moved[other] = kept;
                descendants.Add(kept);
            }
            else if (!moved.ContainsKey(other) && other.Layer.Parent is not null && random.Next(2) == 0)
            {
                Assert.Null(other.Layer.TryExtend(RandomChanges.Make(random, other.Plain), other.Layer.BlockNumber + 1));
                Assert.False(world.TryFlatten(other.Layer, default));
                // A discarded fork can still be read, while its base is in the history, unless it left the other one in the middle of a block.
                Node ground = other;
                while (!ground.Layer.IsFlattened)
                {
                    ground = ground.Parent!;
                }

                bool isPart = false;
                for (Node at = node; at.Parent is not null; at = at.Parent)
                {
                    isPart |= ReferenceEquals(at.Parent.Layer, ground.Layer) && at.Layer.BlockNumber == ground.Layer.BlockNumber;
                }

                if (!isPart)
                {
                    Compare(random, other, prove: false);
                }
            }
        }

        live.Clear();
        live.AddRange(descendants);
    }

    private static void Compare(Random random, Node node, bool prove = true)
    {
        for (int i = 0; i < 8; i++)
        {
            Address address = RandomChanges.AddressAt(random.Next(RandomChanges.AddressCount));
            UInt256 slot = (ulong)random.Next(RandomChanges.SlotCount);
            bool expected = node.Plain.Accounts.TryGetValue(address, out Account account);
            Assert.Equal(expected, node.Layer.TryGetAccount(in address, out Account got));
            Assert.Equal(account, got);
            Assert.Equal(node.Plain.Slot(in address, in slot), node.Layer.GetStorage(in address, in slot));
            Assert.Equal(node.Plain.HasStorage(in address), node.Layer.HasStorage(in address));
            if (expected && account.CodeHash != Keccak256.OfEmpty)
            {
                Assert.Equal(account.CodeHash, Keccak256.Hash(node.Layer.GetCode(account.CodeHash).Span));
            }

            if (prove && i == 0)
            {
                AccountProof? proof = node.Layer.TryProve(in address, [slot, 7]);
                Assert.NotNull(proof);
                Assert.Equal(expected ? account : null, proof.Account);
                Assert.Equal(node.Plain.Slot(in address, in slot), proof.Storage[0].Value);
                Assert.True(MerkleProof.Verify(node.Layer.StateRoot, proof));
            }
        }
    }

    private static void CompareHistory(Random random, WorldState world, Dictionary<ulong, PlainState> history)
    {
        ulong head = world.Flattened.BlockNumber;
        ulong number = head - Math.Min(head, (ulong)random.Next(80));
        Assert.Equal(number + 64 >= head, world.TryGetSnapshot(number, out IStateReader? view));
        if (view is not null && history.TryGetValue(number, out PlainState? plain))
        {
            Address address = RandomChanges.AddressAt(random.Next(RandomChanges.AddressCount));
            UInt256 slot = (ulong)random.Next(RandomChanges.SlotCount);
            Assert.Equal(plain.Accounts.ContainsKey(address), view.TryGetAccount(in address, out Account got));
            Assert.Equal(plain.Accounts.GetValueOrDefault(address), got);
            Assert.Equal(plain.Slot(in address, in slot), view.GetStorage(in address, in slot));
            Assert.Equal(plain.HasStorage(in address), view.HasStorage(in address));
        }
    }

    private sealed record Node(StateLayer Layer, PlainState Plain, Node? Parent)
    {
        public bool Equals(Node? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
    }
}
