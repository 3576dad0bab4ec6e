namespace Cloud.Gateway.Status;

/// <summary>Counts over the last ten seconds. Not safe for several threads.</summary>
internal sealed class RateMeter
{
    private const int Seconds = 10;

    private readonly long[] _counts = new long[Seconds];
    private readonly long[] _seconds = new long[Seconds];

    /// <summary>Counts.</summary>
    /// <param name="count">How many.</param>
    /// <param name="now">When.</param>
    public void Add(int count, DateTimeOffset now)
    {
        long second = now.ToUnixTimeSeconds();
        int place = (int)(second % Seconds);
        if (_seconds[place] != second)
        {
            _seconds[place] = second;
            _counts[place] = 0;
        }

        _counts[place] += count;
    }

    /// <summary>How many a second.</summary>
    /// <param name="now">The present.</param>
    /// <returns>The mean over the last ten seconds.</returns>
    public double Read(DateTimeOffset now)
    {
        long second = now.ToUnixTimeSeconds();
        long sum = 0;
        for (int i = 0; i < Seconds; i++)
        {
            sum += second - _seconds[i] < Seconds ? _counts[i] : 0;
        }

        return (double)sum / Seconds;
    }
}
