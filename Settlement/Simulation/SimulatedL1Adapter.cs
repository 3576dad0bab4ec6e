using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Time;
using Cloud.Settlement.L1Events;

namespace Cloud.Settlement.Simulation;

/// <summary>A <see cref="SimulatedL1"/> as the slot pipeline uses L1: publishes and watches until the end, and lets any number of followers read. Safe for use by several threads.</summary>
/// <remarks>
/// It outlives the processes of a simulation, as L1 does. Time passes in it by <see cref="Advance"/>, which <see cref="RunAsync"/> calls at each L1 slot; waiting publishers and followers
/// are woken by that. Data of a landed checkpoint can be read back from the publications that were sent, as if their blobs never expired.
/// </remarks>
/// <param name="l1">The L1.</param>
/// <param name="timetable">The rollup's timetable, for the L1 slots.</param>
/// <param name="time">The clock.</param>
/// <param name="verdict">What a follower finds out about a publication's attestations; null for checking nothing.</param>
public sealed class SimulatedL1Adapter(SimulatedL1 l1, ConsensusTimetable timetable, TimeProvider time, Func<CheckpointPublication, AttestationVerdict>? verdict = null) : IL1
{
    // A follower that is further behind has missed a reorganisation deeper than L1 has any.
    private const int MaxHistory = 65_536;

    private readonly Lock _gate = new();
    private readonly List<L1Update.Block> _blocks = [];
    private readonly List<L1Update> _log = [];
    private readonly Dictionary<Protocol.Primitives.Hash256, ImmutableArray<ChunkProposal>> _data = [];
    private TaskCompletionSource _changed = new();
    private L1BlockRef? _finalized;

    /// <summary>Every update so far, in order: what a follower from the start has seen.</summary>
    public ImmutableArray<L1Update> Log
    {
        get
        {
            lock (_gate)
            {
                return [.. _log];
            }
        }
    }

    /// <summary>How often data of a checkpoint was read back.</summary>
    public int Reads { get; private set; }

    /// <summary>The blocks that are on the chain now, lowest first.</summary>
    public ImmutableArray<L1Update.Block> Blocks
    {
        get
        {
            lock (_gate)
            {
                return [.. _blocks];
            }
        }
    }

    /// <summary>Makes the blocks that are due, and wakes who waits.</summary>
    public void Advance()
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            ImmutableArray<L1Update> updates = l1.Advance(time.GetUtcNow());
            if (updates.IsEmpty)
            {
                return;
            }

            foreach (L1Update update in updates)
            {
                Apply(update);
            }

            changed = _changed;
            _changed = new TaskCompletionSource();
        }

        changed.SetResult();
    }

    /// <summary>Makes blocks at each L1 slot.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Never before it is ended.</returns>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            TimeSpan wait = l1.NextBlock - time.GetUtcNow();
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, cancellationToken);
            }

            Advance();
        }
    }

    /// <summary>Has a checkpoint with bad attestations removed.</summary>
    /// <param name="number">Its number.</param>
    /// <returns>Whether there is such a checkpoint.</returns>
    public bool Invalidate(ulong number)
    {
        lock (_gate)
        {
            return l1.Invalidate(number);
        }
    }

    /// <inheritdoc/>
    public async Task<PublicationOutcome> PublishAsync(CheckpointPublication publication, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(publication);
        TimeSpan early = publication.NotBefore - time.GetUtcNow();
        if (early > TimeSpan.Zero)
        {
            await Task.Delay(early, time, cancellationToken);
        }

        lock (_gate)
        {
            _data[publication.Header.Hash] = publication.Chunks;
        }

        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (Landed(publication.Header) is { } landed)
                {
                    return landed;
                }

                // A slot whose inclusion window is over cannot land any more, whatever the pool has.
                if (time.GetUtcNow() > publication.Expires + timetable.Timing.L1Slot)
                {
                    return new PublicationOutcome.Expired();
                }

                if (publication.InvalidateFirst is { } bad)
                {
                    l1.Invalidate(bad);
                }

                // Sent again at each block: one that was lost never lands otherwise, and one that is known is not taken twice.
                l1.Send(publication, verdict?.Invoke(publication) ?? AttestationVerdict.Valid);
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<L1Update> FollowAsync(L1BlockRef? after, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        int next;
        List<L1Update> first = [];
        lock (_gate)
        {
            next = _log.Count;
            int known = after is { } at ? _blocks.FindIndex(block => block.Id == at) : -1;
            if (after is { } lost && known < 0)
            {
                // Down along the fork that the follower saw, to where the chain of now has left it.
                L1BlockRef id = lost;
                while (known < 0 && _log.OfType<L1Update.Block>().FirstOrDefault(block => block.Id == id) is { } seen)
                {
                    id = new L1BlockRef(seen.Id.Number - 1, seen.ParentHash);
                    known = _blocks.FindIndex(block => block.Id == id);
                }

                if (known >= 0)
                {
                    first.Add(new L1Update.Reorged(_blocks[known].Id));
                }
            }

            first.AddRange(_blocks.Skip(known + 1));
            if (_finalized is { } final)
            {
                first.Add(new L1Update.Finalized(final));
            }
        }

        foreach (L1Update update in first)
        {
            yield return update;
        }

        while (true)
        {
            L1Update? update = null;
            Task changed;
            lock (_gate)
            {
                if (next < _log.Count)
                {
                    update = _log[next++];
                }

                changed = _changed.Task;
            }

            if (update is not null)
            {
                yield return update;
            }
            else
            {
                await changed.WaitAsync(cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<ChunkProposal>?> ReadAsync(ulong number, CheckpointHeader header, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(header);
        lock (_gate)
        {
            Reads++;
            return Task.FromResult<ImmutableArray<ChunkProposal>?>(_data.TryGetValue(header.Hash, out ImmutableArray<ChunkProposal> chunks) ? chunks : null);
        }
    }

    private void Apply(L1Update update)
    {
        _log.Add(update);
        if (_log.Count > MaxHistory)
        {
            throw new InvalidOperationException($"A simulated L1 remembers {MaxHistory} updates; use a new one for a longer run.");
        }

        switch (update)
        {
            case L1Update.Block block:
                _blocks.Add(block);
                break;
            case L1Update.Reorged reorged:
                _blocks.RemoveAll(block => block.Id.Number > reorged.Ancestor.Number);
                break;
            case L1Update.Finalized finalized:
                _finalized = finalized.Id;
                break;
            default:
                break;
        }
    }

    private PublicationOutcome.Landed? Landed(CheckpointHeader header)
    {
        for (int i = _blocks.Count - 1; i >= 0; i--)
        {
            foreach (RollupChange change in _blocks[i].Changes)
            {
                if (change is RollupChange.CheckpointLanded landed && landed.Header == header)
                {
                    return new PublicationOutcome.Landed(landed.Number, _blocks[i].Id);
                }
            }
        }

        return null;
    }
}
