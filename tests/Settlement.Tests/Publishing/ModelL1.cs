using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.L1;
using Cloud.Settlement.Publishing;

namespace Cloud.Settlement.Tests.Publishing;

/// <summary>One account on an L1 with geth's blob pool, fee spikes, reorgs and losses, all from a seed. In memory and in steps of a block.</summary>
internal sealed class ModelL1(Random random, double faults)
{
    public const ulong BlockTime = 12;
    public const ulong FinalDepth = 6;
    private const ulong Genesis = 1_000_000;

    private readonly List<Block> _chain = [new(new L1Block(0, HashOf(0, 0), default, Genesis, Gwei(1), 30_000_000, 0, 0), [], Gwei(1), Gwei(1))];
    private readonly SortedDictionary<ulong, Sent> _pool = [];
    private readonly Dictionary<Hash256, Inclusion> _mined = [];
    private ImmutableHashSet<Hash256> _posted = [];
    private ulong _salt;

    public L1Block Head => _chain[^1].Header;

    public ulong Finalized => Head.Number > FinalDepth ? Head.Number - FinalDepth : 0;

    public ulong Nonce => (ulong)_mined.Count;

    public MarketFees Market => new(_chain[^1].BaseFee, Gwei(1), _chain[^1].BlobBaseFee);

    /// <summary>Everything in the chain, oldest first.</summary>
    public IEnumerable<(Sent Transaction, Inclusion Where)> Mined => _chain.SelectMany(block => block.Transactions.Select(mined => (mined.Transaction, Where(block, mined.Succeeded))));

    public ImmutableHashSet<Hash256> Posted => _posted;

    public Inclusion? Find(Hash256 transaction) => _mined.GetValueOrDefault(transaction);

    public static UInt256 Gwei(ulong amount) => amount * 1_000_000_000;

    public SendOutcome Send(Sent transaction)
    {
        if (transaction.Nonce < Nonce)
        {
            return new SendOutcome.NonceTooLow();
        }

        if (_pool.TryGetValue(transaction.Nonce, out Sent? old))
        {
            if (old.Hash == transaction.Hash)
            {
                return new SendOutcome.AlreadyKnown();
            }

            FeeBid needed = old.Fees.Doubled();
            if (transaction.Fees.Tip < needed.Tip || transaction.Fees.FeeCap < needed.FeeCap || transaction.Fees.BlobFeeCap < needed.BlobFeeCap)
            {
                return new SendOutcome.ReplacementUnderpriced();
            }
        }
        else if (transaction.Nonce > Nonce && !_pool.ContainsKey(transaction.Nonce - 1))
        {
            return new SendOutcome.NonceGap();
        }

        if (random.NextDouble() >= faults / 4)
        {
            _pool[transaction.Nonce] = transaction;
        }

        return new SendOutcome.Accepted(transaction.Hash);
    }

    /// <summary>Mines a block, or replaces the newest ones.</summary>
    public void Step()
    {
        int depth = random.NextDouble() < faults / 8 ? random.Next(1, 4) : 0;
        depth = Math.Min(depth, _chain.Count - 1);
        List<Sent> removed = [.. _chain.TakeLast(depth).SelectMany(block => block.Transactions.Select(mined => mined.Transaction))];
        _chain.RemoveRange(_chain.Count - depth, depth);
        foreach (Sent transaction in removed)
        {
            if (_mined.Remove(transaction.Hash, out Inclusion? was) && was.Succeeded)
            {
                _posted = _posted.Remove(transaction.Checkpoint);
            }

            // Geth brings them back, unless the pool has something newer; some nodes lose them.
            if (random.NextDouble() >= faults)
            {
                _pool.TryAdd(transaction.Nonce, transaction);
            }
        }

        for (int i = 0; i <= depth; i++)
        {
            Mine();
        }

        if (_pool.Count > 0 && random.NextDouble() < faults / 8)
        {
            ulong last = _pool.Keys.Max();
            _pool.Remove(last);
        }
    }

    private void Mine()
    {
        Block parent = _chain[^1];
        UInt256 baseFee = Walk(parent.BaseFee);
        UInt256 blobBaseFee = Walk(parent.BlobBaseFee);
        ulong number = parent.Header.Number + 1;
        ulong timestamp = parent.Header.Timestamp + BlockTime;
        L1Block header = new(number, HashOf(number, ++_salt), parent.Header.Hash, timestamp, baseFee, 30_000_000, 0, 0);
        List<(Sent, bool)> mined = [];
        _chain.Add(new Block(header, mined, baseFee, blobBaseFee));
        while (_pool.TryGetValue(Nonce, out Sent? next) && next.Fees.Covers(new MarketFees(baseFee, default, blobBaseFee), UInt256.One))
        {
            _pool.Remove(next.Nonce);
            bool succeeded = next.IsCancel || (timestamp < next.Deadline && !_posted.Contains(next.Checkpoint));
            mined.Add((next, succeeded));
            _mined.Add(next.Hash, Where(_chain[^1], succeeded));
            _posted = succeeded && !next.IsCancel ? _posted.Add(next.Checkpoint) : _posted;
        }

        foreach (ulong stale in _pool.Keys.Where(nonce => nonce < Nonce).ToArray())
        {
            _pool.Remove(stale);
        }
    }

    /// <summary>An eighth up or down, now and then eight times as much at once, and back.</summary>
    private UInt256 Walk(UInt256 fee)
    {
        if (random.NextDouble() < faults / 10)
        {
            return fee > Gwei(20) ? Gwei(1) : fee * 8UL;
        }

        UInt256 next = random.Next(2) == 0 ? fee * 9UL / 8UL : fee * 7UL / 8UL;
        return next < Gwei(1) ? Gwei(1) : next > Gwei(100) ? Gwei(100) : next;
    }

    private static Inclusion Where(Block block, bool succeeded) => new(block.Header.Number, block.Header.Hash, succeeded);

    private static Hash256 HashOf(ulong number, ulong salt) => Keccak256.Hash([.. BitConverter.GetBytes(number), .. BitConverter.GetBytes(salt)]);

    public sealed record Sent(Hash256 Hash, ulong Nonce, Hash256 Checkpoint, bool IsCancel, FeeBid Fees, ulong Deadline);

    private sealed record Block(L1Block Header, List<(Sent Transaction, bool Succeeded)> Transactions, UInt256 BaseFee, UInt256 BlobBaseFee);
}
