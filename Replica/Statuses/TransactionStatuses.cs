using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Chain;

namespace Cloud.Replica.Statuses;

/// <summary>The status of every transaction that is not settled: pending, preconfirmed, proposed, attested, checkpointed, proven, finalized, or dropped. A pure state machine, not safe for several threads.</summary>
/// <remarks>A status that goes back always comes with the reason why the promise was broken. What is settled belongs to the index; it is not found here any more.</remarks>
public sealed class TransactionStatuses
{
    private readonly StatusOptions _options;
    private readonly Dictionary<Hash256, Entry> _entries = [];
    private readonly Queue<Hash256> _dropped = [];
    private readonly SortedDictionary<(ulong Slot, uint Chunk), OpenChunk> _open = [];
    private readonly Dictionary<Hash256, L1Proof> _landings = [];
    private readonly ImmutableArray<StatusChange>.Builder _changes = ImmutableArray.CreateBuilder<StatusChange>(0);

    /// <summary>Starts without a transaction.</summary>
    /// <param name="options">Bounds; null for the defaults.</param>
    public TransactionStatuses(StatusOptions? options = null) => _options = options ?? new StatusOptions();

    /// <summary>How many transactions have a status here.</summary>
    public int Count => _entries.Count;

    /// <summary>How many of them are not in a chunk yet.</summary>
    public int PendingCount { get; private set; }

    /// <summary>A transaction's status.</summary>
    /// <param name="transaction">Its hash.</param>
    /// <returns>The status and since when; null where it is settled, or was never seen.</returns>
    public (TransactionStatus Status, DateTimeOffset Since)? Find(in Hash256 transaction) =>
        _entries.TryGetValue(transaction, out Entry entry) ? (entry.Status, entry.Since) : null;

    /// <summary>The pool took a transaction.</summary>
    /// <param name="transaction">Its hash.</param>
    /// <param name="now">The present.</param>
    /// <returns>The outcome, and the change.</returns>
    public (StatusOutcome Outcome, ImmutableArray<StatusChange> Changes) Accepted(in Hash256 transaction, DateTimeOffset now)
    {
        if (_entries.TryGetValue(transaction, out Entry entry) && entry.Status is not TransactionStatus.Dropped)
        {
            return (new StatusOutcome.Unchanged(entry.Status), []);
        }

        if (PendingCount >= _options.MaxPending)
        {
            return (new StatusOutcome.LimitReached(nameof(StatusOptions.MaxPending)), []);
        }

        Set(transaction, TransactionStatus.Pending.Instance, null, now);
        return (StatusOutcome.Accepted.Instance, Take());
    }

    /// <summary>The pool gave a transaction up. Has no effect on one that is in a flashblock or chunk: there its way goes on.</summary>
    /// <param name="transaction">Its hash.</param>
    /// <param name="reason">Why, for the user.</param>
    /// <param name="now">The present.</param>
    /// <returns>The outcome, and the change.</returns>
    public (StatusOutcome Outcome, ImmutableArray<StatusChange> Changes) Dropped(in Hash256 transaction, string reason, DateTimeOffset now)
    {
        if (!_entries.TryGetValue(transaction, out Entry entry))
        {
            return (StatusOutcome.Unknown.Instance, []);
        }

        if (entry.Status is not TransactionStatus.Pending)
        {
            return (new StatusOutcome.Unchanged(entry.Status), []);
        }

        // A transaction that was promised more before was told so when it went back to the pool.
        Set(transaction, new TransactionStatus.Dropped(reason), null, now, isDrop: true);
        _dropped.Enqueue(transaction);
        while (_dropped.Count > _options.MaxDropped)
        {
            Hash256 oldest = _dropped.Dequeue();
            if (_entries.TryGetValue(oldest, out Entry known) && known.Status is TransactionStatus.Dropped)
            {
                _entries.Remove(oldest);
            }
        }

        return (StatusOutcome.Accepted.Instance, Take());
    }

