namespace Cloud.Load;

/// <summary>How a measured time is spread, in milliseconds.</summary>
internal sealed record Percentiles(double P50, double P99, double Max)
{
    internal static Percentiles Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? new Percentiles(0, 0, 0) : new Percentiles(At(0.5), At(0.99), Math.Round(sorted[^1], 1));

        double At(double part) => Math.Round(sorted[(int)(part * (sorted.Length - 1))], 1);
    }
}
