using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Pool;

/// <summary>Senders by transaction hash, shared by pool, builder and verifier so that a process recovers each only once. Bounded; safe for use by several threads.</summary>
public sealed class SenderCache
{
    private const int ShardCount = 16;

    private readonly Shard[] _shards = new Shard[ShardCount];
    private long _recoveries;

    /// <summary>Makes an empty cache.</summary>
    /// <param name="capacity">About how many senders to keep, from 16; about 70 bytes each.</param>
    public SenderCache(int capacity = 131_072)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, ShardCount);
        for (int i = 0; i < ShardCount; i++)
        {
            _shards[i] = new Shard(Math.Max(1, capacity / ShardCount / 2));
        }
    }

    /// <summary>How often a signature was recovered.</summary>
    public long Recoveries => Interlocked.Read(ref _recoveries);

    /// <summary>The sender of a transaction, recovered where it is not known yet. While one thread recovers it, others wait for it.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="sender">The sender, or zero where the result is false.</param>
    /// <returns>False where no key fits the signature.</returns>
    public bool TryGetSender(Transaction transaction, out Address sender)
    {
        if (transaction.Deposit is { } deposit)
        {
            sender = deposit.From;
            return true;
        }

        Hash256 hash = transaction.Hash;
        Shard shard = _shards[Hash256.AsSpan(in hash)[0] & (ShardCount - 1)];
        if (!shard.TryGetOrBegin(in hash, out Address? known))
        {
            Interlocked.Increment(ref _recoveries);
            Address? recovered = null;
            try
            {
                recovered = transaction.TryGetSender(out Address address) ? address : null;
            }
            finally
            {
                shard.End(in hash, recovered);
            }

            known = recovered;
        }

        sender = known ?? default;
        return known is not null;
    }

    /// <summary>Recovers the senders of many transactions on several threads.</summary>
    /// <param name="transactions">The transactions.</param>
    /// <param name="senders">Where the senders go, by index; null where no key fits. At least as long as the transactions.</param>
    /// <param name="maxThreads">Most threads to use, from 1.</param>
    /// <param name="cancellationToken">Gives up between two recoveries.</param>
    public void Recover(IReadOnlyList<Transaction> transactions, Address?[] senders, int maxThreads, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(senders.Length, transactions.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxThreads, 1);
        if (maxThreads == 1 || transactions.Count < 2)
        {
            for (int i = 0; i < transactions.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                senders[i] = TryGetSender(transactions[i], out Address sender) ? sender : null;
            }

            return;
        }

        ParallelOptions options = new() { MaxDegreeOfParallelism = maxThreads, CancellationToken = cancellationToken };
        Parallel.For(0, transactions.Count, options, i => senders[i] = TryGetSender(transactions[i], out Address sender) ? sender : null);
    }

    /// <summary>Two generations: when the younger is full it becomes the older, and what was in the older and not asked for since is gone.</summary>
    private sealed class Shard(int generationSize)
    {
        private readonly object _gate = new();
        private readonly HashSet<Hash256> _running = [];
        private Dictionary<Hash256, Address> _young = [];
        private Dictionary<Hash256, Address> _old = [];

        /// <summary>Finds the sender; or, where the result is false, leaves it to the caller to recover it and to call <see cref="End"/>.</summary>
        public bool TryGetOrBegin(in Hash256 hash, out Address? sender)
        {
            lock (_gate)
            {
                while (true)
                {
                    if (_young.TryGetValue(hash, out Address found))
                    {
                        sender = found;
                        return true;
                    }

                    if (_old.TryGetValue(hash, out found))
                    {
                        Keep(in hash, in found);
                        sender = found;
                        return true;
                    }

                    if (_running.Add(hash))
                    {
                        sender = null;
                        return false;
                    }

                    Monitor.Wait(_gate);
                }
            }
        }

        public void End(in Hash256 hash, Address? sender)
        {
            lock (_gate)
            {
                _running.Remove(hash);
                if (sender is { } address)
                {
                    Keep(in hash, in address);
                }

                Monitor.PulseAll(_gate);
            }
        }

        private void Keep(in Hash256 hash, in Address sender)
        {
            if (_young.Count >= generationSize)
            {
                (_young, _old) = (_old, _young);
                _young.Clear();
            }

            _young[hash] = sender;
        }
    }
}
