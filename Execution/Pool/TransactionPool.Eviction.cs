using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Pool;

/// <content>Bounds of the whole pool: who goes when it is full.</content>
public sealed partial class TransactionPool
{
    private static readonly Comparer<SenderChain> WorstFirst = Comparer<SenderChain>.Create(
        static (left, right) => left.TailRank.GetValueOrDefault().CompareTo(right.TailRank.GetValueOrDefault()));

    /// <summary>Chains by the rank of their last transaction. Null while nothing has to be evicted: most of the time it need not be kept up.</summary>
    private SortedSet<SenderChain>? _worst;

    private bool IsOverfull => Held > _options.MaxTransactions || _bytes > _options.MaxBytes || _queued > _options.MaxQueued;

    /// <summary>Transactions that wait or are in flashblocks, with one that is linked but not registered yet.</summary>
    private int Held => _waiting + _committed;

    /// <summary>Takes the worst transactions, each the last of its sender, until the bounds hold.</summary>
    /// <param name="entry">The newcomer, linked already; null where there is none.</param>
    /// <param name="victims">Receives what was taken out of the chains.</param>
    /// <returns>Why the newcomer cannot stay, or null.</returns>
    private PoolRefusal? MakeRoom(PoolEntry? entry, List<PoolEntry> victims)
    {
        while (IsOverfull)
        {
            SenderChain? worst = (_worst ??= RankAll()).Min;
            PoolEntry? tail = worst?.Entries[^1];
            if (tail is null || ReferenceEquals(tail, entry))
            {
                return entry is { IsPending: true } ? new PoolRefusal.Underpriced() : new PoolRefusal.Full();
            }

            Unlink(worst!, tail);
            victims.Add(tail);
        }

        return null;
    }

    private SortedSet<SenderChain> RankAll()
    {
        UInt256 baseFee = _head.BaseFeePerGas;
        List<SenderChain> ranked = new(_chains.Count);
        foreach (SenderChain chain in _chains.Values)
        {
            chain.TailRank = chain.Entries.Count > 0 ? EvictionRank.OfTail(chain, in baseFee) : null;
            if (chain.TailRank is not null)
            {
                ranked.Add(chain);
            }
        }

        return new SortedSet<SenderChain>(ranked, WorstFirst);
    }

    private void Unrank(SenderChain chain)
    {
        if (_worst is not null && chain.TailRank is not null)
        {
            _worst.Remove(chain);
            chain.TailRank = null;
        }
    }

    private void Rank(SenderChain chain)
    {
        if (_worst is not null && chain.Entries.Count > 0)
        {
            chain.TailRank = EvictionRank.OfTail(chain, _head.BaseFeePerGas);
            _worst.Add(chain);
        }
    }

    /// <summary>After a new base fee every rank may be another one.</summary>
    private void ForgetRanks() => _worst = null;
}
