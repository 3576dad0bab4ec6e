using Cloud.Testing.Load;

namespace Cloud.Testing.Tests.Load;

public sealed class LatencyHistogramTests
{
    [Theory]
    [InlineData(0.1, 0)]
    [InlineData(204.7, 0)]
    [InlineData(1_234.5, 0.001)]
    [InlineData(98_765.4, 0.001)]
    [InlineData(7_200_000, 0.001)]
    public void A_duration_is_found_again_exactly_where_it_is_short_and_to_a_thousandth_where_it_is_long(double ms, double tolerance)
    {
        LatencyHistogram times = new();
        times.Add(TimeSpan.FromMilliseconds(ms));
        Assert.InRange(times.PercentileMs(0.5), (ms * (1 - tolerance)) - 0.05, ms + 0.05);
        Assert.Equal(ms, times.MaxMs, 3);
    }

    [Fact]
    public void Percentiles_are_those_of_the_sorted_durations()
    {
        LatencyHistogram times = new();
        foreach (int ms in Enumerable.Range(1, 101).Reverse())
        {
            times.Add(TimeSpan.FromMilliseconds(ms));
        }

        Assert.Equal((101, 51, 100, 101), (times.Count, times.PercentileMs(0.5), times.PercentileMs(0.99), times.PercentileMs(1)));
        Assert.Equal(0, new LatencyHistogram().PercentileMs(0.5));
    }

    [Fact]
    public void What_lies_outside_counts_at_the_edges()
    {
        LatencyHistogram times = new();
        times.Add(TimeSpan.FromMilliseconds(-5));
        times.Add(TimeSpan.FromDays(30));
        Assert.Equal(2, times.Count);
        Assert.Equal(0, times.PercentileMs(0));
        Assert.True(times.PercentileMs(1) > 0);
    }
}
