using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Pool;

/// <summary>How much a transaction is worth keeping. The lowest rank is evicted first.</summary>
/// <param name="Class">Queued, then those that do not pay the base fee, then those that do.</param>
/// <param name="Value">The fee cap where the base fee is not paid, else the effective tip, in wei.</param>
/// <param name="Sequence">Order of arrival: of equals the newer is evicted.</param>
internal readonly record struct EvictionRank(byte Class, UInt256 Value, long Sequence) : IComparable<EvictionRank>
{
    private const byte QueuedClass = 0;
    private const byte BelowBaseFeeClass = 1;
    private const byte PayingClass = 2;

    public static EvictionRank Of(PoolEntry entry, in UInt256 baseFee)
    {
        Transaction transaction = entry.Transaction;
        bool pays = EffectiveTip.TryGet(transaction, baseFee, out UInt256 tip);
        byte rank = !entry.IsPending ? QueuedClass : pays ? PayingClass : BelowBaseFeeClass;
        return new EvictionRank(rank, pays ? tip : transaction.MaxFeePerGas, entry.Sequence);
    }

    /// <summary>Rank of a sender's last transaction: it cannot run before the ones in front of it, so it is worth no more than any of them.</summary>
    public static EvictionRank OfTail(SenderChain chain, in UInt256 baseFee)
    {
        EvictionRank lowest = Of(chain.Entries[0], baseFee);
        for (int i = 1; i < chain.Entries.Count; i++)
        {
            EvictionRank next = Of(chain.Entries[i], baseFee);
            if (next.Class < lowest.Class || (next.Class == lowest.Class && next.Value < lowest.Value))
            {
                lowest = next;
            }
        }

        return lowest with { Sequence = chain.Entries[^1].Sequence };
    }

    public int CompareTo(EvictionRank other)
    {
        int order = Class.CompareTo(other.Class);
        order = order != 0 ? order : Value.CompareTo(other.Value);
        return order != 0 ? order : other.Sequence.CompareTo(Sequence);
    }
}
