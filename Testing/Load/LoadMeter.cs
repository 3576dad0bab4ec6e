using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Chain;
using Cloud.Replica.Events;
using Cloud.Replica.Views;
using Cloud.Settlement.Rollups;
using Cloud.Settlement.Watching;
using Cloud.Silo.Rollups;
using Microsoft.Extensions.DependencyInjection;

namespace Cloud.Testing.Load;

/// <summary>Watches a chain under load: when each transaction was submitted and when it reached each rung, by the events as a subscriber gets them.</summary>
internal sealed class LoadMeter
{
    private const int Rungs = 8;
    private const int Checkpointed = 5;
    private const int Proven = 6;
    private const int Finalized = 7;
    private const int EventCapacity = 1 << 18;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ViewLag = TimeSpan.FromSeconds(10);

    private readonly PreconfCloud _cloud;
    private readonly TimeProvider _real = TimeProvider.System;
    // Only until a transaction's block is settled: what the meter keeps must not grow with the run.
    private readonly ConcurrentDictionary<Hash256, Watched> _transactions = [];
    // Of blocks that are settled but not final: the node tells no statuses of their transactions any more, only how far its tips are.
    private readonly SortedDictionary<ulong, List<Watched>> _settled = [];
    private readonly LatencyHistogram[] _times = [.. Enumerable.Range(0, Rungs).Select(_ => new LatencyHistogram())];
    private readonly HashSet<ulong> _unposted = [];
    private readonly ConcurrentDictionary<string, int> _refusals = new(StringComparer.Ordinal);
    private readonly List<PostedCheckpoint> _landed = [];
    private readonly List<Hash256> _unseen = [];
    private readonly Lock _gate = new();
    private TimeSpan _processor;
    private long _started;
    private bool _isStarted;
    private bool _isIdle;
    private long _taken;
    private int _broken;
    private int _reorgs;
    private int _chunks;
    private long _lastSeal;
    private double _maxGap;
    private string? _brokenWhy;
    private bool _fellBehind;
    private long _submitted;
    private ulong _settledThrough;
    private ulong? _firstSlot;
    private ulong _lastSlot;
    private int _slots;

    internal LoadMeter(PreconfCloud cloud) => _cloud = cloud;

    /// <summary>From now on it counts.</summary>
    internal void Start()
    {
        using Process process = Process.GetCurrentProcess();
        _processor = process.TotalProcessorTime;
        _started = _real.GetTimestamp();
        lock (_gate)
        {
            _isStarted = true;
            _lastSeal = 0;
            _settledThrough = _cloud.Replica.View.Tips.Checkpointed.Number;
        }
    }

    internal void Submitting(Hash256 transaction)
    {
        Interlocked.Increment(ref _submitted);
        _transactions[transaction] = new Watched(_real.GetTimestamp());
    }

    internal void Refused(Hash256 transaction, string why)
    {
        Interlocked.Decrement(ref _submitted);
        _transactions.TryRemove(transaction, out _);
        _refusals.AddOrUpdate(why.Length > 80 ? why[..80] : why, 1, static (_, count) => count + 1);
    }

    /// <summary>Reads the events until it is stopped.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        if (_cloud.Replica.Events.Subscribe(null, EventCapacity) is not Subscribing.Subscribed { Subscription: var subscription })
        {
            _fellBehind = true;
            return;
        }

        using (subscription)
        {
            try
            {
                await foreach (ReplicaEvent found in subscription.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                {
                    Take(found);
                    Volatile.Write(ref _taken, found.Sequence);
                }

                _fellBehind = true;
            }
            catch (OperationCanceledException)
            {
                // The run is over.
            }
        }
    }

    /// <summary>Waits until every accepted transaction is on L1, but no longer than a limit.</summary>
    internal async Task SettleAsync(TimeSpan limit)
    {
        // From now on there may be nothing to build chunks of.
        Volatile.Write(ref _isIdle, true);
        long start = _real.GetTimestamp();
        while (_real.GetElapsedTime(start) < limit && !_cloud.Replica.Completion.IsCompleted && (HasUnposted() || _transactions.Any(transaction => !IsSettled(transaction.Key, transaction.Value))))
        {
            await Task.Delay(Poll, _real).ConfigureAwait(false);
        }

        // What else the newest turn gave comes after the statuses: the checkpoint itself.
        long newest = _cloud.Replica.Events.Newest;
        while (_real.GetElapsedTime(start) < limit && !_cloud.Replica.Completion.IsCompleted && !Volatile.Read(ref _fellBehind) && Volatile.Read(ref _taken) < newest)
        {
            await Task.Delay(Poll, _real).ConfigureAwait(false);
        }

        // What is on L1 is not lost; how long it takes to be proven and final is only reported.
        long onL1 = _real.GetTimestamp();
        while (_real.GetElapsedTime(onL1) < limit && !_cloud.Replica.Completion.IsCompleted && CountUnfinalized() > 0)
        {
            await Task.Delay(Poll, _real).ConfigureAwait(false);
        }

        // One that a reorg takes back is never found.
        start = _real.GetTimestamp();
        while (!FindLanded() && _real.GetElapsedTime(start) < ViewLag)
        {
            await Task.Delay(Poll, _real).ConfigureAwait(false);
        }
    }

