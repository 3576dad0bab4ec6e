using System.Diagnostics;
using Cloud.Execution.State;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Bench.Execution;

/// <summary>The world state with a million accounts: changes with their root, reads, flattens, memory.</summary>
internal static class StateMeasurements
{
    private const int AccountCount = 1_000_000;
    private const int LoadBatch = 100_000;
    private const int Samples = 5;

    public static void Run(BenchRun bench, CancellationToken cancellation)
    {
        string folder = Path.Combine(Path.GetTempPath(), $"preconf-bench-{Guid.NewGuid():N}");
        try
        {
            using WorldState world = WorldState.Open(folder, new WorldStateOptions());
            Load(world, cancellation);
            foreach (int batch in (int[])[100, 1_000, 10_000, 100_000])
            {
                cancellation.ThrowIfCancellationRequested();
                Extend(bench, world, batch);
            }

            Forks(bench, world);
            Read(bench, world);
            Flatten(bench, world);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Load(WorldState world, CancellationToken cancellation)
    {
        StateLayer tip = world.Flattened;
        ulong number = 0;
        for (int from = 0; from < AccountCount; from += LoadBatch)
        {
            cancellation.ThrowIfCancellationRequested();
            StateChanges changes = new();
            for (int i = from; i < from + LoadBatch; i++)
            {
                changes.For(AddressAt(i)).After = new Account(1, new UInt256((ulong)i + 1, 1), Keccak256.OfEmpty);
            }

            tip = tip.TryExtend(changes, number++)!;
            world.TryFlatten(tip, default);
        }
    }

    private static void Extend(BenchRun bench, WorldState world, int batch)
    {
        double[] cold = new double[Samples];
        double[] warm = new double[Samples];
        double[] byProcessor = new double[Samples];
        StateLayer tip = world.Flattened;
        for (int i = 0; i < Samples; i++)
        {
            StateChanges changes = Changes(batch, i);
            TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
            cold[i] = batch / Seconds(() => world.Flattened.TryExtend(changes, world.Flattened.BlockNumber + 1));
            byProcessor[i] = batch / (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
            // What a builder does: each part of a block is put on the one before.
            StateChanges next = Changes(batch, 100);
            Stopwatch watch = Stopwatch.StartNew();
            tip = tip.TryExtend(next, world.Flattened.BlockNumber + 1)!;
            warm[i] = batch / watch.Elapsed.TotalSeconds;
        }

        bench.AddHigherIsBetter($"state: {batch:N0} of 1,000,000 accounts, root", "accounts/s", BenchRun.Median(cold));
        bench.AddHigherIsBetter("state: the same accounts again, root", "accounts/s", BenchRun.Median(warm));
        if (batch >= 10_000)
        {
            // Processor time is counted in steps of 10 ms: small batches do not show in it.
            bench.AddHigherIsBetter($"state: {batch:N0} accounts, root, by processor time", "accounts/s", BenchRun.Median(byProcessor));
        }
    }

    private static void Forks(BenchRun bench, WorldState world)
    {
        const int Count = 200;
        const int Batch = 100;
        StateLayer[] forks = new StateLayer[Count];
        StateChanges[] changes = new StateChanges[Count];
        for (int i = 0; i < Count; i++)
        {
            changes[i] = Changes(Batch, i);
        }

        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < Count; i++)
        {
            forks[i] = world.Flattened.TryExtend(changes[i], world.Flattened.BlockNumber + 1)!;
        }

        double bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Count;
        bench.AddLowerIsBetter($"state: memory of a fork with {Batch} changed accounts", "KiB", bytes / 1024);
        GC.KeepAlive(forks);
        GC.KeepAlive(changes);
    }

    private static void Read(BenchRun bench, WorldState world)
    {
        StateLayer tip = world.Flattened;
        for (int i = 0; i < 40; i++)
        {
            tip = tip.TryExtend(Changes(500, i), tip.BlockNumber + 1)!;
        }

        Random random = new(1);
        bench.Rate("state: read an account of the disk through 40 layers", "reads/s", () => tip.TryGetAccount(AddressAt(random.Next(AccountCount)), out _));
        Address[] changed = [.. Changes(500, 0).Accounts.Keys];
        bench.Rate("state: read an account of the lowest of 40 layers", "reads/s", () => tip.TryGetAccount(in changed[random.Next(changed.Length)], out _));
    }

    private static void Flatten(BenchRun bench, WorldState world)
    {
        const int Batch = 100_000;
        double[] rates = new double[Samples];
        for (int i = 0; i < Samples; i++)
        {
            StateLayer layer = world.Flattened.TryExtend(Changes(Batch, i), world.Flattened.BlockNumber + 1)!;
            rates[i] = Batch / Seconds(() => world.TryFlatten(layer, default));
        }

        bench.AddHigherIsBetter("state: flatten 100,000 accounts with history, fsync", "accounts/s", BenchRun.Median(rates));
    }

    private static double Seconds(Action action)
    {
        Stopwatch watch = Stopwatch.StartNew();
        action();
        return watch.Elapsed.TotalSeconds;
    }

    private static StateChanges Changes(int count, int seed)
    {
        Random random = new(seed);
        StateChanges changes = new();
        while (changes.Accounts.Count < count)
        {
            changes.For(AddressAt(random.Next(AccountCount))).After = new Account((ulong)random.NextInt64(), new UInt256((ulong)random.NextInt64(), 1), Keccak256.OfEmpty);
        }

        return changes;
    }

    private static Address AddressAt(int i)
    {
        Span<byte> bytes = stackalloc byte[Address.Length];
        bytes.Clear();
        BitConverter.TryWriteBytes(bytes[8..], i);
        return new Address(bytes);
    }
}
