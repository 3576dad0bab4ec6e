using System.Runtime;

namespace Cloud.Execution.Building;

/// <summary>
/// Has the garbage collector look at all generations, beside the program, where what the heap holds has grown by a quarter since it last did. What a transaction leaves behind lives half a minute,
/// until its block is settled: by then it is in the oldest generation, for which the collector by itself waits until it has several times what is needed. What dies there among what lives on leaves holes, which such a
/// collection does not close: where they are more than half of what is used, the heap is compacted while the program stands, just after a flashblock. Safe for use by several threads.
/// </summary>
internal sealed class CollectorBound
{
    // Smaller growth is not worth a collection: looking at all objects costs some tenths of a second of one processor.
    private const long SmallestGrowth = 64L << 20;
    private const int GrowthDivisor = 4;

    // Fewer holes are not worth a pause, which is as long as moving all that is used takes: 170 to 260 ms for 260 MiB.
    private const long FewestHoles = 128L << 20;
    private const int HolesDivisor = 2;

    private readonly Lock _gate = new();
    private readonly Func<long> _usedBytes;
    private readonly Func<CollectedHeap> _lastFull;
    private readonly Func<long> _freeBytes;
    private readonly Action _collect;
    private readonly Action _compact;
    private long _asked = -1;
    private long _leftFree;

    /// <summary>A bound of its own, for tests.</summary>
    /// <param name="usedBytes">What was in the heap after the newest collection of any generation, without what is free in it: a heap in pieces would else be let grow by a quarter of the pieces too.</param>
    /// <param name="lastFull">What the newest finished collection of all generations left.</param>
    /// <param name="freeBytes">What was free in the heap then.</param>
    /// <param name="collect">Begins a collection of all generations.</param>
    /// <param name="compact">Compacts the heap; returns when that is done.</param>
    public CollectorBound(Func<long> usedBytes, Func<CollectedHeap> lastFull, Func<long> freeBytes, Action collect, Action compact)
    {
        _usedBytes = usedBytes;
        _lastFull = lastFull;
        _freeBytes = freeBytes;
        _collect = collect;
        _compact = compact;
    }

    /// <summary>The bound of this process.</summary>
    public static CollectorBound Shared { get; } = new(
        () => CollectedHeap.UsedIn(GC.GetGCMemoryInfo(GCKind.Any)),
        CollectedHeap.Newest,
        () => GC.GetGCMemoryInfo(GCKind.Any).FragmentedBytes,
        () => GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false),
        Compact);

    /// <summary>A flashblock is emitted, and another one of the same chunk begins: there is time now for what would make one late that is nearly over.</summary>
    public void FlashblockEnded()
    {
        lock (_gate)
        {
            // A collection that was asked for and is under way would have to be waited for; and where compacting did not help, it is not tried again before there is twice as much to win.
            if (_lastFull().Index == _asked || _freeBytes() < Math.Max(Math.Max(FewestHoles, _usedBytes() / HolesDivisor), 2 * _leftFree))
            {
                return;
            }

            _compact();
            _leftFree = _freeBytes();
        }
    }

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

    private static void Compact()
    {
        // Blobs, frames and L1's replies are so large that they are not moved otherwise, and leave holes as well.
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
    }
}
