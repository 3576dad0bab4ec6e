using System.Text.Json;
using Cloud.Execution.State;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Storage;
using Cloud.Storage.Lmdb;

namespace Cloud.Execution.Tests.State;

public sealed class WorldStateTests
{
    private static readonly WorldStateOptions Options = new() { SyncMode = LmdbSyncMode.None, MapSize = 1 << 20, HistoryBlocks = 64 };
    private static readonly Address Alice = Address.Parse("0x00000000000000000000000000000000000000a1");
    private static readonly Address Bob = Address.Parse("0x00000000000000000000000000000000000000b0");

    [Fact]
    public void A_new_state_is_empty_and_has_the_root_of_nothing()
    {
        using TemporaryFolder folder = new();
        using WorldState world = WorldState.Open(folder.Path, Options);
        Assert.True(world.IsNew);
        Assert.Equal(Keccak256.OfEmptyRlpString, world.Flattened.StateRoot);
        Assert.False(world.Flattened.TryGetAccount(in Alice, out _));
        Assert.Equal(UInt256.Zero, world.Flattened.GetStorage(in Alice, 1));
        Assert.True(world.Flattened.GetCode(Keccak256.OfEmpty).IsEmpty);
    }

    [Fact]
    public void Root_and_proof_equal_those_of_another_client()
    {
        // Block 1 of anvil 1.7.1: its default accounts, 60 transfers, and a contract with 40 slots.
        using Stream stream = typeof(WorldStateTests).Assembly.GetManifestResourceStream("Cloud.Execution.Tests.State.anvil-state.json")!;
        using JsonDocument document = JsonDocument.Parse(stream);
        JsonElement golden = document.RootElement;
        StateChanges changes = new();
        foreach (JsonProperty entry in golden.GetProperty("accounts").EnumerateObject())
        {
            byte[] code = Hex.Decode(entry.Value.GetProperty("code").GetString());
            AccountChange change = changes.For(Address.Parse(entry.Name));
            change.After = new Account(entry.Value.GetProperty("nonce").GetUInt64(), UInt256.Parse(entry.Value.GetProperty("balance").GetString()), Keccak256.Hash(code));
            change.Storage = entry.Value.GetProperty("storage").EnumerateObject().ToDictionary(s => UInt256.Parse(s.Name), s => UInt256.Parse(s.Value.GetString()));
            changes.Code[Keccak256.Hash(code)] = code;
        }

        using TemporaryFolder folder = new();
        using WorldState world = WorldState.Open(folder.Path, Options);
        StateLayer layer = world.Flattened.TryExtend(changes, 1)!;
        Assert.Equal(golden.GetProperty("stateRoot").GetString(), layer.StateRoot.ToString());
        JsonElement expected = golden.GetProperty("proof");
        for (int i = 0; i < 2; i++)
        {
            AccountProof proof = layer.TryProve(Address.Parse(expected.GetProperty("address").GetString()!), [3, 0x63])!;
            Assert.Equal(Strings(expected.GetProperty("accountProof")), proof.Nodes.Select(n => n.ToString()));
            Assert.Equal(Strings(expected.GetProperty("storageProof")[0].GetProperty("proof")), proof.Storage[0].Nodes.Select(n => n.ToString()));
            Assert.Equal(Strings(expected.GetProperty("storageProof")[1].GetProperty("proof")), proof.Storage[1].Nodes.Select(n => n.ToString()));
            Assert.Equal(expected.GetProperty("storageHash").GetString(), proof.StorageRoot.ToString());
            Assert.Equal(i == 0, world.TryFlatten(layer, default));
        }

        static IEnumerable<string> Strings(JsonElement array) => array.EnumerateArray().Select(e => e.GetString()!);
    }

    [Fact]
    public void Two_forks_do_not_see_each_other_and_a_flatten_discards_the_other_one()
    {
        using TemporaryFolder folder = new();
        using WorldState world = WorldState.Open(folder.Path, Options);
        StateLayer genesis = world.Flattened.TryExtend(Set(Alice, 1), 0)!;
        Assert.True(world.TryFlatten(genesis, Keccak256.Hash([0])));
        StateLayer left = genesis.TryExtend(Set(Alice, 2), 1)!;
        StateLayer right = genesis.TryExtend(Set(Alice, 3), 1)!;
        StateLayer rightChild = right.TryExtend(Set(Bob, 4), 2)!;
        Assert.Equal((2UL, 3UL, 3UL), (Balance(left, Alice), Balance(right, Alice), Balance(rightChild, Alice)));
        Assert.Null(left.TryMergeOnto(right));
        Assert.True(world.TryFlatten(left, Keccak256.Hash([1])));
        Assert.Null(right.TryExtend(Set(Bob, 5), 2));
        Assert.Null(rightChild.TryExtend(Set(Bob, 5), 3));
        Assert.Null(rightChild.TryProve(in Alice, []));
        Assert.False(world.TryFlatten(rightChild, default));
        Assert.Equal(3UL, Balance(rightChild, Alice));
        Assert.Equal(1UL, Balance(genesis, Alice));
        Assert.Equal(2UL, Balance(world.Flattened, Alice));
        Assert.Throws<ArgumentException>(() => left.TryExtend(Set(Bob, 1), 3));
        Assert.Throws<ArgumentException>(() => left.TryExtend(Set(Bob, 1), 1));
    }

