using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Events;
using Cloud.Replica.Statuses;
using Cloud.Testing;
using Cloud.Testing.Load;

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

        // The first slot warms the code up, and whatever else is wanted fills the books; that is not measured.
        using CancellationTokenSource warm = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task warming = transfers.RunAsync(options.WarmUp > 0 ? options.Tps : Math.Min(options.Tps, 50), null, warm.Token);
        long warmed = Stopwatch.GetTimestamp();
        while (recorder.Slot < 1 || Stopwatch.GetElapsedTime(warmed).TotalSeconds < options.WarmUp)
        {
            await Task.Delay(100, cancellationToken);
        }

        await warm.CancelAsync();
        await warming;
        recorder.Start();
        MemoryMeter memory = new();
        TimeSpan processor = Process.GetCurrentProcess().TotalProcessorTime;
        long begin = Stopwatch.GetTimestamp();
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(options.Seconds));
        Task sending = transfers.RunAsync(options.Tps, recorder, limit.Token);
        await memory.WatchAsync(sending, cancellationToken);
        await sending;
        double busy = (Process.GetCurrentProcess().TotalProcessorTime - processor) / Stopwatch.GetElapsedTime(begin);
        recorder.Stop();

        // What is under way gets the time to arrive: three slots.
        for (int i = 0; i < options.Slot * 30 && recorder.Open > 0; i++)
        {
            await Task.Delay(100, cancellationToken);
        }

        await end.CancelAsync();
        await recording;
        Figures figures = recorder.ToFigures() with
        {
            RssMiB = [.. memory.Samples.Select(sample => sample.ResidentMiB)],
            AnonymousMiB = [.. memory.Samples.Select(sample => sample.AnonymousMiB)],
            HeapMiB = [.. memory.Samples.Select(sample => sample.HeapMiB)],
            FreeMiB = [.. memory.Samples.Select(sample => sample.FreeMiB)],
            FullCollections = [.. memory.Samples.Select(sample => sample.FullCollections)],
            LiveMiB = [.. memory.Samples.Select(sample => sample.LiveMiB)],
            Processors = Math.Round(busy, 2),
        };
        string text = JsonSerializer.Serialize(figures, Indented);
        Console.WriteLine(text);
        if (json is not null)
        {
            await File.WriteAllTextAsync(json.FullName, text + "\n", cancellationToken);
        }

        bool isWell = figures.Lost == 0 && figures.Broken == 0;
        foreach (string missed in goals ? figures.Missed(options, memory) : [])
        {
            Console.WriteLine($"goal missed: {missed}");
            isWell = false;
        }

        return isWell ? 0 : 1;
    }

    private sealed record Figures(
        int Submitted, int Lost, int Broken, Percentiles PreconfirmedMs, Percentiles AttestedMs, Percentiles SealToQuorumMs, int Chunks, int Slots, double MaxSlotGapMs, double MaxFlashblockGapMs)
    {
        public double[] RssMiB { get; init; } = [];

        /// <summary>Resident pages that are not of files.</summary>
        public double[] AnonymousMiB { get; init; } = [];

        public double[] HeapMiB { get; init; } = [];

        /// <summary>What is free in the heap.</summary>
        public double[] FreeMiB { get; init; } = [];

        public int[] FullCollections { get; init; } = [];

        /// <summary>What the newest collection of all generations left.</summary>
        public double[] LiveMiB { get; init; } = [];

        public double Processors { get; init; }

        /// <summary>What was not reached, a sentence each. Memory is judged where the run is long enough to have a steady state.</summary>
        internal IEnumerable<string> Missed(LoadOptions options, MemoryMeter memory)
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

            foreach (string grown in TimeSpan.FromSeconds(options.Seconds) >= MemoryMeter.ShortestJudged ? memory.Growth() : [])
            {
                yield return $"memory is not flat: {grown}";
            }
        }
    }

    private sealed class Recorder(Trace? trace) : ISubmissionWatch
    {
        // Of each transaction only when it was sent, and only until it is attested: what the recorder keeps must not look like a leak of the chain's.
        private readonly ConcurrentDictionary<Hash256, Sent> _open = new();
        private readonly Dictionary<Hash256, DateTimeOffset> _sealed = [];
        private readonly LatencyHistogram _preconfirmed = new();
        private readonly LatencyHistogram _attested = new();
        private readonly LatencyHistogram _quorum = new();
        private TimeSpan _gap;
        private TimeSpan _slotGap;
        private int _slots;
        private ulong? _slot;
        private int _accepted;
        private (ulong Slot, DateTimeOffset At)? _flashblock;
        private bool _isMeasuring;
        private int _broken;

        internal int Open => _open.Values.Count(sent => sent.IsAccepted);

        internal ulong Slot => _flashblock?.Slot ?? 0;

        public void Sending(Hash256 transaction, DateTimeOffset at) => _open[transaction] = new Sent(at);

        public void Answered(Hash256 transaction, bool isAccepted)
        {
            if (!isAccepted)
            {
                _open.TryRemove(transaction, out _);
                return;
            }

            Interlocked.Increment(ref _accepted);
            if (_open.TryGetValue(transaction, out Sent? sent))
            {
                sent.IsAccepted = true;
            }
        }

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
            _accepted,
            Open,
            _broken,
            Percentiles.Of(_preconfirmed),
            Percentiles.Of(_attested),
            Percentiles.Of(_quorum),
            _quorum.Count,
            _slots,
            Math.Round(_slotGap.TotalMilliseconds, 1),
            Math.Round(_gap.TotalMilliseconds, 1));

        private void Take(ReplicaEvent happened, DateTimeOffset now)
        {
            switch (happened)
            {
                case ReplicaEvent.StatusChanged { Change: var change }:
                    _broken += change.Broken is null ? 0 : 1;
                    if (change.Status is TransactionStatus.Preconfirmed)
                    {
                        if (_open.TryGetValue(change.Transaction, out Sent? sent) && !sent.IsPreconfirmed)
                        {
                            sent.IsPreconfirmed = true;
                            _preconfirmed.Add(now - sent.At);
                        }
                    }
                    else if (change.Status is TransactionStatus.Attested or TransactionStatus.Checkpointed && _open.TryRemove(change.Transaction, out Sent? open))
                    {
                        _attested.Add(now - open.At);
                    }

                    break;
                case ReplicaEvent.FlashblockShown { Flashblock.Payload: FlashblockPayload payload }:
                    trace?.Write($"flashblock {payload.Slot} {payload.Chunk} {payload.Index} last {payload.IsLast} transactions {payload.Diff.Transactions.Length} gap {(_flashblock is { } before ? (now - before.At).TotalMilliseconds : 0):F0} since emitted {now.ToUnixTimeMilliseconds() - (long)payload.EmittedAt}");
                    if (_isMeasuring && _flashblock is { } last)
                    {
                        ref TimeSpan longest = ref last.Slot == payload.Slot ? ref _gap : ref _slotGap;
                        longest = now - last.At > longest ? now - last.At : longest;
                        _slots += payload.Slot == _slot ? 0 : 1;
                        _slot = payload.Slot;
                    }

                    _flashblock = (payload.Slot, now);
                    break;
                case ReplicaEvent.ChunkExecuted { Block.Proposal.Header: { } header }:
                    trace?.Write($"chunk {header.Slot} {header.Index}");
                    _sealed[header.Hash] = now;
                    break;
                case ReplicaEvent.ChunkCertified certified when _sealed.Remove(certified.Certificate.ChunkHash, out DateTimeOffset at):
                    if (_isMeasuring)
                    {
                        _quorum.Add(now - at);
                    }

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

        private sealed class Sent(DateTimeOffset at)
        {
            internal DateTimeOffset At => at;

            internal bool IsAccepted { get; set; }

            internal bool IsPreconfirmed { get; set; }
        }
    }
}
