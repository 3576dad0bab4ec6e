using Cloud.Execution.Building;
using Cloud.Execution.State;
using Cloud.Execution.Tests.Pool;
using Cloud.Execution.Tests.State;
using Cloud.Execution.Verification;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Tests.Building;

/// <summary>Flashblocks with so many changes that their root is computed in parts, beside the execution.</summary>
public sealed class OverlappedRootTests
{
    private static readonly Wallet[] Wallets = [.. Enumerable.Range(300, 8).Select(number => new Wallet(number))];
    private static readonly Address Contract = Address.Parse("0x00000000000000000000000000000000000c0de0");
    private static readonly Address Broken = Address.Parse("0x00000000000000000000000000000000000bad00");

    // Stores k at slot k for a hundred k from the first word of the input on:
    // PUSH0 CALLDATALOAD JUMPDEST DUP1 DUP1 SSTORE PUSH1 1 ADD DUP1 PUSH0 CALLDATALOAD PUSH1 100 ADD GT PUSH1 2 JUMPI STOP
    private static readonly byte[] Storing =
        [0x5f, 0x35, 0x5b, 0x80, 0x80, 0x55, 0x60, 0x01, 0x01, 0x80, 0x5f, 0x35, 0x60, 0x64, 0x01, 0x11, 0x60, 0x02, 0x57, 0x00];

    [Fact]
    public void Every_prefix_has_the_root_that_a_plain_computation_gives()
    {
        using TemporaryFolder folder = new();
        using WorldState world = WorldState.Open(folder.Path, new WorldStateOptions { MapSize = 64 << 20 });
        ChunkFixture fixture = Fixture(out MemoryLayer genesis);
        WorldStateLayer parent = new(world.Flattened.TryExtend(genesis.ToChanges(), 7)!, 8);
        using ChunkBuilder builder = fixture.Builder(fixture.Plan with { Parent = parent });
        Fill(fixture);
        StateLayer? newest = null;
        IStateLayer plain = genesis;
        List<BuiltFlashblock> flashblocks = fixture.Build(builder, flashblock =>
        {
            plain = plain.Extend(flashblock.Prefix.Changes);
            Assert.Equal(plain.Root, flashblock.Prefix.Header.StateRoot);

            // A part that a later one has taken the place of keeps no trie, and is still read.
            StateLayer layer = ((WorldStateLayer)flashblock.Prefix.State).Layer;
            Assert.NotNull(layer.TryProve(Contract, []));
            if (newest is not null && !ReferenceEquals(newest, layer))
            {
                Assert.Null(newest.TryProve(Contract, []));
                Assert.True(newest.TryGetAccount(Contract, out _));
            }

            newest = layer;
        });
        Assert.True(flashblocks.Max(flashblock => flashblock.Prefix.Changes.Accounts.Sum(account => account.Value.Storage?.Count ?? 0)) > 500);
        Assert.IsType<VerificationResult.Valid>(fixture.Verify(builder.Chunk!));
        Assert.True(world.TryFlatten(parent.Layer, default));
        Assert.True(world.TryFlatten(newest!, default));
        world.Verify();
    }

    [Fact]
    public void After_a_transaction_that_threw_the_parts_before_it_are_computed_again()
    {
        using TemporaryFolder folder = new();
        using WorldState world = WorldState.Open(folder.Path, new WorldStateOptions { MapSize = 64 << 20 });
        ChunkFixture fixture = Fixture(out MemoryLayer genesis);
        FailingLayer parent = new(new WorldStateLayer(world.Flattened.TryExtend(genesis.ToChanges(), 7)!, 8));
        int faults = 0;
        using ChunkBuilder builder = new(fixture.Plan with { Parent = parent }, fixture.Pool, fixture.Time) { Faulted = (_, _) => faults++ };
        builder.Executed = gas => fixture.Time.Advance(TimeSpan.FromTicks((long)gas * ChunkFixture.NanosecondsPerGas / 100));
        Fill(fixture, toBroken: 4);
        fixture.Build(builder);
        Assert.Equal(4, faults);
        Assert.True(builder.Chunk!.Block.Transactions.Length > 40);
        Assert.IsType<VerificationResult.Valid>(fixture.Verify(builder.Chunk));
    }

    private static ChunkFixture Fixture(out MemoryLayer genesis)
    {
        genesis = new MemoryLayer().With(Contract, 0, 1, Storing);
        foreach (Wallet wallet in Wallets)
        {
            genesis.With(wallet.Address, ChunkFixture.Rich);
        }

        ChunkFixture fixture = new(genesis) { Limits = new ChunkLimits(ulong.MaxValue, 10_000, 10_000_000) };
        fixture.Context = fixture.Context with { GasLimit = 1_000_000_000 };
        fixture.Pool.SetHead(fixture.Pool.Head with { GasLimit = 1_000_000_000 }, [], []);
        return fixture;
    }

    private static void Fill(ChunkFixture fixture, int toBroken = 0)
    {
        Random random = new(1);
        for (int i = 0; i < 80; i++)
        {
            Wallet wallet = Wallets[i % Wallets.Length];
            byte[] input = new byte[32];
            random.NextBytes(input.AsSpan(30));
            input[29] = 1;
            bool isBroken = i >= 60 && toBroken-- > 0;
            TransactionFields fields = wallet.Send((ulong)(i / Wallets.Length), gas: 3_000_000).Fields;
            fixture.Add(wallet.Sign(fields with { To = isBroken ? Broken : Contract, Data = input }));
        }
    }

    /// <summary>Reading one account fails, as a broken disk would.</summary>
    private sealed class FailingLayer(WorldStateLayer inner) : IStateLayer
    {
        public Hash256 Root => inner.Root;

        public IStateLayer Extend(StateChanges changes) => inner.Extend(changes);

        public IStateExtension TryBeginExtension() => inner.TryBeginExtension();

        public bool TryGetAccount(in Address address, out Account account) =>
            address == Broken ? throw new IOException("The disk is broken.") : inner.TryGetAccount(in address, out account);

        public UInt256 GetStorage(in Address address, in UInt256 key) => inner.GetStorage(in address, in key);

        public bool HasStorage(in Address address) => inner.HasStorage(in address);

        public ReadOnlyMemory<byte> GetCode(in Hash256 codeHash) => inner.GetCode(in codeHash);
    }
}
