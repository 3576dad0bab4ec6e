using System.Collections.Immutable;
using Cloud.Execution.Building;
using Cloud.Execution.Evm;
using Cloud.Execution.Pool;
using Cloud.Execution.State;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;
using Cloud.Protocol.Transactions;
using Cloud.Settlement.Blobs;

namespace Cloud.Settlement.Tests.Support;

/// <summary>An L2 chain that is really built: transfers and deposits of a few accounts, chunk after chunk.</summary>
internal sealed class TestChain : IDisposable, IBlockHashes
{
    private const int Accounts = 8;
    private readonly string _folder = Directory.CreateTempSubdirectory("chain").FullName;
    private readonly byte[][] _keys = [.. Enumerable.Range(0, Accounts).Select(i => TestRollup.Key($"user {i}"))];
    private readonly ulong[] _nonces = new ulong[Accounts];
    private readonly Dictionary<ulong, Hash256> _hashes = [];
    private readonly SenderCache _senders = new();
    private ulong _sent;

    public TestChain(TestBlockRules rules)
        : this(rules, Genesis, GenesisChanges())
    {
    }

    /// <summary>A chain with other rules, whose first state has the accounts of <see cref="Rich"/>.</summary>
    public TestChain(IBlockRules rules, BlockHeader genesis, StateChanges accounts)
    {
        Rules = rules;
        World = NewWorld(_folder, genesis, accounts);
        Head = genesis;
        HeadHash = genesis.ComputeHash();
        Layer = World.Flattened;
        _hashes[0] = HeadHash;
    }

    public static IEnumerable<Address> Rich => Enumerable.Range(0, Accounts).Select(i => Anvil.AddressOf(TestRollup.Key($"user {i}")));

    public static UInt256 Riches { get; } = UInt256.Parse("1000000000000000000000");

    public IBlockRules Rules { get; }

    public WorldState World { get; }

    public BlockHeader Head { get; private set; }

    public Hash256 HeadHash { get; private set; }

    public StateLayer Layer { get; private set; }

    public static BlockHeader Genesis { get; } = new() { Number = 0, GasLimit = 30_000_000, BaseFeePerGas = 1_000_000, StateRoot = RootOfGenesis() };

    /// <summary>A world state with the genesis accounts.</summary>
    public static WorldState NewWorld(string folder) => NewWorld(folder, Genesis, GenesisChanges());

    private static WorldState NewWorld(string folder, BlockHeader genesis, StateChanges accounts)
    {
        WorldState world = WorldState.Open(folder, new WorldStateOptions { MapSize = 64 << 20 });
        if (world.IsNew)
        {
            StateLayer layer = world.Flattened.TryExtend(accounts, 0)!;
            Assert.True(world.TryFlatten(layer, genesis.ComputeHash()));
        }

        return world;
    }

    public Hash256 GetBlockHash(ulong number) => _hashes.GetValueOrDefault(number);

    /// <summary>A checkpoint of a slot.</summary>
    public CheckpointData Build(ulong slot, Hash256 parent, Address producer, int chunks, int transfers, Hash256 inHash = default, ImmutableArray<Transaction> deposits = default)
    {
        ulong first = Head.Number + 1;
        ulong gas = 0;
        ImmutableArray<ChunkData>.Builder built = ImmutableArray.CreateBuilder<ChunkData>();
        for (uint index = 0; index < chunks; index++)
        {
            ChunkData chunk = BuildChunk(slot, index, index == chunks - 1, producer, transfers, inHash, index == 0 && !deposits.IsDefault ? deposits : []);
            gas += chunk.Header.Block.GasUsed;
            built.Add(chunk);
        }

        CheckpointHeader header = new(
            slot,
            parent,
            first,
            (uint)chunks,
            CheckpointHeader.HashOfChunks([.. built.Select(chunk => chunk.Header.Hash)]),
            HeadHash,
            Head.StateRoot,
            inHash,
            default,
            built[0].Header.Block.Timestamp,
            producer,
            gas);
        return new CheckpointData(header, built.ToImmutable());
    }

