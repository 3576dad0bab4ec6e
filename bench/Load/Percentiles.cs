using Cloud.Testing.Load;

namespace Cloud.Load;

/// <summary>How a measured time is spread, in milliseconds.</summary>
internal sealed record Percentiles(double P50, double P99, double Max)
{
    internal static Percentiles Of(IEnumerable<double> values)
    {
        LatencyHistogram times = new();
        foreach (double value in values)
        {
            times.Add(TimeSpan.FromMilliseconds(value));
        }

        return Of(times);
    }

    internal static Percentiles Of(LatencyHistogram times) => new(Math.Round(times.PercentileMs(0.5), 1), Math.Round(times.PercentileMs(0.99), 1), Math.Round(times.MaxMs, 1));
}
