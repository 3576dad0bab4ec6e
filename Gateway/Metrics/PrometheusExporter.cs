using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Cloud.Gateway.Metrics;

/// <summary>Collects this product's instruments, and the grain runtime's, and writes them in Prometheus' text format. Safe for several threads.</summary>
internal sealed class PrometheusExporter : IDisposable
{
    /// <summary>Media type of the text.</summary>
    public const string MediaType = "text/plain; version=0.0.4; charset=utf-8";

    // Tags are bounded by those who measure; this bound is for defects.
    private const int MaxSeries = 10_000;

    private static readonly double[] SecondsBands = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900];
    private static readonly string[] Meters = ["PreconfCloud.", "Microsoft.Orleans"];

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, bool> _instruments = new();
    private readonly ConcurrentDictionary<(Instrument Instrument, string Tags), Series> _series = new();

    /// <summary>Begins to collect.</summary>
    public PrometheusExporter()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (Array.Exists(Meters, meter => instrument.Meter.Name.StartsWith(meter, StringComparison.Ordinal)))
            {
                _instruments.TryAdd(instrument, true);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>Writes all series.</summary>
    /// <returns>Text in Prometheus' format.</returns>
    public string Write()
    {
        _listener.RecordObservableInstruments();
        StringBuilder text = new();
        ILookup<string, KeyValuePair<(Instrument Instrument, string Tags), Series>> series = _series.ToLookup(pair => NameOf(pair.Key.Instrument), StringComparer.Ordinal);
        foreach (Instrument instrument in _instruments.Keys.DistinctBy(NameOf, StringComparer.Ordinal).OrderBy(NameOf, StringComparer.Ordinal))
        {
            string name = NameOf(instrument);
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {(instrument.Description ?? "").Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal)}\n");
            text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} {KindOf(instrument)}\n");
            foreach (((_, string tags), Series one) in series[name].OrderBy(pair => pair.Key.Tags, StringComparer.Ordinal))
            {
                one.Write(text, name, tags);
            }
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private static string KindOf(Instrument instrument)
    {
        string type = instrument.GetType().Name;
        return type.StartsWith("Histogram", StringComparison.Ordinal) ? "histogram"
            : type.StartsWith("Counter", StringComparison.Ordinal) || type.StartsWith("ObservableCounter", StringComparison.Ordinal) ? "counter"
            : "gauge";
    }

    private static string NameOf(Instrument instrument)
    {
        string name = new([.. instrument.Name.Select(character => char.IsAsciiLetterOrDigit(character) ? character : '_')]);
        string unit = instrument.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            "ms" => "_milliseconds",
            _ => "",
        };
        name = name.EndsWith(unit, StringComparison.Ordinal) ? name : name + unit;
        return KindOf(instrument) == "counter" && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    private static string TagsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return "";
        }

        StringBuilder text = new();
        foreach ((string key, object? value) in tags)
        {
            string label = new([.. key.Select(character => char.IsAsciiLetterOrDigit(character) ? character : '_')]);
            string shown = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            shown = shown.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);
            text.Append(CultureInfo.InvariantCulture, $"{(text.Length > 0 ? "," : "")}{label}=\"{shown}\"");
        }

        return text.ToString();
    }

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string labels = TagsOf(tags);
        if (!_series.TryGetValue((instrument, labels), out Series? series))
        {
            if (_series.Count >= MaxSeries)
            {
                return;
            }

            series = _series.GetOrAdd((instrument, labels), static key => new Series(KindOf(key.Instrument) == "histogram", IsAdding(key.Instrument)));
        }

        series.Record(value);
    }

    /// <summary>Observable instruments report sums and levels, others report changes.</summary>
    private static bool IsAdding(Instrument instrument) => !instrument.IsObservable && !instrument.GetType().Name.StartsWith("Gauge", StringComparison.Ordinal);

    private sealed class Series(bool isHistogram, bool isAdding)
    {
        private readonly Lock _gate = new();
        private readonly long[] _bands = isHistogram ? new long[SecondsBands.Length + 1] : [];
        private double _sum;
        private long _count;

        public void Record(double value)
        {
            lock (_gate)
            {
                _sum = isAdding || isHistogram ? _sum + value : value;
                _count++;
                if (isHistogram)
                {
                    int band = Array.BinarySearch(SecondsBands, value);
                    _bands[band < 0 ? ~band : band]++;
                }
            }
        }

        public void Write(StringBuilder text, string name, string tags)
        {
            lock (_gate)
            {
                string braces = tags.Length > 0 ? $"{{{tags}}}" : "";
                if (!isHistogram)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{name}{braces} {_sum}\n");
                    return;
                }

                long below = 0;
                string front = tags.Length > 0 ? tags + "," : "";
                for (int i = 0; i < _bands.Length; i++)
                {
                    below += _bands[i];
                    string bound = i < SecondsBands.Length ? SecondsBands[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
                    text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{front}le=\"{bound}\"}} {below}\n");
                }

                text.Append(CultureInfo.InvariantCulture, $"{name}_sum{braces} {_sum}\n{name}_count{braces} {_count}\n");
            }
        }
    }
}
