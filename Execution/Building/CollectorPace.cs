namespace Cloud.Execution.Building;

/// <summary>
/// Has the garbage collector come right after a flashblock, where it would otherwise come before the end of the next one. Its pause is as long, but falls when there is time,
/// and does not make a flashblock late. Safe for use by several threads.
/// </summary>
/// <remarks>
/// How much may be allocated between two collections is the runtime's secret, and changes. What was allocated between the last ones tells about it: where the rest is less than
/// what the last flashblocks took, a collection is near.
/// </remarks>
internal sealed class CollectorPace
{
    // Below this nothing is foreseen: a process that allocates little has short pauses.
    private const long SmallestBudget = 8L << 20;

    // After as many of our own a later one is tried out.
    private const int TrustedCollections = 16;

    private readonly Lock _gate = new();
    private readonly Func<long> _allocatedBytes;
    private readonly Func<int> _collections;
    private readonly Action _collect;
    private int _seen;
    private long _lastLook;
    private long _lastCollection;
    private long _perFlashblock;
    private long _budget = long.MaxValue;
    private int _inARow;

    /// <summary>A pace of its own, for tests.</summary>
    /// <param name="allocatedBytes">Bytes that the process has allocated so far.</param>
    /// <param name="collections">Collections so far.</param>
    /// <param name="collect">Collects the youngest generation.</param>
    public CollectorPace(Func<long> allocatedBytes, Func<int> collections, Action collect)
    {
        _allocatedBytes = allocatedBytes;
        _collections = collections;
        _collect = collect;
        _seen = collections();
        _lastLook = _lastCollection = allocatedBytes();
    }

    /// <summary>The pace of this process.</summary>
    public static CollectorPace Shared { get; } =
        new(() => GC.GetTotalAllocatedBytes(precise: false), () => GC.CollectionCount(0), () => GC.Collect(0, GCCollectionMode.Forced, blocking: true));

    /// <summary>A flashblock is emitted, and the next one begins.</summary>
    public void FlashblockEnded()
    {
        lock (_gate)
        {
            long allocated = _allocatedBytes();
            int collections = _collections();

            // The runtime counts anew where it changes the number of its heaps.
            long took = Math.Max(0, allocated - _lastLook);
            _lastCollection = Math.Min(_lastCollection, allocated);

            // The largest of late, which is forgotten slowly: load comes in bursts.
            _perFlashblock = Math.Max(took, _perFlashblock - (_perFlashblock / 8));
            if (collections != _seen)
            {
                // One of our own says nothing of the budget, and where several came at once each had its part of it.
                long budget = (allocated - _lastCollection) / (collections - _seen);
                _budget = Math.Max(SmallestBudget, Math.Min(budget, _budget == long.MaxValue ? budget : _budget + (_budget / 8)));
                _lastCollection = allocated - (took / 2);
                _inARow = 0;
            }
            else if (_budget != long.MaxValue && allocated - _lastCollection + _perFlashblock + (_perFlashblock / 2) >= _budget)
            {
                _collect();
                _lastCollection = allocated;

                // It may have become more meanwhile, and nobody would ever know.
                if (++_inARow > TrustedCollections)
                {
                    _budget += _budget / 8;
                }
            }

            _seen = _collections();
            _lastLook = allocated;
        }
    }
}
