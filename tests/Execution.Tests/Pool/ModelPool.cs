using System.Numerics;
using Cloud.Execution.Pool;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Tests.Pool;

/// <summary>The pool's rules written down as slowly and plainly as possible: one list, everything computed anew each time.</summary>
internal sealed class ModelPool(PoolOptions options, ulong baseFee)
{
    public Dictionary<Address, (ulong Nonce, BigInteger Balance)> Accounts { get; set; } = [];

    public List<Item> Waiting { get; private set; } = [];

    public List<Item> Committed { get; private set; } = [];

    private int _sequence;
    private int _lowest;

    public static BigInteger Cost(Transaction transaction) =>
        ((BigInteger)transaction.MaxFeePerGas * transaction.GasLimit) + (BigInteger)transaction.Value;

    public bool Has(Transaction transaction) => Waiting.Concat(Committed).Any(item => item.Transaction == transaction);

    public List<Item> Of(Address sender) => [.. Waiting.Where(item => item.Sender == sender).OrderBy(item => item.Transaction.Nonce)];

    public List<Item> Pending(Address sender)
    {
        (ulong nonce, BigInteger balance) = Accounts[sender];
        List<Item> pending = [];
        foreach (Item item in Of(sender))
        {
            balance -= Cost(item.Transaction);
            if (item.Transaction.Nonce != nonce++ || balance < 0)
            {
                break;
            }

            pending.Add(item);
        }

        return pending;
    }

    public bool IsPending(Item item) => Pending(item.Sender).Contains(item);

    public int QueuedCount => Waiting.Count(item => !IsPending(item));

    /// <summary>The refusal's type name, or null.</summary>
    public string? Add(Transaction transaction, Address sender)
    {
        if (Has(transaction))
        {
            return nameof(PoolRefusal.AlreadyKnown);
        }

        (ulong nonce, BigInteger balance) = Accounts[sender];
        if (transaction.Nonce < nonce)
        {
            return nameof(PoolRefusal.NonceTooLow);
        }

        Item? incumbent = Of(sender).Find(item => item.Transaction.Nonce == transaction.Nonce);
        BigInteger others = Of(sender).Where(item => item != incumbent).Aggregate(BigInteger.Zero, (sum, item) => sum + Cost(item.Transaction));
        if (others + Cost(transaction) > balance)
        {
            return nameof(PoolRefusal.InsufficientFunds);
        }

        if (incumbent is not null && !Outbids(transaction, incumbent.Transaction))
        {
            return nameof(PoolRefusal.ReplacementUnderpriced);
        }

        List<Item> before = [.. Waiting];
        Item item = new(transaction, sender, _sequence++);
        Waiting.Remove(incumbent!);
        Waiting.Add(item);
        string? refusal = TrimSender(sender, item) ? null : nameof(PoolRefusal.AccountLimit);
        refusal ??= TrimAll(item) ? null : IsPending(item) ? nameof(PoolRefusal.Underpriced) : nameof(PoolRefusal.Full);
        if (refusal is not null)
        {
            Waiting = before;
        }

        return refusal;
    }

    public void Commit(IReadOnlyList<Transaction> transactions)
    {
        foreach (Transaction transaction in transactions)
        {
            Item item = Waiting.Single(waiting => waiting.Transaction == transaction);
            Waiting.Remove(item);
            Committed.Add(item);
        }

        DropUsed();
    }

    /// <summary>New head. Accounts are set before.</summary>
    public void Move(IReadOnlyList<(Transaction Transaction, Address Sender)> removed, IReadOnlyList<Transaction> included)
    {
        List<Item> returning = Committed;
        Committed = [];
        foreach (Item item in returning.Where(item => !included.Contains(item.Transaction)))
        {
            Place(item);
        }

        Waiting.RemoveAll(item => included.Contains(item.Transaction));
        List<(Transaction Transaction, Address Sender)> back = [.. removed.Where(pair => !included.Contains(pair.Transaction))];
        _lowest -= back.Count;
        for (int i = 0; i < back.Count; i++)
        {
            if (!Has(back[i].Transaction))
            {
                Place(new Item(back[i].Transaction, back[i].Sender, _lowest + i));
            }
        }

        DropUsed();
        foreach (Address sender in Accounts.Keys)
        {
            TrimSender(sender, null);
        }

        TrimAll(null);
    }

