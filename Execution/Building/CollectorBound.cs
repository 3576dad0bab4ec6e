namespace Cloud.Execution.Building;

/// <summary>
/// Has the garbage collector look at all generations, beside the program, where what the heap holds has grown by a quarter since it last did. What a transaction leaves behind lives half a minute,
/// until its block is settled: by then it is in the oldest generation, for which the collector by itself waits until it has several times what is needed. Safe for use by several threads.
/// </summary>
internal sealed class CollectorBound
{
    // Smaller growth is not worth a collection: looking at all objects costs some tenths of a second of one processor.
    private const long SmallestGrowth = 64L << 20;
    private const int GrowthDivisor = 4;

    private readonly Lock _gate = new();
    private readonly Func<long> _usedBytes;
    private readonly Func<CollectedHeap> _lastFull;
    private readonly Action _collect;
    private long _asked = -1;

    /// <summary>A bound of its own, for tests.</summary>
    /// <param name="usedBytes">What was in the heap after the newest collection of any generation, without what is free in it: a heap in pieces would else be let grow by a quarter of the pieces too.</param>
    /// <param name="lastFull">What the newest finished collection of all generations left.</param>
    /// <param name="collect">Begins a collection of all generations.</param>
    public CollectorBound(Func<long> usedBytes, Func<CollectedHeap> lastFull, Action collect)
    {
        _usedBytes = usedBytes;
        _lastFull = lastFull;
        _collect = collect;
    }

    /// <summary>The bound of this process.</summary>
    public static CollectorBound Shared { get; } = new(
        () => CollectedHeap.UsedIn(GC.GetGCMemoryInfo(GCKind.Any)),
        CollectedHeap.Newest,
        () => GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false));

    /// <summary>A chunk is built, and the next one begins.</summary>
    public void ChunkEnded()
    {
        lock (_gate)
        {
            (long index, long after) = _lastFull();
            if (index == _asked || _usedBytes() - after < Math.Max(SmallestGrowth, after / GrowthDivisor))
            {
                // One that was asked for is still under way, or there is no need.
                return;
            }

            _asked = index;
            _collect();
        }
    }
}