    internal async Task<LoadReport> ReportAsync(MemoryMeter memory, bool isMemoryJudged)
    {
        using Process process = Process.GetCurrentProcess();
        double cpu = (process.TotalProcessorTime - _processor).TotalSeconds;
        double seconds = _real.GetElapsedTime(_started).TotalSeconds;
        long submitted = Interlocked.Read(ref _submitted);
        List<Hash256> lost = [.. _transactions.Where(transaction => !IsSettled(transaction.Key, transaction.Value)).Select(transaction => transaction.Key)];
        ImmutableArray<PostedCheckpoint> landed;
        ImmutableArray<ulong> unposted;
        lock (_gate)
        {
            landed = [.. _landed];
            unposted = [.. _unposted.Order()];
        }

        L1Costs costs = await L1Costs.ReadAsync(_cloud, landed).ConfigureAwait(false);
        L1Duties? duties = _cloud.Services.GetService<L1Duties>();
        return new LoadReport
        {
            Submitted = (int)submitted,
            Refused = _refusals.Values.Sum(),
            Refusals = _refusals.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Lost = lost.Count,
            LostStatuses = lost.GroupBy(hash => _cloud.Replica.FindReport(in hash)?.Status.GetType().Name ?? "Unknown").ToImmutableSortedDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal),
            Unfinalized = CountUnfinalized(),
            Broken = _broken,
            BrokenWhy = _brokenWhy,
            PreconfirmedMs = Percentiles(2),
            ProposedMs = Percentiles(3),
            AttestedMs = Percentiles(4),
            CheckpointedMs = Percentiles(Checkpointed),
            ProvenMs = Percentiles(Proven),
            FinalizedMs = Percentiles(Finalized),
            Chunks = _chunks,
            CheckpointsLanded = landed.Length,
            Slots = _slots,
            SlotsWithoutCheckpoint = unposted,
            L1GasPerPropose = costs.GasPerPropose,
            L1GasPerTx = submitted == 0 ? 0 : Math.Round(costs.Gas / (double)submitted, 1),
            L1WeiPerTx = submitted == 0 ? "0" : (costs.Wei / (UInt256)(ulong)submitted).ToString(),
            Blobs = costs.Blobs,
            BlobFill = Math.Round(costs.BlobFill, 4),
            MaxChunkGapMs = Math.Round(_maxGap, 1),
            RssMiB = Math.Round(Math.Max(memory.Samples.Select(sample => sample.ResidentMiB).DefaultIfEmpty().Max(), process.WorkingSet64 / 1048576.0), 1),
            MemoryLiveMiB = new MemoryPair(memory.MiddleLiveMiB, memory.EndLiveMiB),
            MemoryAnonymousMiB = new MemoryPair(memory.MiddleAnonymousMiB, memory.EndAnonymousMiB),
            MemoryGrowth = isMemoryJudged ? [.. memory.Growth()] : [],
            CpuPercent = seconds > 0 ? Math.Round(100 * cpu / seconds, 1) : 0,
            Reorgs = _reorgs,
            DurationSeconds = Math.Round(seconds, 1),
            FollowedBlock = duties?.Followed.Block,
            IsComplete = !_fellBehind,
        };
    }

    /// <summary>Looks up what landed in the publisher's view of L1, which may see a block later than the replica does.</summary>
    /// <returns>Whether every one was found.</returns>
    private bool FindLanded()
    {
        lock (_gate)
        {
            if (_unseen.Count > 0 && _cloud.Services.GetRequiredService<RollupL1>().View is { State: { } state })
            {
                _unseen.RemoveAll(hash =>
                {
                    if (state.Find(in hash) is not { } posted)
                    {
                        return false;
                    }

                    _landed.Add(posted);
                    return true;
                });
            }

            return _unseen.Count == 0;
        }
    }

    private bool IsSettled(Hash256 hash, Watched watched) =>
        Volatile.Read(ref watched.Top) >= Checkpointed && _cloud.Replica.FindReport(in hash)?.Status is { Level: >= Checkpointed };

    private bool HasUnposted()
    {
        lock (_gate)
        {
            return _unposted.Count > 0;
        }
    }

    /// <summary>Each slot under load needs a checkpoint, also one in which nothing came.</summary>
    private void NoteSlot(ulong slot)
    {
        if (Volatile.Read(ref _isIdle))
        {
            return;
        }

        for (ulong next = _firstSlot is null ? slot : _lastSlot + 1; next <= slot; next++)
        {
            _firstSlot ??= slot;
            _unposted.Add(next);
            _lastSlot = next;
            _slots++;
        }
    }

    /// <summary>Forgets what is in blocks that are deep in L1 and stored, but for when it was sent. Whatever is not found in one of them stays, and is lost.</summary>
    private void Settle(ulong through, long now)
    {
        ReplicaView view = _cloud.Replica.View;
        for (; _settledThrough < through; _settledThrough++)
        {
            List<Watched> settled = [];
            foreach (Transaction transaction in view.FindBlock(_settledThrough + 1)?.Transactions ?? [])
            {
                if (_transactions.TryRemove(transaction.Hash, out Watched? watched))
                {
                    settled.Add(watched);
                }
            }

            lock (_gate)
            {
                _settled.Add(_settledThrough + 1, settled);
            }
        }

        RaiseSettled(view.Tips.Proven.Number, Proven, now);
        RaiseSettled(view.Tips.Finalized.Number, Finalized, now);
    }

    private void RaiseSettled(ulong through, int rung, long now)
    {
        lock (_gate)
        {
            List<ulong> final = [];
            foreach ((ulong number, List<Watched> settled) in _settled)
            {
                if (number > through)
                {
                    break;
                }

                foreach (Watched watched in settled)
                {
                    Raise(watched, rung, now);
                }

                if (rung == Finalized)
                {
                    final.Add(number);
                }
            }

            foreach (ulong number in final)
            {
                _settled.Remove(number);
            }
        }
    }

    private void Raise(Watched watched, int level, long now)
    {
        // A rung that was passed by was reached with the one above it.
        for (int rung = Math.Max(2, watched.Top + 1); rung <= level; rung++)
        {
            _times[rung].Add(_real.GetElapsedTime(watched.Begin, now));
            Volatile.Write(ref watched.Top, rung);
        }
    }

    /// <summary>How many are not final.</summary>
    private int CountUnfinalized()
    {
        lock (_gate)
        {
            return _settled.Values.Sum(settled => settled.Count) + _transactions.Count(transaction => Volatile.Read(ref transaction.Value.Top) < Finalized);
        }
    }

    private void Take(ReplicaEvent found)
    {
        long now = _real.GetTimestamp();
        switch (found)
        {
            case ReplicaEvent.StatusChanged { Change: var change }:
                if (change.Broken is { } why)
                {
                    _broken++;
                    _brokenWhy ??= why.ToString();
                }

                if (_transactions.TryGetValue(change.Transaction, out Watched? watched))
                {
                    Raise(watched, change.Status.Level, now);
                }

                break;
            case ReplicaEvent.FlashblockShown { Flashblock.Payload.Index: 0 } when _lastSeal != 0 && !Volatile.Read(ref _isIdle):
                _maxGap = Math.Max(_maxGap, _real.GetElapsedTime(_lastSeal, now).TotalMilliseconds);
                _lastSeal = 0;
                break;
            case ReplicaEvent.ChunkExecuted executed:
                lock (_gate)
                {
                    if (_isStarted)
                    {
                        _chunks++;
                        _lastSeal = now;
                        NoteSlot(executed.Block.Slot ?? 0);
                    }
                }

                break;
            case ReplicaEvent.Stored { Through: var through } when _isStarted:
                Settle(through.Number, now);
                break;
            case ReplicaEvent.TipMoved { Tip: Tip.Proven or Tip.Finalized } moved:
                RaiseSettled(moved.To.Number, moved.Tip == Tip.Proven ? Proven : Finalized, now);
                break;
            case ReplicaEvent.CheckpointLanded { Skipped: null } landed when _isStarted:
                lock (_gate)
                {
                    _unseen.Add(landed.Header.Hash);
                    _unposted.Remove(landed.Header.Slot);
                }

                FindLanded();
                break;
            case ReplicaEvent.Pruned:
                _reorgs++;
                break;
            default:
                break;
        }
    }

    private LoadPercentiles? Percentiles(int rung)
    {
        LatencyHistogram times = _times[rung];
        return times.Count == 0 ? null : new LoadPercentiles(Math.Round(times.PercentileMs(0.5), 1), Math.Round(times.PercentileMs(0.99), 1));
    }

    private sealed class Watched(long begin)
    {
        internal int Top;

        internal long Begin => begin;
    }
}
