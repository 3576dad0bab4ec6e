using System.Diagnostics;
using System.Globalization;

namespace Cloud.Testing.Load;

/// <summary>Watches this process's memory over a run, and judges whether it is flat. One caller at a time.</summary>
/// <remarks>
/// <para>Judged are two sizes. What the process needs: its objects in the older generations as a full collection finds them, taken in the middle of the run and at its end.
/// What it takes: its resident pages that are no pages of files, as the highest sample of the third and of the last quarter. Pages of database files are in the resident size too,
/// but they are the kernel's cache: it takes them back when somebody else needs memory.</para>
/// <para>The full collection in the middle holds the process up once, for as long as its live objects take to look at: some tenths of a second for some hundred MiB.</para>
/// </remarks>
public sealed class MemoryMeter
{
    /// <summary>Shortest run whose memory has a steady state to judge: books fill for about two minutes.</summary>
    public static readonly TimeSpan ShortestJudged = TimeSpan.FromMinutes(5);

    /// <summary>Time between two samples.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private const double MiB = 1 << 20;
    private const double Tolerance = 0.05;

    // A process of this kind has about so much more or less from one second to the next: a chunk more in the making, a collection earlier or later.
    private const double Noise = 8;

    private readonly List<MemorySample> _samples = [];

    /// <summary>The samples, oldest first.</summary>
    public IReadOnlyList<MemorySample> Samples => _samples;

    /// <summary>Live objects in the middle of the run, in MiB; null before.</summary>
    public double? MiddleLiveMiB { get; private set; }

    /// <summary>Live objects at the end of the run, in MiB; null before.</summary>
    public double? EndLiveMiB { get; private set; }

    /// <summary>Highest resident size of pages that are not of files in the third quarter of the run, in MiB.</summary>
    public double MiddleAnonymousMiB => Highest(_samples.Count / 2, _samples.Count * 3 / 4);

    /// <summary>Highest resident size of pages that are not of files in the last quarter of the run, in MiB.</summary>
    public double EndAnonymousMiB => Highest(_samples.Count * 3 / 4, _samples.Count);

    /// <summary>Watches until a task ends.</summary>
    /// <param name="run">What is watched.</param>
    /// <param name="duration">How long it will take; null where that is not known: then the middle is not looked at.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public async Task WatchAsync(Task run, TimeSpan? duration, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        long begin = Stopwatch.GetTimestamp();
        while (!run.IsCompleted)
        {
            _samples.Add(MemorySample.Take());
            if (MiddleLiveMiB is null && Stopwatch.GetElapsedTime(begin) >= duration / 2)
            {
                MiddleLiveMiB = LiveMiB();
            }

            await Task.WhenAny(run, Task.Delay(Interval, TimeProvider.System, cancellationToken)).ConfigureAwait(false);
        }

        _samples.Add(MemorySample.Take());
        EndLiveMiB = LiveMiB();
    }

    /// <summary>Judges the run.</summary>
    /// <returns>A sentence for each size that grew by more than five of a hundred from the middle to the end of the run; none where both are flat.</returns>
    public IEnumerable<string> Growth()
    {
        if (Grew(MiddleLiveMiB ?? 0, EndLiveMiB ?? 0))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"live objects after a full collection: {MiddleLiveMiB:F0} MiB in the middle, {EndLiveMiB:F0} MiB at the end");
        }

        if (Grew(MiddleAnonymousMiB, EndAnonymousMiB))
        {
            yield return string.Create(
                CultureInfo.InvariantCulture, $"resident without pages of files: at most {MiddleAnonymousMiB:F0} MiB in the third quarter, {EndAnonymousMiB:F0} MiB in the last");
        }
    }

    private static bool Grew(double middle, double end) => end > (middle * (1 + Tolerance)) + Noise;

    private static double LiveMiB()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
        return GC.GetTotalMemory(forceFullCollection: false) / MiB;
    }

    private double Highest(int from, int to)
    {
        double highest = 0;
        for (int i = from; i < to; i++)
        {
            highest = Math.Max(highest, _samples[i].AnonymousMiB);
        }

        return highest;
    }
}
