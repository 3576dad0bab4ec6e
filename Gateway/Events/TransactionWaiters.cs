using Cloud.Gateway.Eth;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Events;
using Cloud.Replica.Statuses;
using Cloud.Replica.Views;

namespace Cloud.Gateway.Events;

/// <summary>Callers that wait until a transaction is in a flashblock or block, or is dropped. Safe for several threads.</summary>
internal sealed class TransactionWaiters : INodeEventSink
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Hash256, Waiter> _waiters = [];

    /// <summary>How many transactions are waited for.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _waiters.Count;
            }
        }
    }

    /// <summary>Begins to wait. Must be called before the transaction is submitted, so that nothing can be missed.</summary>
    /// <param name="hash">The transaction.</param>
    /// <returns>The wait; to be disposed.</returns>
    public Waiting Wait(in Hash256 hash)
    {
        lock (_gate)
        {
            if (!_waiters.TryGetValue(hash, out Waiter? waiter))
            {
                _waiters.Add(hash, waiter = new Waiter());
            }

            waiter.Count++;
            return new Waiting(this, hash, waiter);
        }
    }

    /// <inheritdoc/>
    public void Handle(ReplicaEvent nodeEvent)
    {
        if (Count == 0)
        {
            return;
        }

        switch (nodeEvent)
        {
            case ReplicaEvent.FlashblockShown shown:
                Found(BlockJson.ViewOf(shown.Pending), shown.Pending.Counts.Length > 1 ? shown.Pending.Counts[^2] : 0);
                break;
            case ReplicaEvent.ChunkExecuted executed:
                Found(BlockJson.ViewOf(executed.Block), 0);
                break;
            case ReplicaEvent.StatusChanged { Change: { Status: TransactionStatus.Dropped dropped } change }:
                Finish(change.Transaction, new WaitOutcome(null, dropped.Reason));
                break;
            default:
                break;
        }
    }

    /// <inheritdoc/>
    public void HandleGap()
    {
        // Whoever waits looks at the chain again when its time is over.
    }

    private void Found(BlockView block, int first)
    {
        for (int i = first; i < block.Transactions.Length; i++)
        {
            Transaction transaction = block.Transactions[i];
            Finish(transaction.Hash, new WaitOutcome(new TransactionView(block, i), null));
        }
    }

    private void Finish(in Hash256 hash, WaitOutcome outcome)
    {
        Waiter? waiter;
        lock (_gate)
        {
            _waiters.TryGetValue(hash, out waiter);
        }

        waiter?.Source.TrySetResult(outcome);
    }

    private void Leave(in Hash256 hash, Waiter waiter)
    {
        lock (_gate)
        {
            if (--waiter.Count == 0 && _waiters.TryGetValue(hash, out Waiter? current) && ReferenceEquals(current, waiter))
            {
                _waiters.Remove(hash);
            }
        }
    }

    /// <summary>One caller's wait.</summary>
    internal sealed class Waiting(TransactionWaiters waiters, Hash256 hash, Waiter waiter) : IDisposable
    {
        private int _isLeft;

        /// <summary>What became of the transaction.</summary>
        public Task<WaitOutcome> Outcome => waiter.Source.Task;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isLeft, 1) == 0)
            {
                waiters.Leave(in hash, waiter);
            }
        }
    }

    internal sealed class Waiter
    {
        public TaskCompletionSource<WaitOutcome> Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Count { get; set; }
    }
}
