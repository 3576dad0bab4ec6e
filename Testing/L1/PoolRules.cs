using Cloud.Protocol.Primitives;

namespace Cloud.Testing.L1;

/// <summary>The rules of geth's transaction pools that a publisher meets on a real L1 (reference peers-and-l1, B.5).</summary>
internal sealed class PoolRules
{
    private const int MaxBlobTransactions = 16;
    private const int MaxBlobs = 6;

    private readonly Dictionary<Address, SortedDictionary<ulong, PooledTransaction>> _accounts = [];

    /// <summary>Everything pooled and not mined.</summary>
    public IEnumerable<PooledTransaction> Pooled => _accounts.Values.SelectMany(account => account.Values);

    /// <summary>Forgets what is mined.</summary>
    /// <param name="sender">The account.</param>
    /// <param name="nonce">Its next nonce in the newest block.</param>
    public void Mined(Address sender, ulong nonce)
    {
        if (_accounts.TryGetValue(sender, out SortedDictionary<ulong, PooledTransaction>? account))
        {
            foreach (ulong used in account.Keys.Where(used => used < nonce).ToArray())
            {
                account.Remove(used);
            }
        }
    }

    /// <summary>Whether the pool would take a transaction.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="nonce">The account's next nonce in the newest block.</param>
    /// <returns>Geth's words for why it is refused; null where it is taken.</returns>
    public string? Refuse(PooledTransaction transaction, ulong nonce)
    {
        Mined(transaction.Sender, nonce);
        return Check(transaction, nonce, AccountOf(transaction));
    }

    /// <summary>Takes a transaction into the pool, in the place of one with its nonce.</summary>
    /// <param name="transaction">A transaction that is not refused.</param>
    public void Add(PooledTransaction transaction) => AccountOf(transaction)[transaction.Nonce] = transaction;

    private SortedDictionary<ulong, PooledTransaction> AccountOf(PooledTransaction transaction)
    {
        if (!_accounts.TryGetValue(transaction.Sender, out SortedDictionary<ulong, PooledTransaction>? account))
        {
            _accounts[transaction.Sender] = account = [];
        }

        return account;
    }

    private static string? Check(PooledTransaction transaction, ulong nonce, SortedDictionary<ulong, PooledTransaction> account)
    {
        if (transaction.Nonce < nonce)
        {
            return $"nonce too low: next nonce {nonce}, tx nonce {transaction.Nonce}";
        }

        account.TryGetValue(transaction.Nonce, out PooledTransaction? old);
        if (old?.Hash == transaction.Hash)
        {
            return "already known";
        }

        if (account.Values.Any(other => other.HasBlobs != transaction.HasBlobs))
        {
            return "address already reserved";
        }

        if (transaction.HasBlobs && !transaction.HasCellProofs)
        {
            return "unexpected blob sidecar version: cell proofs are required";
        }

        if (transaction.Blobs > MaxBlobs)
        {
            return $"too many blobs in transaction: have {transaction.Blobs}, permitted {MaxBlobs}";
        }

        if (old is not null)
        {
            return transaction.HasBlobs
                ? IsBelow(transaction.Tip, old.Tip, 200) || IsBelow(transaction.FeeCap, old.FeeCap, 200) || IsBelow(transaction.BlobFeeCap, old.BlobFeeCap, 200)
                    ? "replacement transaction underpriced" : null
                : IsBelow(transaction.Tip, old.Tip, 110) || IsBelow(transaction.FeeCap, old.FeeCap, 110)
                    ? "replacement transaction underpriced" : null;
        }

        if (transaction.HasBlobs)
        {
            ulong next = nonce + (ulong)account.Count;
            return transaction.Nonce != next ? $"nonce too high: tx nonce {transaction.Nonce}, gapped nonce {next}"
                : account.Count >= MaxBlobTransactions ? $"account limit exceeded: pooled {account.Count} txs"
                : null;
        }

        return null;
    }

    private static bool IsBelow(UInt256 value, UInt256 old, ulong percent) => value * 100UL < old * percent;
}
