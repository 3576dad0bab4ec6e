using System.Diagnostics.CodeAnalysis;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Pool;

/// <summary>The pending transactions as one chunk's builder gets them: by effective tip over all senders, each sender's by nonce. For one thread at a time.</summary>
/// <remarks>
/// Nothing is offered twice for a chunk, whether or not the pool has heard of the flashblock yet. Arrivals join at once. A skipped sender stays out until
/// <see cref="NextRound"/>. The order is that of the moment of selection: what is already in the chunk never moves.
/// </remarks>
public sealed class PoolSelection : IDisposable
{
    private readonly TransactionPool _pool;
    private readonly UInt256 _baseFee;
    private readonly PriorityQueue<PoolEntry, Key> _heap = new(Comparer<Key>.Default);
    private readonly Dictionary<Address, ulong> _next = [];
    private readonly HashSet<Address> _skipped = [];
    private readonly Lock _inboxGate = new();
    private HashSet<Address> _inbox = [];
    private HashSet<Address> _drained = [];
    private TaskCompletionSource _arrival = NewArrival();
    private PoolEntry? _current;

    internal PoolSelection(TransactionPool pool, in UInt256 baseFeePerGas)
    {
        _pool = pool;
        _baseFee = baseFeePerGas;
    }

    /// <summary>Takes the best transaction that is left. The one before it counts as taken, unless its sender was skipped.</summary>
    /// <param name="transaction">The transaction, or null.</param>
    /// <param name="sender">Who sent it.</param>
    /// <returns>False where none is left for now.</returns>
    public bool TryNext([NotNullWhen(true)] out Transaction? transaction, out Address sender)
    {
        FinishCurrent();
        DrainInbox();
        while (_heap.TryDequeue(out PoolEntry? entry, out _))
        {
            if (_skipped.Contains(entry.Sender))
            {
                continue;
            }

            // Meanwhile it may have been replaced, demoted or taken by way of an older heap entry.
            ulong next = _next.GetValueOrDefault(entry.Sender);
            PoolEntry? first = _pool.FirstPending(entry.Sender, next);
            if (!ReferenceEquals(first, entry))
            {
                if (first is not null && first.Nonce >= entry.Nonce && entry.Nonce >= next)
                {
                    Offer(first);
                }

                continue;
            }

            _current = entry;
            transaction = entry.Transaction;
            sender = entry.Sender;
            return true;
        }

        transaction = null;
        sender = default;
        return false;
    }

    /// <summary>Leaves the transaction and its sender's later ones out until the next round.</summary>
    public void SkipSender()
    {
        PoolEntry current = _current ?? throw new InvalidOperationException("There is no current transaction.");
        _skipped.Add(current.Sender);
        _current = null;
    }

    /// <summary>Leaves the transaction and its sender's later ones out for the whole chunk.</summary>
    public void ExcludeSender()
    {
        PoolEntry current = _current ?? throw new InvalidOperationException("There is no current transaction.");
        _next[current.Sender] = ulong.MaxValue;
        _current = null;
    }

    /// <summary>Takes a sender's transactions from a nonce on only: a resumed builder has the earlier ones in its chunk already.</summary>
    /// <param name="sender">The account.</param>
    /// <param name="nonce">The first nonce to offer.</param>
    public void StartAt(in Address sender, ulong nonce)
    {
        _next[sender] = Math.Max(nonce, _next.GetValueOrDefault(sender));
        Notify(in sender);
    }

    /// <summary>Starts a flashblock: skipped senders take part again.</summary>
    public void NextRound()
    {
        FinishCurrent();
        foreach (Address sender in _skipped)
        {
            OfferFirst(in sender);
        }

        _skipped.Clear();
    }

    /// <summary>Completes when something has arrived since the last <see cref="TryNext"/>.</summary>
    /// <returns>A task that never fails.</returns>
    public Task WhenArrived()
    {
        lock (_inboxGate)
        {
            return _arrival.Task;
        }
    }

    /// <summary>Ends the selection; the pool no longer reports arrivals to it.</summary>
    public void Dispose() => _pool.Close(this);

    /// <summary>The pool has something new of a sender. Called under the pool's lock.</summary>
    internal void Notify(in Address sender)
    {
        lock (_inboxGate)
        {
            _inbox.Add(sender);
            _arrival.TrySetResult();
        }
    }

    private static TaskCompletionSource NewArrival() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void FinishCurrent()
    {
        if (_current is { } taken)
        {
            _current = null;
            _next[taken.Sender] = taken.Nonce + 1;
            OfferFirst(taken.Sender);
        }
    }

    private void DrainInbox()
    {
        lock (_inboxGate)
        {
            if (_inbox.Count == 0)
            {
                return;
            }

            (_inbox, _drained) = (_drained, _inbox);
            if (_arrival.Task.IsCompleted)
            {
                _arrival = NewArrival();
            }
        }

        foreach (Address sender in _drained)
        {
            if (!_skipped.Contains(sender))
            {
                OfferFirst(in sender);
            }
        }

        _drained.Clear();
    }

    private void OfferFirst(in Address sender)
    {
        if (_pool.FirstPending(in sender, _next.GetValueOrDefault(sender)) is { } entry)
        {
            Offer(entry);
        }
    }

    private void Offer(PoolEntry entry)
    {
        if (EffectiveTip.TryGet(entry.Transaction, in _baseFee, out UInt256 tip))
        {
            _heap.Enqueue(entry, new Key(tip, entry.Sequence));
        }
    }

    private readonly record struct Key(UInt256 Tip, long Sequence) : IComparable<Key>
    {
        public int CompareTo(Key other)
        {
            int order = other.Tip.CompareTo(Tip);
            return order != 0 ? order : Sequence.CompareTo(other.Sequence);
        }
    }
}