    /// <summary>Goes back to an earlier block, whose state is not flattened.</summary>
    public (BlockHeader Head, Hash256 Hash, StateLayer Layer, ulong[] Nonces) Mark() => (Head, HeadHash, Layer, [.. _nonces]);

    public void Reset((BlockHeader Head, Hash256 Hash, StateLayer Layer, ulong[] Nonces) mark)
    {
        (Head, HeadHash, Layer, _) = mark;
        mark.Nonces.CopyTo(_nonces, 0);
    }

    public void Dispose()
    {
        World.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static StateChanges GenesisChanges()
    {
        StateChanges changes = new();
        for (int i = 0; i < Accounts; i++)
        {
            changes.For(Anvil.AddressOf(TestRollup.Key($"user {i}"))).After = new Account(0, UInt256.Parse("1000000000000000000000"), KnownHashes.EmptyCode);
        }

        return changes;
    }

    private static Hash256 RootOfGenesis()
    {
        string folder = Directory.CreateTempSubdirectory("genesis").FullName;
        using (WorldState world = WorldState.Open(folder, new WorldStateOptions { MapSize = 16 << 20 }))
        {
            Hash256 root = world.Flattened.TryExtend(GenesisChanges(), 0)!.StateRoot;
            return root;
        }
    }

    private ChunkData BuildChunk(ulong slot, uint index, bool isLast, Address producer, int transfers, Hash256 inHash, ImmutableArray<Transaction> deposits)
    {
        ChunkContext context = Rules.ContextOf(Head, HeadHash, slot, index, producer, this) with { Deposits = deposits };
        WorldStateLayer parent = new(Layer, context.Number);
        DateTimeOffset start = DateTimeOffset.FromUnixTimeSeconds(1_000_000);
        TransactionPool pool = new(new PoolOptions(), TestRollup.L2ChainId, new PoolHead(Head.Number, HeadHash, parent, context.BaseFeePerGas, context.GasLimit, context.Fork), _senders, new FixedTime(start));
        for (int i = 0; i < transfers; i++, _sent++)
        {
            int from = (int)(_sent % Accounts);
            Transaction transfer = new TransactionFields
            {
                ChainId = TestRollup.L2ChainId,
                Nonce = _nonces[from]++,
                MaxPriorityFeePerGas = 1_000,
                MaxFeePerGas = 100_000_000,
                GasLimit = 21_000,
                To = new Address(Keccak256.Hash(BitConverter.GetBytes(_sent % 50)).ToArray().AsSpan(12)),
                Value = _sent + 1,
            }.Sign(_keys[from]);
            PoolAdmission admission = pool.Add(transfer);
            Assert.True(admission is PoolAdmission.Added, admission.ToString());
        }

        ChunkPlan plan = new() { Parent = parent, Context = context, Limits = Rules.LimitsAfter(default), Schedule = new FlashblockSchedule(start, start + TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2)) };
        using ChunkBuilder builder = new(plan, pool, new FixedTime(start));
        builder.Fill(CancellationToken.None);
        builder.Close(FillOutcome.ChunkFull);
        builder.Confirm();
        BuiltChunk chunk = builder.Chunk!;
        Assert.Equal(transfers + deposits.Length, chunk.Block.Transactions.Length);
        Head = chunk.Block.Header;
        HeadHash = Head.ComputeHash();
        Layer = ((WorldStateLayer)chunk.State).Layer;
        _hashes[Head.Number] = HeadHash;
        return new ChunkData(
            new ChunkHeader(slot, producer, index, isLast, inHash, Head, [.. chunk.Block.Transactions.Select(transaction => transaction.Hash)]),
            [.. chunk.Block.Transactions.Select(transaction => transaction.Raw)]);
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
