using Cloud.Gateway.Status.Documents;

namespace Cloud.Gateway.Status;

/// <summary>How long transactions took to each rung, over the last ten minutes. Times are counted in bands of 5 %, so that percentiles are as exact as that. Not safe for several threads.</summary>
internal sealed class RungTimings
{
    private const int Slices = 60;
    private const double Growth = 1.05;
    private const int Bands = 400;
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(10);
    private static readonly TransactionState[] Rungs =
    [
        TransactionState.Preconfirmed, TransactionState.Proposed, TransactionState.Attested, TransactionState.Checkpointed, TransactionState.Proven, TransactionState.Finalized,
    ];

    private readonly int[,,] _counts = new int[Rungs.Length, Slices, Bands];
    private readonly long[] _slices = new long[Slices];

    /// <summary>Counts a transaction that reached a rung.</summary>
    /// <param name="rung">The rung.</param>
    /// <param name="took">Since it was accepted.</param>
    /// <param name="now">The present.</param>
    public void Add(TransactionState rung, TimeSpan took, DateTimeOffset now)
    {
        int index = Array.IndexOf(Rungs, rung);
        if (index < 0)
        {
            return;
        }

        int slice = SliceAt(now);
        double milliseconds = Math.Max(0, took.TotalMilliseconds);
        int band = milliseconds < 1 ? 0 : Math.Min(Bands - 1, 1 + (int)(Math.Log(milliseconds) / Math.Log(Growth)));
        _counts[index, slice, band]++;
    }

    /// <summary>The percentiles.</summary>
    /// <param name="now">The present.</param>
    /// <returns>One for each rung.</returns>
    public RungTimesDocument Read(DateTimeOffset now)
    {
        SliceAt(now);
        return new RungTimesDocument(Percentiles(0), Percentiles(1), Percentiles(2), Percentiles(3), Percentiles(4), Percentiles(5));
    }

    private int SliceAt(DateTimeOffset now)
    {
        long number = now.Ticks / Slice.Ticks;
        int place = (int)(number % Slices);
        for (int i = 0; i < Slices; i++)
        {
            if (_slices[i] != 0 && _slices[i] <= number - Slices)
            {
                _slices[i] = 0;
                for (int rung = 0; rung < Rungs.Length; rung++)
                {
                    for (int band = 0; band < Bands; band++)
                    {
                        _counts[rung, i, band] = 0;
                    }
                }
            }
        }

        _slices[place] = number;
        return place;
    }

    private PercentilesDocument Percentiles(int rung)
    {
        Span<long> bands = stackalloc long[Bands];
        bands.Clear();
        long count = 0;
        for (int slice = 0; slice < Slices; slice++)
        {
            for (int band = 0; band < Bands; band++)
            {
                bands[band] += _counts[rung, slice, band];
                count += _counts[rung, slice, band];
            }
        }

        return count == 0 ? new PercentilesDocument(0, null, null, null) : new PercentilesDocument(count, At(bands, count, 0.50), At(bands, count, 0.95), At(bands, count, 0.99));
    }

    private static double At(ReadOnlySpan<long> bands, long count, double share)
    {
        long wanted = (long)Math.Ceiling(count * share);
        long seen = 0;
        for (int band = 0; band < bands.Length; band++)
        {
            seen += bands[band];
            if (seen >= wanted)
            {
                return band == 0 ? 0.5 : Math.Round(Math.Pow(Growth, band - 0.5), 1);
            }
        }

        return 0;
    }
}
