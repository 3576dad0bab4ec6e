using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Pool;

/// <content>What others learn: changes of status, memory of hashes, what to build next.</content>
public sealed partial class TransactionPool
{
    private readonly Dictionary<Hash256, RememberedStatus> _remembered = [];
    private readonly Queue<(Hash256 Hash, long Stamp)> _rememberedOrder = [];
    private readonly List<PoolSelection> _selections = [];
    private readonly Lock _publishing = new();
    private Action<IReadOnlyList<PoolChange>>[] _observers = [];
    private List<PoolChange> _outbox = [];
    private long _stamps;

    /// <summary>Has every change of status reported, in order, outside the pool's lock, on the thread that caused it.</summary>
    /// <param name="observer">Must return soon and not throw.</param>
    /// <returns>Ends the reports when disposed.</returns>
    public IDisposable Observe(Action<IReadOnlyList<PoolChange>> observer)
    {
        lock (_gate)
        {
            _observers = [.. _observers, observer];
        }

        return new Observation(this, observer);
    }

    /// <summary>Opens the pending transactions for a builder: best first.</summary>
    /// <param name="baseFeePerGas">Base fee of the block to build, in wei. Transactions that do not pay it are not offered.</param>
    /// <returns>The selection of one chunk; to be disposed.</returns>
    public PoolSelection Select(in UInt256 baseFeePerGas)
    {
        PoolSelection selection = new(this, in baseFeePerGas);
        lock (_gate)
        {
            _selections.Add(selection);
            foreach (SenderChain chain in _chains.Values)
            {
                if (chain.PendingCount > 0)
                {
                    selection.Notify(chain.Sender);
                }
            }
        }

        return selection;
    }

    internal void Close(PoolSelection selection)
    {
        lock (_gate)
        {
            _selections.Remove(selection);
        }
    }

    /// <summary>The pending transaction of a sender with the lowest nonce that is at least the given one.</summary>
    internal PoolEntry? FirstPending(in Address sender, ulong nonce)
    {
        lock (_gate)
        {
            if (!_chains.TryGetValue(sender, out SenderChain? chain))
            {
                return null;
            }

            ulong skip = nonce > chain.Nonce ? nonce - chain.Nonce : 0;
            return skip < (ulong)chain.PendingCount ? chain.Entries[(int)skip] : null;
        }
    }

    private PoolStatus Remembered(in Hash256 hash) =>
        _remembered.TryGetValue(hash, out RememberedStatus known) ? known.Status : PoolStatus.Unknown.Instance;

    private void Remember(in Hash256 hash, in Address sender, PoolStatus status)
    {
        Tell(new PoolChange(hash, sender, status));
        if (_options.MaxRemembered == 0)
        {
            return;
        }

        while (_rememberedOrder.Count >= _options.MaxRemembered)
        {
            (Hash256 oldest, long stamp) = _rememberedOrder.Dequeue();
            if (_remembered.TryGetValue(oldest, out RememberedStatus known) && known.Stamp == stamp)
            {
                _remembered.Remove(oldest);
            }
        }

        _remembered[hash] = new RememberedStatus(status, ++_stamps);
        _rememberedOrder.Enqueue((hash, _stamps));
    }

    private void Tell(in PoolChange change)
    {
        if (_observers.Length > 0)
        {
            _outbox.Add(change);
        }
    }

    /// <summary>Hands over what has piled up. One thread at a time, so that reports keep their order.</summary>
    private void Publish()
    {
        if (Volatile.Read(ref _observers).Length == 0)
        {
            return;
        }

        lock (_publishing)
        {
            List<PoolChange> changes;
            Action<IReadOnlyList<PoolChange>>[] observers;
            lock (_gate)
            {
                if (_outbox.Count == 0)
                {
                    return;
                }

                (changes, _outbox) = (_outbox, []);
                observers = _observers;
            }

            foreach (Action<IReadOnlyList<PoolChange>> observer in observers)
            {
                observer(changes);
            }
        }
    }

    private readonly record struct RememberedStatus(PoolStatus Status, long Stamp);

    private sealed class Observation(TransactionPool pool, Action<IReadOnlyList<PoolChange>> observer) : IDisposable
    {
        public void Dispose()
        {
            lock (pool._gate)
            {
                pool._observers = [.. pool._observers.Where(other => other != observer)];
            }
        }
    }
}