    [Fact]
    public void A_deleted_contract_that_is_made_again_has_none_of_its_old_slots()
    {
        using TemporaryFolder folder = new();
        using WorldState world = WorldState.Open(folder.Path, Options);
        StateChanges made = Set(Alice, 1);
        made.For(in Alice).Storage = new() { [1] = 11, [2] = 22 };
        StateLayer first = world.Flattened.TryExtend(made, 0)!;
        Assert.True(world.TryFlatten(first, default));
        Assert.True(world.Flattened.HasStorage(in Alice));
        StateChanges gone = new();
        gone.For(in Alice).After = null;
        StateLayer second = first.TryExtend(gone, 1)!;
        Assert.False(second.HasStorage(in Alice));
        Assert.Equal(UInt256.Zero, second.GetStorage(in Alice, 1));
        StateChanges again = Set(Alice, 5);
        again.For(in Alice).Storage = new() { [2] = 33 };
        StateLayer third = second.TryExtend(again, 2)!;
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(UInt256.Zero, third.GetStorage(in Alice, 1));
            Assert.Equal(33UL, third.GetStorage(in Alice, 2));
            if (i == 0)
            {
                Assert.True(world.TryFlatten(third, default));
            }
        }

        world.Verify();
        Assert.True(world.TryGetSnapshot(0, out IStateReader? old));
        Assert.Equal(11UL, old!.GetStorage(in Alice, 1));
        Assert.True(world.TryGetSnapshot(1, out old));
        Assert.False(old!.TryGetAccount(in Alice, out _));
        Assert.Equal(UInt256.Zero, old.GetStorage(in Alice, 1));
    }

    [Fact]
    public void A_view_that_left_the_history_says_so()
    {
        using TemporaryFolder folder = new();
        using WorldState world = WorldState.Open(folder.Path, Options);
        StateLayer tip = world.Flattened.TryExtend(Set(Alice, 1000), 0)!;
        Assert.True(world.TryFlatten(tip, default));
        StateLayer first = tip;
        for (ulong i = 1; i <= 100; i++)
        {
            tip = tip.TryExtend(Set(Alice, 1000 + i), i)!;
            Assert.True(world.TryFlatten(tip, default));
        }

        Assert.False(world.TryGetSnapshot(35, out _));
        Assert.True(world.TryGetSnapshot(36, out IStateReader? oldest));
        Assert.Equal(1036UL, Balance(oldest!, Alice));
        StateUnavailableException e = Assert.Throws<StateUnavailableException>(() => first.TryGetAccount(in Alice, out _));
        Assert.Equal((0UL, 36UL), (e.BlockNumber, e.Oldest));
    }

    [Fact]
    public async Task Reads_extensions_and_proofs_go_on_while_blocks_are_flattened()
    {
        using TemporaryFolder folder = new();
        using WorldState world = WorldState.Open(folder.Path, Options with { MaxCachedNodes = 30 });
        Random random = new(3);
        PlainState plain = new PlainState();
        StateChanges genesis = new();
        for (int i = 0; i < RandomChanges.AddressCount; i++)
        {
            genesis.For(RandomChanges.AddressAt(i)).After = new Account(1, (ulong)i, Keccak256.OfEmpty);
        }

        StateLayer tip = world.Flattened.TryExtend(genesis, 0)!;
        plain = plain.With(genesis);
        Assert.True(world.TryFlatten(tip, default));
        StateLayer[] newest = [tip];
        using CancellationTokenSource stop = new();
        Task[] readers = [.. Enumerable.Range(0, 2).Select(seed => Task.Run(() =>
        {
            Random own = new(seed);
            while (!stop.IsCancellationRequested)
            {
                StateLayer view = Volatile.Read(ref newest[0]);
                Address address = RandomChanges.AddressAt(own.Next(RandomChanges.AddressCount));
                bool found = view.TryGetAccount(in address, out Account account);
                if (view.TryProve(in address, [1]) is { } proof)
                {
                    Assert.True(MerkleProof.Verify(view.StateRoot, proof));
                    Assert.Equal(found ? account : null, proof.Account);
                }
            }
        }))];
        Task flattener = Task.CompletedTask;
        for (ulong number = 1; number <= 300; number++)
        {
            StateChanges changes = RandomChanges.Make(random, plain);
            plain = plain.With(changes);
            StateLayer? layer = tip.TryExtend(changes, number);
            Assert.NotNull(layer);
            Assert.Equal(plain.Root(), layer.StateRoot);
            tip = layer;
            Volatile.Write(ref newest[0], layer);
            if (number % 5 == 0)
            {
                await flattener;
                flattener = Task.Run(() => Assert.True(world.TryFlatten(layer, default)), TestContext.Current.CancellationToken);
            }
        }

        await flattener;
        await stop.CancelAsync();
        await Task.WhenAll(readers);
        world.Verify();
    }

    [Fact]
    public void A_proof_that_was_tampered_with_does_not_verify_and_never_throws()
    {
        using TemporaryFolder folder = new();
        using WorldState world = WorldState.Open(folder.Path, Options);
        StateChanges changes = new();
        for (int i = 0; i < RandomChanges.AddressCount; i++)
        {
            AccountChange change = changes.For(RandomChanges.AddressAt(i));
            change.After = new Account(1, (ulong)i, Keccak256.OfEmpty);
            change.Storage = Enumerable.Range(0, 20).ToDictionary(k => (UInt256)(ulong)k, k => (UInt256)(ulong)(k + 1));
        }

        StateLayer layer = world.Flattened.TryExtend(changes, 0)!;
        AccountProof proof = layer.TryProve(RandomChanges.AddressAt(7), [3, 99])!;
        Assert.True(MerkleProof.Verify(layer.StateRoot, proof));
        Assert.Equal(4UL, proof.Storage[0].Value);
        Assert.Equal(UInt256.Zero, proof.Storage[1].Value);
        Assert.False(MerkleProof.Verify(Keccak256.Hash([1]), proof));
        Assert.False(MerkleProof.Verify(layer.StateRoot, proof with { Account = proof.Account!.Value with { Balance = 8 } }));
        Assert.False(MerkleProof.Verify(layer.StateRoot, proof with { Account = null }));
        Assert.False(MerkleProof.Verify(layer.StateRoot, proof with { Storage = [proof.Storage[0] with { Value = 5 }] }));
        Assert.False(MerkleProof.Verify(layer.StateRoot, proof with { Storage = [proof.Storage[1] with { Value = 1 }] }));
        Assert.False(MerkleProof.Verify(layer.StateRoot, proof with { Nodes = proof.Nodes.RemoveAt(proof.Nodes.Length - 1) }));
        Assert.False(MerkleProof.Verify(layer.StateRoot, proof with { Nodes = proof.Nodes.Add(proof.Nodes[0]) }));
        Random random = new(2);
        for (int i = 0; i < 20_000; i++)
        {
            int node = random.Next(proof.Nodes.Length);
            byte[] bytes = proof.Nodes[node].ToArray();
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            Assert.False(MerkleProof.Verify(layer.StateRoot, proof with { Nodes = proof.Nodes.SetItem(node, bytes) }));
            // With its own hash as the root, the node is believed, and must still be read without harm.
            byte[] value = [];
            MerkleProof.TryFollow(Keccak256.Hash(bytes), Keccak256.Hash(RandomChanges.AddressAt(7).ToArray()), [bytes], ref value);
        }
    }

    [Fact]
    public void A_state_whose_root_node_is_not_what_was_written_is_refused_when_it_is_opened()
    {
        using TemporaryFolder folder = new();
        using (WorldState world = WorldState.Open(folder.Path, Options))
        {
            StateChanges changes = new();
            for (int i = 0; i < RandomChanges.AddressCount; i++)
            {
                changes.For(RandomChanges.AddressAt(i)).After = new Account(1, (ulong)i, Keccak256.OfEmpty);
            }

            Assert.True(world.TryFlatten(world.Flattened.TryExtend(changes, 0)!, default));
        }

        using (LmdbEnvironment environment = LmdbEnvironment.Open(folder.Path, new LmdbOptions()))
        {
            LmdbDatabase nodes = environment.OpenDatabase("accountNodes");
            environment.Write(t =>
            {
                Assert.True(t.TryGet(nodes, [0], out ReadOnlySpan<byte> root));
                byte[] damaged = root.ToArray();
                damaged[100] ^= 1;
                t.Put(nodes, [0], damaged);
            });
        }

        Assert.Throws<StateCorruptException>(() => WorldState.Open(folder.Path, Options));
    }

    [Fact]
    public void A_folder_in_use_is_refused()
    {
        using TemporaryFolder folder = new();
        using WorldState world = WorldState.Open(folder.Path, Options);
        Assert.Equal(StorageFault.Locked, Assert.Throws<StorageException>(() => WorldState.Open(folder.Path, Options)).Fault);
    }

    private static StateChanges Set(in Address address, ulong balance)
    {
        StateChanges changes = new();
        changes.For(in address).After = new Account(1, balance, Keccak256.OfEmpty);
        return changes;
    }

    private static ulong Balance(IStateReader view, Address address) => view.TryGetAccount(in address, out Account account) ? account.Balance.U0 : 0;
}
