using System.Numerics;

namespace Cloud.Testing.Load;

/// <summary>How durations are spread, in memory that does not grow with their number. Exact to 0.1 ms below 204.8 ms, to a thousandth above. Not safe for use by several threads.</summary>
public sealed class LatencyHistogram
{
    private const int Exact = 2048;
    private const int Mantissa = Exact / 2;
    private const int MaxShift = 20;
    private const double UnitsPerMs = 10;

    private readonly int[] _counts = new int[Exact + (MaxShift * Mantissa)];

    /// <summary>How many durations it has.</summary>
    public int Count { get; private set; }

    /// <summary>The longest duration, in milliseconds; 0 for none.</summary>
    public double MaxMs { get; private set; }

    /// <summary>Adds a duration.</summary>
    /// <param name="duration">The duration; one below zero counts as zero, one above two days as two days.</param>
    public void Add(TimeSpan duration)
    {
        double ms = Math.Max(0, duration.TotalMilliseconds);
        _counts[PlaceOf((long)Math.Round(ms * UnitsPerMs))]++;
        Count++;
        MaxMs = Math.Max(MaxMs, ms);
    }

    /// <summary>The duration that a share of all is at or below.</summary>
    /// <param name="share">The share, 0 to 1.</param>
    /// <returns>Milliseconds; 0 where there are no durations.</returns>
    public double PercentileMs(double share)
    {
        long left = (long)(share * Math.Max(0, Count - 1));
        for (int place = 0; place < _counts.Length; place++)
        {
            left -= _counts[place];
            if (left < 0)
            {
                return Math.Min(ValueAt(place) / UnitsPerMs, MaxMs);
            }
        }

        return 0;
    }

    private static int PlaceOf(long value)
    {
        if (value < Exact)
        {
            return (int)value;
        }

        int shift = 64 - BitOperations.LeadingZeroCount((ulong)value) - BitOperations.Log2(Exact);
        return shift > MaxShift ? Exact + (MaxShift * Mantissa) - 1 : Exact + ((shift - 1) * Mantissa) + (int)(value >> shift) - Mantissa;
    }

    private static double ValueAt(int place)
    {
        if (place < Exact)
        {
            return place;
        }

        int shift = ((place - Exact) / Mantissa) + 1;
        return (double)((long)(((place - Exact) % Mantissa) + Mantissa) << shift);
    }
}
