using System.Buffers.Binary;
using System.Collections.Immutable;
using Cloud.Execution.Building;
using Cloud.Execution.Pool;
using Cloud.Execution.Processing;
using Cloud.Execution.State;
using Cloud.Execution.Verification;
using Cloud.Protocol;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;
using Cloud.Protocol.Transactions;

namespace Cloud.Bench.Execution;

/// <summary>Transfers through pool, builder and verifier on one core, the share of the state root, and the pool's memory.</summary>
internal static class BuildingMeasurements
{
    private const ulong ChainId = 901;
    private const int Senders = 2_000;
    private const int PerSender = 10;
    private const int Accounts = 100_000;
    private const int Rounds = 5;
    private const ulong Gas = 2_000_000_000;

    // Of the processor, not of the wall: whatever else the machine does, this is what one core takes.
    private static TimeSpan ProcessorTime => Environment.CpuUsage.TotalTime;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    public static void Measure(BenchRun bench, CancellationToken cancellation)
    {
        byte[][] keys = [.. Enumerable.Range(1, Senders).Select(Key)];
        Transaction[] transactions = Sign(keys);
        byte[][] encoded = [.. transactions.Select(transaction => transaction.Raw.ToArray())];
        MeasureMemory(bench, keys, encoded);

        string folder = Path.Combine(Path.GetTempPath(), $"preconf-bench-{Environment.ProcessId}");
        try
        {
            using WorldState world = WorldState.Open(folder, new WorldStateOptions());
            IStateLayer genesis = Genesis(world, keys);
            List<double> pool = [], build = [], verify = [], whole = [], root = [];
            for (int round = 0; round < Rounds; round++)
            {
                cancellation.ThrowIfCancellationRequested();
                Round one = Run(genesis, keys, encoded, cancellation);
                pool.Add(encoded.Length / one.Pool.TotalSeconds);
                build.Add(encoded.Length / one.Build.TotalSeconds);
                verify.Add(encoded.Length / one.Verify.TotalSeconds);
                whole.Add(encoded.Length / (one.Pool + one.Build + one.Verify).TotalSeconds);
                root.Add(100 * one.Root / one.Build);
            }

            bench.AddHigherIsBetter("transfers into the pool, with signatures", "1/s", BenchRun.Median([.. pool]));
            bench.AddHigherIsBetter("transfers built, ten flashblocks with roots", "1/s", BenchRun.Median([.. build]));
            bench.AddHigherIsBetter("transfers verified", "1/s", BenchRun.Median([.. verify]));
            bench.AddHigherIsBetter("transfers through pool, builder and verifier", "1/s", BenchRun.Median([.. whole]));
            bench.AddLowerIsBetter("share of the state root in building", "%", BenchRun.Median([.. root]));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static byte[] Key(int number)
    {
        byte[] key = new byte[32];
        BinaryPrimitives.WriteInt32BigEndian(key.AsSpan(28), number);
        return key;
    }

    private static Address AddressOf(byte[] key) => Secp256k1.TryGetAddress(key, out Address address) ? address : throw new InvalidOperationException("Not a key.");

    private static Address Receiver(int number)
    {
        Span<byte> bytes = stackalloc byte[Address.Length];
        bytes.Clear();
        bytes[0] = 0xaa;
        BinaryPrimitives.WriteInt32BigEndian(bytes[16..], number);
        return new Address(bytes);
    }

    private static Transaction[] Sign(byte[][] keys)
    {
        Transaction[] transactions = new Transaction[keys.Length * PerSender];
        Parallel.For(0, keys.Length, i =>
        {
            for (int nonce = 0; nonce < PerSender; nonce++)
            {
                transactions[(nonce * keys.Length) + i] = new TransactionFields
                {
                    ChainId = ChainId,
                    Nonce = (ulong)nonce,
                    MaxPriorityFeePerGas = (ulong)(1 + (i * 7919 % 1000)),
                    MaxFeePerGas = 1_000_000,
                    GasLimit = 21_000,
                    To = Receiver(((i * 31) + (nonce * 104_729)) % Accounts),
                    Value = 1,
                }.Sign(keys[i]);
            }
        });
        return transactions;
    }

    private static WorldStateLayer Genesis(WorldState world, byte[][] keys)
    {
        StateChanges changes = new();
        UInt256 rich = UInt256.Parse("1000000000000000000");
        foreach (byte[] key in keys)
        {
            changes.For(AddressOf(key)).After = new Account(0, rich, KnownHashes.EmptyCode);
        }

        for (int i = 0; i < Accounts; i++)
        {
            changes.For(Receiver(i)).After = new Account(0, rich, KnownHashes.EmptyCode);
        }

        StateLayer layer = world.Flattened.TryExtend(changes, 1)!;
        world.TryFlatten(layer, layer.StateRoot);
        return new WorldStateLayer(world.Flattened, 2);
    }

    private static TransactionPool NewPool(IStateLayer genesis, Hash256 parent, SenderCache senders) => new(
        new PoolOptions { MaxTransactions = 100_000, MaxBytes = 1L << 30 }, ChainId, new PoolHead(1, parent, genesis, 1, Gas, Fork.Osaka), senders, TimeProvider.System);

    private static Round Run(IStateLayer genesis, byte[][] keys, byte[][] encoded, CancellationToken cancellation)
    {
        SenderCache senders = new();
        Hash256 parent = Keccak256.Hash("parent"u8);
        TransactionPool pool = NewPool(genesis, parent, senders);
        TimeSpan start = ProcessorTime;
        foreach (byte[] raw in encoded)
        {
            if (pool.Add(raw) is PoolAdmission.Refused refused)
            {
                throw new InvalidOperationException(refused.Reason.Message);
            }
        }

        TimeSpan pooled = ProcessorTime - start;

        // A clock that stands: what limits a flashblock is its share, so that all ten are equally large, as under full load.
        StandingTime clock = new();
        ChunkContext context = new()
        {
            Chain = new ChainConfig { ChainId = ChainId },
            ParentHash = parent,
            Number = 2,
            Timestamp = (ulong)clock.Now.ToUnixTimeSeconds(),
            FeeRecipient = Receiver(0),
            GasLimit = Gas,
            BaseFeePerGas = 1,
        };
        ulong gas = (ulong)encoded.Length * 21_000;
        MeteredLayer metered = new(genesis, new Meter());
        ChunkPlan plan = new()
        {
            Parent = metered,
            Context = context,
            Limits = new ChunkLimits(gas, encoded.Length, 1 << 30),
            Schedule = new FlashblockSchedule(clock.Now, clock.Now + (10 * Interval), Interval),
        };
        start = ProcessorTime;
        using ChunkBuilder builder = new(plan, pool, clock);
        while (!builder.IsSealed)
        {
            FillOutcome outcome = builder.Fill(cancellation);
            if (outcome is FillOutcome.Idle or FillOutcome.ShareUsed)
            {
                clock.Now = builder.FillUntil;
            }

            builder.Close(outcome);
            builder.Confirm();
        }

        TimeSpan built = ProcessorTime - start;
        Block block = builder.Chunk!.Block;
        if (block.Transactions.Length != encoded.Length)
        {
            throw new InvalidOperationException($"{block.Transactions.Length} of {encoded.Length} transactions were built.");
        }

        // As in one process: the pool's transactions are at hand, and so are their senders.
        VerificationRequest request = new()
        {
            Parent = genesis,
            Context = context,
            Limits = plan.Limits,
            Header = block.Header,
            TransactionHashes = [.. block.Transactions.Select(transaction => transaction.Hash)],
            Transactions = block.Transactions.ToDictionary(transaction => transaction.Hash),
            Deadline = DateTimeOffset.MaxValue,
        };
        start = ProcessorTime;
        VerificationResult result = new ChunkVerifier(senders, clock, 1).Verify(request, cancellation);
        TimeSpan verified = ProcessorTime - start;
        return result is VerificationResult.Valid ? new Round(pooled, built, verified, metered.Meter.Elapsed) : throw new InvalidOperationException($"{result}");
    }

    private static void MeasureMemory(BenchRun bench, byte[][] keys, byte[][] encoded)
    {
        StubState state = new([.. keys.Select(AddressOf)]);
        SenderCache senders = new();
        TransactionPool pool = new(
            new PoolOptions { MaxTransactions = 100_000, MaxBytes = 1L << 30 }, ChainId, new PoolHead(1, default, state, 1, Gas, Fork.Osaka), senders, TimeProvider.System);
        foreach (byte[] raw in encoded)
        {
            pool.Add(raw);
        }

        pool = new TransactionPool(
            new PoolOptions { MaxTransactions = 100_000, MaxBytes = 1L << 30 }, ChainId, new PoolHead(1, default, state, 1, Gas, Fork.Osaka), senders, TimeProvider.System);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        foreach (byte[] raw in encoded)
        {
            pool.Add(raw);
        }

        long after = GC.GetTotalMemory(forceFullCollection: true);
        bench.AddLowerIsBetter("memory of 1,000 pending transfers", "MiB", (after - before) * 1000.0 / encoded.Length / (1 << 20));
        GC.KeepAlive(pool);
    }

    private sealed record Round(TimeSpan Pool, TimeSpan Build, TimeSpan Verify, TimeSpan Root);

    private sealed class Meter
    {
        public TimeSpan Elapsed { get; set; }
    }

    /// <summary>Measures how long layers with their roots take.</summary>
    private sealed class MeteredLayer(IStateLayer inner, Meter meter) : IStateLayer
    {
        public Meter Meter => meter;

        public Hash256 Root => inner.Root;

        public IStateLayer Extend(StateChanges changes)
        {
            TimeSpan start = ProcessorTime;
            IStateLayer next = inner.Extend(changes);
            meter.Elapsed += ProcessorTime - start;
            return new MeteredLayer(next, meter);
        }

        public bool TryGetAccount(in Address address, out Account account) => inner.TryGetAccount(in address, out account);

        public UInt256 GetStorage(in Address address, in UInt256 key) => inner.GetStorage(in address, in key);

        public bool HasStorage(in Address address) => inner.HasStorage(in address);

        public ReadOnlyMemory<byte> GetCode(in Hash256 codeHash) => inner.GetCode(in codeHash);
    }

    private sealed class StandingTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch.AddYears(50);

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => Now.Ticks;
    }

    private sealed class StubState(ImmutableHashSet<Address> rich) : IStateReader
    {
        public bool TryGetAccount(in Address address, out Account account)
        {
            account = new Account(0, UInt256.Parse("1000000000000000000"), KnownHashes.EmptyCode);
            return rich.Contains(address);
        }

        public UInt256 GetStorage(in Address address, in UInt256 key) => default;

        public bool HasStorage(in Address address) => false;

        public ReadOnlyMemory<byte> GetCode(in Hash256 codeHash) => default;
    }
}
