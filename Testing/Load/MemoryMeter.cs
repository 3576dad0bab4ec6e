using System.Globalization;

namespace Cloud.Testing.Load;

/// <summary>Watches this process's memory over a run, and judges whether it is flat. One caller at a time.</summary>
/// <remarks>
/// <para>Judged are two sizes. What the process needs: what is in its heap after the newest collection of all generations, as the lowest sample of the third quarter and of the last one,
/// since books that are emptied from time to time are fuller before. What it takes: its resident pages that are no pages of files, as the highest sample of the same quarters. Pages of database files are in the resident size too,
/// but they are the kernel's cache: it takes them back when somebody else needs memory.</para>
/// <para>No collection is forced: one that holds the process up would be in the times that are measured beside it.</para>
/// </remarks>
public sealed class MemoryMeter
{
    /// <summary>Shortest run whose memory has a steady state to judge: the last book is full, at some hundred transactions a second, after four minutes, and the middle comes after that.</summary>
    public static readonly TimeSpan ShortestJudged = TimeSpan.FromMinutes(9);

    /// <summary>Time between two samples.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private const double Tolerance = 0.05;

    // A process of this kind has about so much more or less from one second to the next: a chunk more in the making, a collection earlier or later.
    private const double Noise = 8;

    private readonly List<MemorySample> _samples = [];

    /// <summary>The samples, oldest first.</summary>
    public IReadOnlyList<MemorySample> Samples => _samples;

    /// <summary>Lowest size of what the heap held after a collection of all generations in the third quarter of the run, in MiB; 0 where there was none.</summary>
    public double MiddleLiveMiB => Lowest(_samples.Count / 2, _samples.Count * 3 / 4);

    /// <summary>The same of the last quarter.</summary>
    public double EndLiveMiB => Lowest(_samples.Count * 3 / 4, _samples.Count);

    /// <summary>Highest resident size of pages that are not of files in the third quarter of the run, in MiB.</summary>
    public double MiddleAnonymousMiB => Highest(_samples.Count / 2, _samples.Count * 3 / 4);

    /// <summary>Highest resident size of pages that are not of files in the last quarter of the run, in MiB.</summary>
    public double EndAnonymousMiB => Highest(_samples.Count * 3 / 4, _samples.Count);

    /// <summary>Watches until a task ends.</summary>
    /// <param name="run">What is watched.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public async Task WatchAsync(Task run, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        while (!run.IsCompleted)
        {
            _samples.Add(MemorySample.Take());
            await Task.WhenAny(run, Task.Delay(Interval, TimeProvider.System, cancellationToken)).ConfigureAwait(false);
        }

        _samples.Add(MemorySample.Take());
    }

    /// <summary>Judges the run.</summary>
    /// <returns>A sentence for each size that grew by more than five of a hundred from the middle to the end of the run; none where both are flat.</returns>
    public IEnumerable<string> Growth()
    {
        if (Grew(MiddleLiveMiB, EndLiveMiB))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"in the heap after collections: at least {MiddleLiveMiB:F0} MiB in the third quarter, {EndLiveMiB:F0} MiB in the last");
        }

        if (Grew(MiddleAnonymousMiB, EndAnonymousMiB))
        {
            yield return string.Create(
                CultureInfo.InvariantCulture, $"resident without pages of files: at most {MiddleAnonymousMiB:F0} MiB in the third quarter, {EndAnonymousMiB:F0} MiB in the last");
        }
    }

    private static bool Grew(double middle, double end) => end > (middle * (1 + Tolerance)) + Noise;

    private double Lowest(int from, int to)
    {
        double lowest = double.MaxValue;
        for (int i = from; i < to; i++)
        {
            lowest = Math.Min(lowest, _samples[i].LiveMiB);
        }

        return lowest < double.MaxValue ? lowest : 0;
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
