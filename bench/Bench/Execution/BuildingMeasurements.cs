using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics;
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
    private const int RowChunks = 4;
    private const int Flashblocks = 10;
    private const ulong Gas = 2_000_000_000;

    private static readonly Hash256 Parent = Keccak256.Hash("parent"u8);

    // Of the processor, not of the wall: whatever else the machine does, this is what one core takes.
    private static TimeSpan ProcessorTime => Environment.CpuUsage.TotalTime;

    // What uses up all gas: a loop; calls of itself; memory, word by word.
    private static readonly (Address Address, byte[] Code)[] Burners =
    [
        (Address.Parse("0x0000000000000000000000000000000000b412e1"), [0x5b, 0x5f, 0x56]),
        (Address.Parse("0x0000000000000000000000000000000000b412e2"), [0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x30, 0x5a, 0xf1]),
        (Address.Parse("0x0000000000000000000000000000000000b412e3"), [0x5f, 0x5b, 0x80, 0x80, 0x52, 0x60, 0x20, 0x01, 0x60, 0x01, 0x56]),
    ];

    // The longest init code: JUMPDEST over and over, then back to the start.
    private static readonly byte[] HugeInitCode = [.. Enumerable.Repeat((byte)0x5b, TransactionFields.MaxInitCodeLength - 2), 0x5f, 0x56];

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    public static async Task MeasureAsync(BenchRun bench, CancellationToken cancellation)
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
            List<double> pool = [], build = [], verify = [], whole = [];
            SenderCache senders = new();
            for (int round = 0; round < Rounds; round++)
            {
                cancellation.ThrowIfCancellationRequested();
                senders = new SenderCache();
                Round one = Run(genesis, encoded, senders, cancellation);
                pool.Add(encoded.Length / one.Pool.TotalSeconds);
                build.Add(encoded.Length / one.Build.TotalSeconds);
                verify.Add(encoded.Length / one.Verify.TotalSeconds);
                whole.Add(encoded.Length / (one.Pool + one.Build + one.Verify).TotalSeconds);
            }

            Row[] rooted = new Row[Rounds], unrooted = new Row[Rounds];
            for (int round = 0; round < Rounds; round++)
            {
                cancellation.ThrowIfCancellationRequested();
                bool isLast = round == Rounds - 1;
                rooted[round] = BuildRow(genesis, encoded, senders, isLast ? (bench, "a flashblock with root") : null, cancellation);
                unrooted[round] = BuildRow(new UnrootedLayer(genesis, null), encoded, senders, isLast ? (bench, "a flashblock without") : null, cancellation);
            }

            bench.AddHigherIsBetter("transfers into the pool, with signatures", "1/s", BenchRun.Median([.. pool]));
            bench.AddHigherIsBetter("transfers built, ten flashblocks with roots", "1/s", BenchRun.Median([.. build]));
            bench.AddHigherIsBetter("transfers verified", "1/s", BenchRun.Median([.. verify]));
            bench.AddHigherIsBetter("transfers through pool, builder and verifier", "1/s", BenchRun.Median([.. whole]));
            double with = BenchRun.Median([.. rooted.SelectMany(row => row.Flashblocks)]);
            double without = BenchRun.Median([.. unrooted.SelectMany(row => row.Flashblocks)]);
            bench.AddLowerIsBetter("a flashblock of 2,000 transfers without its root", "ms", without);
            bench.AddLowerIsBetter("what the state root adds to its build time", "%", 100 * (with - without) / without);
            double meanWith = Median(rooted, row => row.Flashblocks.Average());
            double meanWithout = Median(unrooted, row => row.Flashblocks.Average());
            bench.AddLowerIsBetter("the same on average, with the collector's pauses", "%", 100 * (meanWith - meanWithout) / meanWithout);
            bench.AddLowerIsBetter("the same, of an interval of 200 ms", "%", 100 * (meanWith - meanWithout) / Interval.TotalMilliseconds);
            double work = Median(rooted, row => row.Work);
            bench.AddLowerIsBetter("processor time of the root, of all of building", "%", 100 * (work - Median(unrooted, row => row.Work)) / work);
            bench.AddLowerIsBetter("pauses of the collector, a flashblock with root", "ms", Median(rooted, row => row.Paused));
            bench.AddLowerIsBetter("pauses of the collector, a flashblock without", "ms", Median(unrooted, row => row.Paused));
            await MeasureLatenessAsync(bench, genesis, keys, cancellation);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Median(Row[] rows, Func<Row, double> time) => BenchRun.Median([.. rows.Select(time)]);

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

        foreach ((Address address, byte[] code) in Burners)
        {
            changes.For(address).After = new Account(1, default, Keccak256.Hash(code));
            changes.Code[Keccak256.Hash(code)] = code;
        }

        StateLayer layer = world.Flattened.TryExtend(changes, 1)!;
        world.TryFlatten(layer, layer.StateRoot);
        return new WorldStateLayer(world.Flattened, 2);
    }

    private static TransactionPool NewPool(IStateLayer genesis, Hash256 parent, SenderCache senders) => new(
        new PoolOptions { MaxTransactions = 100_000, MaxBytes = 1L << 30 }, ChainId, new PoolHead(1, parent, genesis, 1, Gas, Fork.Osaka), senders, TimeProvider.System);

    private static Round Run(IStateLayer genesis, byte[][] encoded, SenderCache senders, CancellationToken cancellation)
    {
        TimeSpan start = ProcessorTime;
        TransactionPool pool = FullPool(genesis, encoded, senders);
        TimeSpan pooled = ProcessorTime - start;
        ChunkPlan plan = Plan(genesis, encoded.Length);
        start = ProcessorTime;
        Block block = Build(plan, pool, cancellation).Block;
        TimeSpan built = ProcessorTime - start;

        // As in one process: the pool's transactions are at hand, and so are their senders.
        VerificationRequest request = new()
        {
            Parent = genesis,
            Context = plan.Context,
            Limits = plan.Limits,
            Header = block.Header,
            TransactionHashes = [.. block.Transactions.Select(transaction => transaction.Hash)],
            Transactions = block.Transactions.ToDictionary(transaction => transaction.Hash),
            Deadline = DateTimeOffset.MaxValue,
        };
        start = ProcessorTime;
        VerificationResult result = new ChunkVerifier(senders, new StandingTime(), 1).Verify(request, cancellation);
        TimeSpan verified = ProcessorTime - start;
        return result is VerificationResult.Valid ? new Round(pooled, built, verified) : throw new InvalidOperationException($"{result}");
    }

    /// <summary>Some chunks, one after the other, all kept: with what the collector takes in the long run.</summary>
    private static Row BuildRow(
        IStateLayer genesis, byte[][] encoded, SenderCache senders, (BenchRun Bench, string Name)? report, CancellationToken cancellation)
    {
        TransactionPool[] pools = new TransactionPool[RowChunks];
        for (int i = 0; i < RowChunks; i++)
        {
            pools[i] = FullPool(genesis, encoded, senders);
        }

        // What the pools have allocated is not the builder's.
        BuiltChunk[] chunks = new BuiltChunk[RowChunks];
        List<double> flashblocks = [];
        GC.Collect();
        CollectorLog collector = new();
        TimeSpan paused = GC.GetTotalPauseDuration();
        TimeSpan work = ProcessorTime;
        for (int i = 0; i < RowChunks; i++)
        {
            chunks[i] = Build(Plan(genesis, encoded.Length), pools[i], cancellation, flashblocks, collector);
        }

        Row row = new(
            flashblocks,
            (ProcessorTime - work).TotalMilliseconds / RowChunks / Flashblocks,
            (GC.GetTotalPauseDuration() - paused).TotalMilliseconds / RowChunks / Flashblocks);
        if (report is { } to)
        {
            collector.Report(to.Bench, to.Name, RowChunks * Flashblocks);
        }

        GC.KeepAlive(chunks);
        return row;
    }

    private static TransactionPool FullPool(IStateLayer genesis, byte[][] encoded, SenderCache senders)
    {
        TransactionPool pool = NewPool(genesis, Parent, senders);
        foreach (byte[] raw in encoded)
        {
            if (pool.Add(raw) is PoolAdmission.Refused refused)
            {
                throw new InvalidOperationException(refused.Reason.Message);
            }
        }

        return pool;
    }

    private static ChunkPlan Plan(IStateLayer parent, int transactions)
    {
        DateTimeOffset start = new StandingTime().Now;
        return new ChunkPlan
        {
            Parent = parent,
            Context = new ChunkContext
            {
                Chain = new ChainConfig { ChainId = ChainId },
                ParentHash = Parent,
                Number = 2,
                Timestamp = (ulong)start.ToUnixTimeSeconds(),
                FeeRecipient = Receiver(0),
                GasLimit = Gas,
                BaseFeePerGas = 1,
            },
            Limits = new ChunkLimits((ulong)transactions * 21_000, transactions, 1 << 30),
            Schedule = new FlashblockSchedule(start, start + (Flashblocks * Interval), Interval),
        };
    }

    /// <summary>Builds a chunk by a clock that stands: what limits a flashblock is its share, so that all ten are equally large, as under full load.</summary>
    private static BuiltChunk Build(ChunkPlan plan, TransactionPool pool, CancellationToken cancellation, List<double>? flashblocks = null, CollectorLog? collector = null)
    {
        StandingTime clock = new();
        using ChunkBuilder builder = new(plan, pool, clock);
        while (!builder.IsSealed)
        {
            long start = Stopwatch.GetTimestamp();
            FillOutcome outcome = builder.Fill(cancellation);
            if (outcome is FillOutcome.Idle or FillOutcome.ShareUsed)
            {
                clock.Now = builder.FillUntil;
            }

            builder.Close(outcome);
            builder.Confirm();
            flashblocks?.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            collector?.Look();
        }

        return builder.Chunk!.Used.Transactions == plan.Limits.Transactions
            ? builder.Chunk
            : throw new InvalidOperationException($"{builder.Chunk.Used.Transactions} of {plan.Limits.Transactions} transactions were built.");
    }

    /// <summary>By the real clock, with more to do than there is time for: transfers, and what uses up 3,000,000 gas in loops, deep calls, memory and huge init code.</summary>
    private static async Task MeasureLatenessAsync(BenchRun bench, IStateLayer genesis, byte[][] keys, CancellationToken cancellation)
    {
        const int Chunks = 20;
        Transaction[] transactions = new Transaction[keys.Length * PerSender];
        Parallel.For(0, transactions.Length, i =>
        {
            bool burns = i % 2 == 0;
            transactions[i] = new TransactionFields
            {
                ChainId = ChainId,
                Nonce = (ulong)(i / keys.Length),
                MaxPriorityFeePerGas = (ulong)(1 + (i * 7919 % 1000)),
                MaxFeePerGas = 100_000,
                GasLimit = burns ? 3_000_000UL : 21_000,
                To = !burns ? Receiver(i % Accounts) : i % 64 == 0 ? null : Burners[i / 2 % Burners.Length].Address,
                Data = i % 64 == 0 ? HugeInitCode : default(Bytes),
            }.Sign(keys[i % keys.Length]);
        });

        List<double> late = [];
        CollectorLog collector = new();
        for (int chunk = 0; chunk < Chunks; chunk++)
        {
            SenderCache senders = new();
            TransactionPool pool = NewPool(genesis, Parent, senders);
            foreach (Transaction transaction in transactions)
            {
                pool.Add(transaction);
            }

            DateTimeOffset start = TimeProvider.System.GetUtcNow();
            ChunkPlan plan = new()
            {
                Parent = genesis,
                Context = new ChunkContext
                {
                    Chain = new ChainConfig { ChainId = ChainId },
                    ParentHash = Parent,
                    Number = 2,
                    Timestamp = (ulong)start.ToUnixTimeSeconds(),
                    FeeRecipient = Receiver(0),
                    GasLimit = 100 * Gas,
                    BaseFeePerGas = 1,
                },
                Limits = new ChunkLimits(100 * Gas, 1 << 20, 1 << 30),
                Schedule = new FlashblockSchedule(start, start + (Flashblocks * Interval), Interval),
            };
            using ChunkBuilder builder = new(plan, pool, TimeProvider.System);
            BuiltChunk built = await Task.Run(
                () => builder.RunAsync(
                    (_, _) =>
                    {
                        late.Add(Math.Abs((TimeProvider.System.GetUtcNow() - builder.ClosesAt).TotalMilliseconds));
                        collector.Look();
                        return default;
                    },
                    cancellation),
                cancellation);
            if (built.Block.Transactions.Length == transactions.Length)
            {
                throw new InvalidOperationException("The load was not full: everything was built.");
            }
        }

        collector.Report(bench, "full and hostile load", late.Count);
        late.Sort();
        bench.AddLowerIsBetter("flashblocks, full and hostile load, error of closing, p50", "ms", late[late.Count / 2]);
        bench.AddLowerIsBetter("flashblocks, full and hostile load, error of closing, p99", "ms", late[Math.Min(late.Count - 1, late.Count * 99 / 100)]);
        bench.AddHigherIsBetter("flashblocks closed of 10, full and hostile load", "", (double)late.Count / Chunks);
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

    private sealed record Round(TimeSpan Pool, TimeSpan Build, TimeSpan Verify);

    /// <summary>Some chunks one after the other.</summary>
    /// <param name="Flashblocks">How long each flashblock took, in ms.</param>
    /// <param name="Work">Processor time of a flashblock, in ms.</param>
    /// <param name="Paused">Pauses of the collector for each flashblock, in ms.</param>
    private sealed record Row(List<double> Flashblocks, double Work, double Paused);

    /// <summary>Layers without roots: what building takes but for them.</summary>
    private sealed class UnrootedLayer(IStateLayer below, StateChanges? changes) : IStateLayer
    {
        public Hash256 Root => default;

        public IStateLayer Extend(StateChanges changes) => new UnrootedLayer(this, changes);

        public bool TryGetAccount(in Address address, out Account account)
        {
            if (changes is not null && changes.Accounts.TryGetValue(address, out AccountChange? change))
            {
                account = change.After.GetValueOrDefault();
                return change.After is not null;
            }

            return below.TryGetAccount(in address, out account);
        }

        public UInt256 GetStorage(in Address address, in UInt256 key) => below.GetStorage(in address, in key);

        public bool HasStorage(in Address address) => below.HasStorage(in address);

        public ReadOnlyMemory<byte> GetCode(in Hash256 codeHash) => below.GetCode(in codeHash);
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
