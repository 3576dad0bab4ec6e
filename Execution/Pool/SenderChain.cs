using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Pool;

/// <summary>The transactions of one sender in the order of their nonces. Guarded by the pool's lock.</summary>
internal sealed class SenderChain(Address sender)
{
    public Address Sender { get; } = sender;

    /// <summary>The account's nonce after the newest flashblock.</summary>
    public ulong Nonce { get; set; }

    /// <summary>The account's balance after the newest flashblock, in wei.</summary>
    public UInt256 Balance { get; set; }

    /// <summary>Transactions in flashblocks of the chunk under construction.</summary>
    public List<PoolEntry> Committed { get; } = new(0);

    /// <summary>Waiting transactions.</summary>
    public List<PoolEntry> Entries { get; } = new(1);

    /// <summary>How many of <see cref="Entries"/>, from the first, can run now.</summary>
    public int PendingCount { get; private set; }

    /// <summary>Bytes of <see cref="Entries"/>.</summary>
    public long Bytes { get; private set; }

    /// <summary>Rank of the last entry while the chain is in the pool's order of eviction; null else.</summary>
    public EvictionRank? TailRank { get; set; }

    public int QueuedCount => Entries.Count - PendingCount;

    public bool IsEmpty => Entries.Count == 0 && Committed.Count == 0;

    /// <summary>The first nonce that no pending transaction has.</summary>
    public ulong NextNonce => Nonce + (ulong)PendingCount;

    /// <summary>Place of a nonce among the entries, or the complement of where it belongs.</summary>
    public int IndexOf(ulong nonce)
    {
        int low = 0;
        int high = Entries.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            ulong found = Entries[middle].Nonce;
            if (found == nonce)
            {
                return middle;
            }

            if (found < nonce)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return ~low;
    }

    public void Insert(PoolEntry entry)
    {
        Entries.Insert(~IndexOf(entry.Nonce), entry);
        Bytes += entry.Size;
    }

    public void Remove(PoolEntry entry)
    {
        Entries.RemoveAt(IndexOf(entry.Nonce));
        Bytes -= entry.Size;
    }

    /// <summary>Removes the first entry, which is pending, as used: the others stay what they are, without being looked at.</summary>
    public PoolEntry RemoveUsedHead()
    {
        PoolEntry head = Entries[0];
        Entries.RemoveAt(0);
        Bytes -= head.Size;
        Nonce++;
        Balance -= head.Cost;
        PendingCount--;
        return head;
    }

    /// <summary>Most that the waiting transactions cost together, in wei; the largest number where that has more than 256 bits.</summary>
    public UInt256 TotalCost(PoolEntry? except)
    {
        UInt256 total = default;
        foreach (PoolEntry entry in Entries)
        {
            if (!ReferenceEquals(entry, except) && UInt256.AddOverflows(total, entry.Cost, out total))
            {
                return UInt256.MaxValue;
            }
        }

        return total;
    }

    /// <summary>Decides anew which entries can run: those without a gap in nonces before them, as far as the balance goes.</summary>
    public void Split()
    {
        UInt256 spent = default;
        ulong next = Nonce;
        int count = 0;
        while (count < Entries.Count && Entries[count].Nonce == next && !UInt256.AddOverflows(spent, Entries[count].Cost, out spent) && spent <= Balance)
        {
            Entries[count].IsPending = true;
            next++;
            count++;
        }

        PendingCount = count;
        for (; count < Entries.Count; count++)
        {
            Entries[count].IsPending = false;
        }
    }
}
