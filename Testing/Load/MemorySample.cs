using System.Globalization;
using Cloud.Execution.Building;

namespace Cloud.Testing.Load;

/// <summary>This process's memory at one moment, in MiB.</summary>
/// <param name="ResidentMiB">All resident pages.</param>
/// <param name="AnonymousMiB">Resident pages that are not of files; all of them where the system does not tell them apart.</param>
/// <param name="HeapMiB">The managed heap after its newest collection, with what is free in it.</param>
/// <param name="FreeMiB">What is free in it.</param>
/// <param name="LiveMiB">What the newest finished collection of all generations left in the heap, without what is free in it.</param>
/// <param name="FullCollections">Collections of all generations since the process began.</param>
public sealed record MemorySample(double ResidentMiB, double AnonymousMiB, double HeapMiB, double FreeMiB, double LiveMiB, int FullCollections)
{
    private const string Status = "/proc/self/status";

    internal static MemorySample Take()
    {
        GCMemoryInfo heap = GC.GetGCMemoryInfo(GCKind.Any);
        return new MemorySample(
            MiB(Environment.WorkingSet), Math.Round(Anonymous() ?? MiB(Environment.WorkingSet), 1), MiB(heap.HeapSizeBytes), MiB(heap.FragmentedBytes), MiB(CollectedHeap.Newest().UsedBytes), GC.CollectionCount(GC.MaxGeneration));
    }

    private static double MiB(long bytes) => Math.Round(bytes / (double)(1 << 20), 1);

    private static double? Anonymous()
    {
        if (!File.Exists(Status))
        {
            return null;
        }

        foreach (string line in File.ReadLines(Status))
        {
            if (line.StartsWith("RssAnon:", StringComparison.Ordinal))
            {
                return double.Parse(line.AsSpan("RssAnon:".Length).Trim(" \tkB"), CultureInfo.InvariantCulture) / 1024;
            }
        }

        return null;
    }
}