    /// <summary>A flashblock was added to the newest chunk.</summary>
    /// <param name="flashblock">One that extends or opens what is pending.</param>
    /// <param name="now">The present.</param>
    /// <returns>The changes.</returns>
    public ImmutableArray<StatusChange> Preconfirmed(FlashblockPayload flashblock, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(flashblock);
        (ulong, uint) key = (flashblock.Slot, flashblock.Chunk);
        if (!_open.TryGetValue(key, out OpenChunk? open))
        {
            _open.Add(key, open = new OpenChunk(flashblock.BlockNumber));
        }

        TransactionStatus status = new TransactionStatus.Preconfirmed(flashblock.Slot, flashblock.Chunk, flashblock.Index, flashblock.Hash);
        foreach (Bytes transaction in flashblock.Diff.Transactions)
        {
            Hash256 hash = Keccak256.Hash(transaction.Span);
            if (Raise(hash, status, now))
            {
                open.Transactions.Add(hash);
            }
        }

        return Take();
    }

    /// <summary>A chunk that was under construction will not be sealed: its producer is gone, or contradicted itself.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="chunk">Index of the chunk in the slot.</param>
    /// <param name="reason">Why, with what shows it.</param>
    /// <param name="now">The present.</param>
    /// <returns>The changes: its transactions wait again.</returns>
    public ImmutableArray<StatusChange> Abandoned(ulong slot, uint chunk, BreakReason reason, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(reason);
        Abandon((slot, chunk), reason, now);
        return Take();
    }

    /// <summary>The chain changed.</summary>
    /// <param name="effect">How.</param>
    /// <param name="now">The present.</param>
    /// <returns>The changes.</returns>
    public ImmutableArray<StatusChange> Apply(ChainEffect effect, DateTimeOffset now)
    {
        switch (effect)
        {
            case ChainEffect.Pruned pruned:
                Prune(pruned, now);
                break;
            case ChainEffect.FellBack fall:
                foreach (ChainChunk chunk in fall.Chunks)
                {
                    Lower(chunk, fall.Lost, fall.Reason, now);
                }

                break;
            case ChainEffect.Reached reached:
                foreach (ChainChunk chunk in reached.Chunks)
                {
                    Reach(chunk, reached, now);
                }

                break;
            case ChainEffect.Settled settled:
                foreach (ChainChunk chunk in settled.Chunks)
                {
                    _landings.Remove(chunk.Block.Hash);
                    foreach (Hash256 transaction in chunk.Transactions)
                    {
                        _entries.Remove(transaction);
                    }
                }

                break;
            default:
                break;
        }

        return Take();
    }

    private static TransactionStatus StatusOf(Tip tip, TransactionPlace place, L1Proof? proof) => tip switch
    {
        Tip.Proposed => new TransactionStatus.Proposed(place),
        Tip.Attested => new TransactionStatus.Attested(place),
        Tip.Checkpointed => new TransactionStatus.Checkpointed(place, proof!.Value),
        Tip.Proven => new TransactionStatus.Proven(place, proof!.Value),
        _ => new TransactionStatus.Finalized(place, proof!.Value),
    };

    private static TransactionPlace PlaceOf(ChainChunk chunk) => new(chunk.Slot, chunk.Index, chunk.Header.Hash, chunk.Block);

    private void Reach(ChainChunk chunk, ChainEffect.Reached reached, DateTimeOffset now)
    {
        L1Proof? proof = null;
        foreach (L1Proof candidate in reached.Proofs)
        {
            if (candidate.LastBlock >= chunk.Block.Number)
            {
                proof = candidate;
                break;
            }
        }

        if (reached.Tip == Tip.Checkpointed)
        {
            _landings[chunk.Block.Hash] = proof!.Value;
        }

        TransactionStatus status = StatusOf(reached.Tip, PlaceOf(chunk), proof);
        foreach (Hash256 transaction in chunk.Transactions)
        {
            Raise(transaction, status, now);
        }

        if (reached.Tip == Tip.Proposed)
        {
            CloseThrough(chunk, now);
        }
    }

