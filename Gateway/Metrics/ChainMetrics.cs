using System.Diagnostics.Metrics;

namespace Cloud.Gateway.Metrics;

/// <summary>What the gateway measures of the chain. No tag holds a slot, a hash or an address.</summary>
internal sealed class ChainMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "PreconfCloud.Chain";

    private readonly Meter _meter;
    private readonly Histogram<double> _rungs;
    private readonly Histogram<double> _quorum;
    private readonly Histogram<double> _margin;
    private readonly Counter<long> _broken;
    private readonly Counter<long> _reorgs;
    private readonly Counter<long> _evidence;
    private readonly Counter<long> _chunks;
    private readonly Counter<long> _checkpoints;

    /// <summary>Makes the instruments.</summary>
    /// <param name="factory">From the host.</param>
    public ChainMetrics(IMeterFactory factory)
    {
        _meter = factory.Create(MeterName);
        _rungs = _meter.CreateHistogram<double>("preconf.rung.duration", "s", "Time from acceptance to each rung");
        _quorum = _meter.CreateHistogram<double>("preconf.quorum.duration", "s", "Time from a chunk's seal to its certificate");
        _margin = _meter.CreateHistogram<double>("preconf.chunk.margin", "s", "Time left to the last instant to receive a chunk when it was executed here");
        _broken = _meter.CreateCounter<long>("preconf.promises.broken", "{promise}", "Promises that did not hold, by reason");
        _reorgs = _meter.CreateCounter<long>("preconf.reorgs", "{reorg}", "Reorganisations by kind");
        _evidence = _meter.CreateCounter<long>("preconf.evidence", "{fault}", "Faults that are proven against a key");
        _chunks = _meter.CreateCounter<long>("preconf.chunks", "{chunk}", "Chunks executed here");
        _checkpoints = _meter.CreateCounter<long>("preconf.checkpoints.landed", "{checkpoint}", "Checkpoints that landed on L1");
    }

    /// <summary>A transaction reached a rung.</summary>
    public void Rung(string rung, TimeSpan took) => _rungs.Record(took.TotalSeconds, new KeyValuePair<string, object?>("rung", rung));

    /// <summary>A chunk got its certificate.</summary>
    public void Certified(TimeSpan sinceSeal) => _quorum.Record(Math.Max(0, sinceSeal.TotalSeconds));

    /// <summary>A chunk was executed here.</summary>
    public void Executed(TimeSpan margin)
    {
        _chunks.Add(1);
        _margin.Record(margin.TotalSeconds);
    }

    /// <summary>A promise did not hold.</summary>
    public void Broken(string reason) => _broken.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <summary>Chunks left the chain or fell behind a tip.</summary>
    public void Reorg(string kind) => _reorgs.Add(1, new KeyValuePair<string, object?>("kind", kind));

    /// <summary>A fault was proven.</summary>
    public void Evidence() => _evidence.Add(1);

    /// <summary>A checkpoint landed.</summary>
    public void Landed() => _checkpoints.Add(1);

    /// <summary>Adds a level that is read when somebody asks.</summary>
    public void Observe(string name, string unit, string description, Func<double> read) => _meter.CreateObservableGauge(name, read, unit, description);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
