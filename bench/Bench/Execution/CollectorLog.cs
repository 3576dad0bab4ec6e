namespace Cloud.Bench.Execution;

/// <summary>What the garbage collector did: collections by generation, their pauses, and what survived them. To be looked at often, since it sees the last collection of each kind only.</summary>
internal sealed class CollectorLog
{
    private static readonly GCKind[] Kinds = [GCKind.Ephemeral, GCKind.FullBlocking, GCKind.Background];

    private readonly long[] _seen = new long[Kinds.Length];
    private readonly List<(int Generation, double PauseMs, long Promoted)> _collections = [];
    private long _allocated = GC.GetTotalAllocatedBytes(precise: true);

    public CollectorLog()
    {
        for (int i = 0; i < Kinds.Length; i++)
        {
            _seen[i] = GC.GetGCMemoryInfo(Kinds[i]).Index;
        }
    }

    /// <summary>Takes note of the collections since the last look.</summary>
    public void Look()
    {
        for (int i = 0; i < Kinds.Length; i++)
        {
            GCMemoryInfo info = GC.GetGCMemoryInfo(Kinds[i]);
            if (info.Index > _seen[i])
            {
                _seen[i] = info.Index;
                double pause = 0;
                foreach (TimeSpan one in info.PauseDurations)
                {
                    pause += one.TotalMilliseconds;
                }

                _collections.Add((info.Generation, pause, info.PromotedBytes));
            }
        }
    }

    /// <summary>Adds what was seen to a run's figures.</summary>
    /// <param name="bench">The run.</param>
    /// <param name="name">What went on.</param>
    /// <param name="units">How many pieces of work were done meanwhile, such as flashblocks.</param>
    public void Report(BenchRun bench, string name, int units)
    {
        _allocated = GC.GetTotalAllocatedBytes(precise: true) - _allocated;
        bench.AddLowerIsBetter($"{name}: allocated", "MiB", (double)_allocated / units / (1 << 20));
        for (int generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            double[] pauses = [.. _collections.Where(one => one.Generation == generation).Select(one => one.PauseMs)];
            if (pauses.Length > 0)
            {
                double promoted = _collections.Where(one => one.Generation == generation).Average(one => one.Promoted / (double)(1 << 20));
                bench.AddLowerIsBetter($"{name}: {pauses.Length} collections of generation {generation}, survivors", "MiB", promoted);
                bench.AddLowerIsBetter($"{name}: their pauses, mean", "ms", pauses.Average());
                bench.AddLowerIsBetter($"{name}: their pauses, longest", "ms", pauses.Max());
            }
        }
    }
}