    private void Lower(ChainChunk chunk, Tip lost, BreakReason reason, DateTimeOffset now)
    {
        Tip tip = lost - 1;
        L1Proof? landing = _landings.TryGetValue(chunk.Block.Hash, out L1Proof known) ? known : null;
        if (lost <= Tip.Checkpointed)
        {
            _landings.Remove(chunk.Block.Hash);
        }

        TransactionStatus status = StatusOf(tip, PlaceOf(chunk), landing);
        foreach (Hash256 transaction in chunk.Transactions)
        {
            if (_entries.TryGetValue(transaction, out Entry entry) && entry.Status.Level > status.Level)
            {
                Set(transaction, status, reason, now);
            }
        }
    }

    private void Prune(ChainEffect.Pruned pruned, DateTimeOffset now)
    {
        ulong lowest = ulong.MaxValue;
        foreach (ChainChunk chunk in pruned.Chunks)
        {
            lowest = Math.Min(lowest, chunk.Block.Number);
            _landings.Remove(chunk.Block.Hash);
            foreach (Hash256 transaction in chunk.Transactions)
            {
                if (_entries.TryGetValue(transaction, out Entry entry) && entry.Status.Level > TransactionStatus.Pending.Instance.Level)
                {
                    Set(transaction, TransactionStatus.Pending.Instance, pruned.Reason, now);
                }
            }
        }

        // What was under construction stood on them.
        foreach ((ulong, uint) key in _open.Where(open => open.Value.BlockNumber > lowest).Select(open => open.Key).ToArray())
        {
            Abandon(key, pruned.Reason, now);
        }
    }

    /// <summary>A sealed chunk settles what was promised for its place and for heights up to its own.</summary>
    private void CloseThrough(ChainChunk chunk, DateTimeOffset now)
    {
        foreach ((ulong Slot, uint Chunk) key in _open.Where(open => open.Value.BlockNumber <= chunk.Block.Number).Select(open => open.Key).ToArray())
        {
            Abandon(key, new BreakReason.FlashblockAbandoned(key.Slot, key.Chunk, null), now);
        }
    }

    private void Abandon((ulong Slot, uint Chunk) key, BreakReason reason, DateTimeOffset now)
    {
        if (!_open.Remove(key, out OpenChunk? open))
        {
            return;
        }

        foreach (Hash256 transaction in open.Transactions)
        {
            if (_entries.TryGetValue(transaction, out Entry entry) && entry.Status is TransactionStatus.Preconfirmed promise && (promise.Slot, promise.Chunk) == key)
            {
                Set(transaction, TransactionStatus.Pending.Instance, reason, now);
            }
        }
    }

    private bool Raise(in Hash256 transaction, TransactionStatus status, DateTimeOffset now)
    {
        if (_entries.TryGetValue(transaction, out Entry entry) && entry.Status.Level >= status.Level)
        {
            return false;
        }

        Set(transaction, status, null, now);
        return true;
    }

    private void Set(in Hash256 transaction, TransactionStatus status, BreakReason? broken, DateTimeOffset now, bool isDrop = false)
    {
        bool isKnown = _entries.TryGetValue(transaction, out Entry entry);
        if (isKnown && status.Level < entry.Status.Level && broken is null && !isDrop)
        {
            throw new InvalidOperationException($"The status of {transaction} would go back silently, from {entry.Status} to {status}.");
        }

        PendingCount += (IsPending(status) ? 1 : 0) - (isKnown && IsPending(entry.Status) ? 1 : 0);
        _entries[transaction] = new Entry(status, now);
        _changes.Add(new StatusChange(transaction, status, broken, now));
    }

    private static bool IsPending(TransactionStatus status) => status is TransactionStatus.Pending or TransactionStatus.Preconfirmed;

    private ImmutableArray<StatusChange> Take() => _changes.DrainToImmutable();

    private readonly record struct Entry(TransactionStatus Status, DateTimeOffset Since);

    private sealed class OpenChunk(ulong blockNumber)
    {
        internal ulong BlockNumber => blockNumber;

        internal List<Hash256> Transactions { get; } = [];
    }
}
