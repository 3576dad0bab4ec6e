using System.Diagnostics;
using System.Globalization;

namespace Cloud.Bench;

/// <summary>One run of a subject: measures with a stopwatch, collects the measurements, and prints each as it comes.</summary>
public sealed class BenchRun
{
    private const int Samples = 7;

    private readonly TimeSpan _budget;
    private readonly TextWriter _output;
    private readonly List<Measurement> _measurements = [];

    /// <summary>Starts a run.</summary>
    /// <param name="budget">About how long one rate is measured.</param>
    /// <param name="output">Where the lines go.</param>
    public BenchRun(TimeSpan budget, TextWriter output)
    {
        _budget = budget;
        _output = output;
        _output.WriteLine($"{"",-46} {"ours",14} {"peer",14} {"ratio",7}  unit");
    }

    /// <summary>About how long one rate is measured.</summary>
    public TimeSpan Budget => _budget;

    /// <summary>What was measured so far.</summary>
    public IReadOnlyList<Measurement> Measurements => _measurements;

    /// <summary>Measures how often an operation runs in a second, and the peer's operation in turns with it.</summary>
    /// <param name="name">What is measured.</param>
    /// <param name="unit">Unit of the rate times <paramref name="scale"/>.</param>
    /// <param name="ours">Our operation.</param>
    /// <param name="peer">The peer's operation, or null.</param>
    /// <param name="scale">Units of work in one operation, such as its bytes divided by a million for MB/s.</param>
    public void Rate(string name, string unit, Action ours, Action? peer = null, double scale = 1)
    {
        TimeSpan sample = _budget / (peer is null ? Samples : 2 * Samples);
        int oursCount = Calibrate(ours, sample);
        int peerCount = peer is null ? 0 : Calibrate(peer, sample);
        double[] oursRates = new double[Samples];
        double[] peerRates = new double[Samples];
        for (int i = 0; i < Samples; i++)
        {
            oursRates[i] = oursCount / Seconds(ours, oursCount);
            if (peer is not null)
            {
                peerRates[i] = peerCount / Seconds(peer, peerCount);
            }
        }

        AddHigherIsBetter(name, unit, Median(oursRates) * scale, peer is null ? null : Median(peerRates) * scale);
    }

    /// <summary>Adds a figure of which more is better, such as a rate.</summary>
    public void AddHigherIsBetter(string name, string unit, double ours, double? peer = null) =>
        Add(new Measurement(name, ours, peer, ours / peer, unit));

    /// <summary>Adds a figure of which less is better, such as a time or an amount of memory.</summary>
    public void AddLowerIsBetter(string name, string unit, double ours, double? peer = null) =>
        Add(new Measurement(name, ours, peer, peer / ours, unit));

    /// <summary>The median, which one slow sample on a shared machine does not move.</summary>
    /// <param name="values">At least one value; gets sorted.</param>
    /// <returns>The middle one.</returns>
    public static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    /// <summary>A percentile.</summary>
    /// <param name="values">The values; get sorted.</param>
    /// <param name="part">From 0 to 1.</param>
    /// <returns>The value below which that part lies; not a number where there is none.</returns>
    public static double Percentile(double[] values, double part)
    {
        Array.Sort(values);
        return values.Length == 0 ? double.NaN : values[Math.Min(values.Length - 1, (int)(values.Length * part))];
    }

    private void Add(Measurement measurement)
    {
        _measurements.Add(measurement);
        string peer = measurement.Peer is { } value ? Text(value) : "";
        string ratio = measurement.Ratio is { } quotient ? quotient.ToString("F2", CultureInfo.InvariantCulture) : "";
        _output.WriteLine($"{measurement.Name,-46} {Text(measurement.Ours),14} {peer,14} {ratio,7}  {measurement.Unit}");
    }

    private static string Text(double value) => value.ToString(value >= 100 ? "N0" : "N2", CultureInfo.InvariantCulture);

    // Also warms the operation up, long enough for the just-in-time compiler's last tier to arrive.
    private static int Calibrate(Action operation, TimeSpan sample)
    {
        int count = 1;
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            double seconds = Seconds(operation, count);
            if (seconds >= sample.TotalSeconds / 2 && Stopwatch.GetElapsedTime(start) >= 3 * sample)
            {
                return Math.Max(1, (int)(count * sample.TotalSeconds / seconds));
            }

            if (seconds < sample.TotalSeconds / 2)
            {
                count *= 2;
            }
        }
    }

    private static double Seconds(Action operation, int count)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            operation();
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
