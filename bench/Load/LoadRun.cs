using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Events;
using Cloud.Replica.Statuses;
using Cloud.Testing;

namespace Cloud.Load;

/// <summary>The committee under load: times of each rung as a reader of the event log sees them.</summary>
internal static class LoadRun
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    internal static async Task<int> RunAsync(LoadOptions options, FileInfo? json, FileInfo? traced, bool goals, CancellationToken cancellationToken)
    {
        using Trace? trace = traced is null ? null : new Trace(traced);
        string folder = Directory.CreateTempSubdirectory("preconf-load-").FullName;
        await using PreconfCloud cloud = await PreconfCloud.StartAsync(options.ToCloud(folder), cancellationToken);
        Recorder recorder = new(trace);
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task recording = recorder.RunAsync(cloud, end.Token);
        Transfers transfers = new(cloud.Replica, cloud.ChainId, cloud.Accounts);
        transfers.Begin();

        // The first slot warms the code up; it is not measured.
        using CancellationTokenSource warm = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task warming = transfers.RunAsync(Math.Min(options.Tps, 50), recorder.Ignore, warm.Token);
        while (recorder.Slot < 1)
        {
            await Task.Delay(100, cancellationToken);
        }

        await warm.CancelAsync();
        await warming;
        recorder.Start();
        Memory memory = new();
        TimeSpan processor = Process.GetCurrentProcess().TotalProcessorTime;
        long begin = Stopwatch.GetTimestamp();
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(options.Seconds));
        Task sending = transfers.RunAsync(options.Tps, recorder.Accepted, limit.Token);
        while (!sending.IsCompleted)
        {
            memory.Sample();
            await Task.WhenAny(sending, Task.Delay(Memory.Interval, cancellationToken));
        }

        await sending;
        memory.Sample();
        double busy = (Process.GetCurrentProcess().TotalProcessorTime - processor) / Stopwatch.GetElapsedTime(begin);
        recorder.Stop();

        // What is under way gets the time to arrive: three slots.
        for (int i = 0; i < options.Slot * 30 && recorder.Open > 0; i++)
        {
            await Task.Delay(100, cancellationToken);
        }

        await end.CancelAsync();
        await recording;
        Figures figures = recorder.ToFigures() with { RssMiB = [.. memory.Rss], HeapMiB = [.. memory.Heap], Processors = Math.Round(busy, 2) };
        string text = JsonSerializer.Serialize(figures, Indented);
        Console.WriteLine(text);
        if (json is not null)
        {
            await File.WriteAllTextAsync(json.FullName, text + "\n", cancellationToken);
        }

        bool isWell = figures.Lost == 0 && figures.Broken == 0;
        foreach (string missed in goals ? figures.Missed(options) : [])
        {
            Console.WriteLine($"goal missed: {missed}");
            isWell = false;
        }

        return isWell ? 0 : 1;
    }

    private sealed record Figures(
        int Submitted, int Lost, int Broken, Percentiles PreconfirmedMs, Percentiles AttestedMs, Percentiles SealToQuorumMs, int Chunks, int Slots, double MaxSlotGapMs, double MaxFlashblockGapMs)
    {
        public long[] RssMiB { get; init; } = [];

        public long[] HeapMiB { get; init; } = [];

        public double Processors { get; init; }

        /// <summary>What was not reached, a sentence each. Memory is judged where the run is long enough to have a steady state.</summary>
        internal IEnumerable<string> Missed(LoadOptions options)
        {
            if (Submitted < 0.99 * options.Tps * options.Seconds)
            {
                yield return $"{Submitted} transactions were accepted of {options.Tps} a second for {options.Seconds} s";
            }

            foreach ((string what, double figure, double limit) in new[]
            {
                ("submit to preconfirmed, p50", PreconfirmedMs.P50, 120),
                ("submit to preconfirmed, p99", PreconfirmedMs.P99, 300),
                ("seal to quorum, p50", SealToQuorumMs.P50, 200),
                ("seal to quorum, p99", SealToQuorumMs.P99, 1_000),
                ("gap between slots", MaxSlotGapMs, options.Flashblock),
            })
            {
                if (figure > limit)
                {
                    yield return string.Create(CultureInfo.InvariantCulture, $"{what}: {figure} ms, goal {limit} ms");
                }
            }

            int half = RssMiB.Length / 2;
            if (options.Seconds >= 300 && RssMiB[half..].Max() is var late && RssMiB[(half / 2)..half].Max() is var early && late > 1.15 * early)
            {
                yield return $"memory: at most {early} MiB in the second quarter, {late} MiB in the second half";
            }
        }
    }

    private sealed class Memory
    {
        internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

        internal List<long> Rss { get; } = [];

        internal List<long> Heap { get; } = [];

        internal void Sample()
        {
            using Process self = Process.GetCurrentProcess();
            Rss.Add(self.WorkingSet64 >> 20);
            Heap.Add(GC.GetGCMemoryInfo(GCKind.Any).HeapSizeBytes >> 20);
        }
    }

    private sealed class Recorder(Trace? trace)
    {
        private readonly ConcurrentDictionary<Hash256, DateTimeOffset> _accepted = new();
        private readonly ConcurrentDictionary<Hash256, DateTimeOffset> _preconfirmed = new();
        private readonly ConcurrentDictionary<Hash256, DateTimeOffset> _attested = new();
        private readonly Dictionary<Hash256, DateTimeOffset> _sealed = [];
        private readonly List<double> _quorum = [];
        private readonly List<double> _gaps = [];
        private readonly List<double> _slotGaps = [];
        private readonly HashSet<ulong> _slots = [];
        private (ulong Slot, DateTimeOffset At)? _flashblock;
        private bool _isMeasuring;
        private int _broken;

        internal int Open => _accepted.Keys.Count(hash => !_attested.ContainsKey(hash));

        internal ulong Slot => _flashblock?.Slot ?? 0;

        internal void Ignore(Hash256 transaction, DateTimeOffset at)
        {
        }

        internal void Accepted(Hash256 transaction, DateTimeOffset at) => _accepted[transaction] = at;

        internal void Start() => _isMeasuring = true;

        internal void Stop() => _isMeasuring = false;

        internal async Task RunAsync(PreconfCloud cloud, CancellationToken cancellationToken)
        {
            if (cloud.Replica.Events.Subscribe(null, capacity: 65_536) is not Subscribing.Subscribed { Subscription: var subscription })
            {
                throw new InvalidOperationException("The event log takes no reader.");
            }

            using (subscription)
            {
                try
                {
                    await foreach (ReplicaEvent happened in subscription.Reader.ReadAllAsync(cancellationToken))
                    {
                        Take(happened, TimeProvider.System.GetUtcNow());
                    }
                }
                catch (OperationCanceledException)
                {
                }
            }
        }

        internal Figures ToFigures() => new(
            _accepted.Count,
            Open,
            _broken,
            Percentiles.Of(Latencies(_preconfirmed)),
            Percentiles.Of(Latencies(_attested)),
            Percentiles.Of(_quorum),
            _quorum.Count,
            _slots.Count,
            Math.Round(_slotGaps.DefaultIfEmpty().Max(), 1),
            Math.Round(_gaps.DefaultIfEmpty().Max(), 1));

        private IEnumerable<double> Latencies(ConcurrentDictionary<Hash256, DateTimeOffset> reached)
        {
            foreach ((Hash256 hash, DateTimeOffset at) in _accepted)
            {
                if (reached.TryGetValue(hash, out DateTimeOffset then))
                {
                    yield return (then - at).TotalMilliseconds;
                }
            }
        }

        private void Take(ReplicaEvent happened, DateTimeOffset now)
        {
            switch (happened)
            {
                case ReplicaEvent.StatusChanged { Change: var change }:
                    _broken += change.Broken is null ? 0 : 1;
                    if (change.Status is TransactionStatus.Preconfirmed)
                    {
                        _preconfirmed.TryAdd(change.Transaction, now);
                    }
                    else if (change.Status is TransactionStatus.Attested or TransactionStatus.Checkpointed)
                    {
                        _attested.TryAdd(change.Transaction, now);
                    }

                    break;
                case ReplicaEvent.FlashblockShown { Flashblock.Payload: FlashblockPayload payload }:
                    trace?.Write($"flashblock {payload.Slot} {payload.Chunk} {payload.Index} last {payload.IsLast} transactions {payload.Diff.Transactions.Length} gap {(_flashblock is { } before ? (now - before.At).TotalMilliseconds : 0):F0} since emitted {now.ToUnixTimeMilliseconds() - (long)payload.EmittedAt}");
                    if (_isMeasuring && _flashblock is { } last)
                    {
                        (last.Slot == payload.Slot ? _gaps : _slotGaps).Add((now - last.At).TotalMilliseconds);
                        _slots.Add(payload.Slot);
                    }

                    _flashblock = (payload.Slot, now);
                    break;
                case ReplicaEvent.ChunkExecuted { Block.Proposal.Header: { } header }:
                    trace?.Write($"chunk {header.Slot} {header.Index}");
                    _sealed[header.Hash] = now;
                    break;
                case ReplicaEvent.ChunkCertified certified when _isMeasuring && _sealed.Remove(certified.Certificate.ChunkHash, out DateTimeOffset at):
                    _quorum.Add((now - at).TotalMilliseconds);
                    break;
                case ReplicaEvent.CheckpointLanded landed:
                    trace?.Write($"landed {landed.Header.Slot}");
                    break;
                case ReplicaEvent.TipMoved moved:
                    trace?.Write($"tip {moved.Tip} {moved.To.Number}");
                    break;
                case ReplicaEvent.Stored stored:
                    trace?.Write($"stored {stored}");
                    break;
                default:
                    break;
            }
        }
    }
}
