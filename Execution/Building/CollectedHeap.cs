namespace Cloud.Execution.Building;

/// <summary>What the newest finished garbage collection of all generations left of this process's heap, whether it ran beside the program or stopped it.</summary>
/// <param name="Index">The number of that collection among all; 0 before the first one.</param>
/// <param name="UsedBytes">Bytes in the heap, without what is free in it; 0 before the first one.</param>
public readonly record struct CollectedHeap(long Index, long UsedBytes)
{
    /// <summary>Asks the collector for it.</summary>
    public static CollectedHeap Newest()
    {
        GCMemoryInfo beside = GC.GetGCMemoryInfo(GCKind.Background);
        GCMemoryInfo blocking = GC.GetGCMemoryInfo(GCKind.FullBlocking);
        GCMemoryInfo newest = beside.Index > blocking.Index ? beside : blocking;
        return new CollectedHeap(newest.Index, UsedIn(newest));
    }

    internal static long UsedIn(GCMemoryInfo info) => info.HeapSizeBytes - info.FragmentedBytes;
}