    public List<Transaction> Select()
    {
        Dictionary<Address, List<Item>> left = Accounts.Keys.ToDictionary(sender => sender, Pending);
        List<Transaction> selected = [];
        while (true)
        {
            Item? best = left.Values.Where(list => list.Count > 0 && Tip(list[0].Transaction) >= 0).Select(list => list[0])
                .OrderByDescending(item => Tip(item.Transaction)).ThenBy(item => item.Sequence).FirstOrDefault();
            if (best is null)
            {
                return selected;
            }

            left[best.Sender].RemoveAt(0);
            selected.Add(best.Transaction);
        }
    }

    private static bool Raises(UInt256 challenger, UInt256 incumbent) =>
        challenger > incumbent && (BigInteger)challenger >= (BigInteger)incumbent * 110 / 100;

    private static bool Outbids(Transaction challenger, Transaction incumbent) =>
        Raises(challenger.MaxFeePerGas, incumbent.MaxFeePerGas) && Raises(challenger.MaxPriorityFeePerGas, incumbent.MaxPriorityFeePerGas);

    private BigInteger Tip(Transaction transaction)
    {
        BigInteger room = (BigInteger)transaction.MaxFeePerGas - baseFee;
        return room < 0 ? -1 : BigInteger.Min(room, (BigInteger)transaction.MaxPriorityFeePerGas);
    }

    private void Place(Item item)
    {
        Item? waiting = Of(item.Sender).Find(other => other.Transaction.Nonce == item.Transaction.Nonce);
        if (waiting is not null && Outbids(waiting.Transaction, item.Transaction))
        {
            return;
        }

        Waiting.Remove(waiting!);
        Waiting.Add(item);
    }

    private void DropUsed() => Waiting.RemoveAll(item => item.Transaction.Nonce < Accounts[item.Sender].Nonce);

    private bool TrimSender(Address sender, Item? newcomer)
    {
        while (Of(sender) is { } own
            && (own.Count > options.MaxPerSender || own.Sum(item => (long)item.Size) > options.MaxBytesPerSender || own.Count - Pending(sender).Count > options.MaxQueuedPerSender))
        {
            if (own[^1] == newcomer)
            {
                return false;
            }

            Waiting.Remove(own[^1]);
        }

        return true;
    }

    private bool TrimAll(Item? newcomer)
    {
        while (Waiting.Count + Committed.Count > options.MaxTransactions || Waiting.Concat(Committed).Sum(item => (long)item.Size) > options.MaxBytes || QueuedCount > options.MaxQueued)
        {
            Item? worst = Accounts.Keys.Select(Of).Where(own => own.Count > 0)
                .Select(own => (Tail: own[^1], Rank: own.Min(Rank))).OrderBy(pair => pair.Rank).ThenByDescending(pair => pair.Tail.Sequence)
                .Select(pair => pair.Tail).FirstOrDefault();
            if (worst is null || worst == newcomer)
            {
                return false;
            }

            Waiting.Remove(worst);
        }

        return true;
    }

    private (int Class, BigInteger Value) Rank(Item item)
    {
        BigInteger tip = Tip(item.Transaction);
        return (!IsPending(item) ? 0 : tip < 0 ? 1 : 2, tip < 0 ? (BigInteger)item.Transaction.MaxFeePerGas : tip);
    }

    public sealed record Item(Transaction Transaction, Address Sender, int Sequence)
    {
        public int Size => Transaction.Raw.Length;
    }
}
