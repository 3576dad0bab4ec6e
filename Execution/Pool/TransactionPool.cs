using Cloud.Execution.State;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Pool;

/// <summary>Transactions that wait to be built into a block. Safe for use by several threads: one lock, held for short times; signatures are recovered and accounts of new senders read outside it.</summary>
/// <remarks>
/// Each sender has a chain by nonce. What can run now is pending: no gap before it, and funds for it after the ones before it. The rest is queued.
/// Transactions in flashblocks stay known until their chunk is sealed or discarded, so that none is ever between pool and chain.
/// </remarks>
public sealed partial class TransactionPool
{
    private static ReadOnlySpan<byte> DelegationPrefix => [0xef, 0x01, 0x00];

    private const int DelegationLength = 23;

    private readonly Lock _gate = new();
    private readonly PoolOptions _options;
    private readonly TransactionRules _rules;
    private readonly SenderCache _senderCache;
    private readonly TimeProvider _time;

    private readonly Dictionary<Hash256, PoolEntry> _byHash = [];
    private readonly Dictionary<Address, SenderChain> _chains = [];
    private readonly Dictionary<Address, int> _authorities = [];
    private PoolHead _head;
    private IStateReader _view;
    private long _version;
    private PoolEntry? _oldest;
    private PoolEntry? _newest;
    private long _nextSequence;
    private long _lowestSequence;
    private int _waiting;
    private int _queued;
    private long _bytes;

    /// <summary>Makes an empty pool.</summary>
    /// <param name="options">Bounds and policies.</param>
    /// <param name="chainId">The chain that signatures must name.</param>
    /// <param name="head">The block to build on.</param>
    /// <param name="senders">Known senders, shared with builder and verifier.</param>
    /// <param name="time">For expiry.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public TransactionPool(PoolOptions options, ulong chainId, PoolHead head, SenderCache senders, TimeProvider time)
    {
        IReadOnlyList<string> faults = options.Validate();
        if (faults.Count > 0)
        {
            throw new ArgumentException(string.Join(' ', faults), nameof(options));
        }

        _options = options;
        _rules = new TransactionRules { ChainId = chainId, MaxLength = options.MaxTransactionBytes };
        _head = head;
        _view = head.State;
        _senderCache = senders;
        _time = time;
    }

    /// <summary>The block to build on.</summary>
    public PoolHead Head => Volatile.Read(ref _head);

    /// <summary>How much is in the pool.</summary>
    public PoolCounts Counts
    {
        get
        {
            lock (_gate)
            {
                return new PoolCounts(_waiting - _queued, _queued, _byHash.Count - _waiting, _bytes, _chains.Count);
            }
        }
    }

    /// <summary>Takes an encoded transaction, or says why not.</summary>
    /// <param name="raw">The envelope; it is copied.</param>
    /// <returns>Whether it is in the pool now.</returns>
    public PoolAdmission Add(ReadOnlySpan<byte> raw) => Transaction.Decode(raw, _rules) switch
    {
        TransactionDecoding.Decoded decoded => Add(decoded.Transaction),
        TransactionDecoding.Refused refused => Refuse(new PoolRefusal.Invalid(refused.Reason)),
        _ => throw new InvalidOperationException("Not a known decoding."),
    };

    /// <summary>Takes a transaction, or says why not.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <returns>Whether it is in the pool now.</returns>
    public PoolAdmission Add(Transaction transaction)
    {
        if (CheckAlone(transaction) is { } alone)
        {
            return Refuse(alone);
        }

        if (!_senderCache.TryGetSender(transaction, out Address sender))
        {
            return Refuse(new PoolRefusal.Invalid(new TransactionRefusal.InvalidSignature(SignatureFault.None)));
        }

        PoolEntry entry = NewEntry(transaction, in sender);
        PoolAdmission? admission = null;
        while (admission is null)
        {
            IStateReader view;
            long version;
            lock (_gate)
            {
                (view, version) = (_view, _version);
                if (_byHash.ContainsKey(transaction.Hash))
                {
                    return Refuse(new PoolRefusal.AlreadyKnown());
                }
            }

            // The account may come from disk, so it is read outside the lock, and once more where the head moved meanwhile.
            SenderAccount account = ReadAccount(view, in sender);
            lock (_gate)
            {
                if (version == _version)
                {
                    admission = Admit(entry, in account);
                }
            }
        }

        Publish();
        return admission;
    }

    /// <summary>Where a transaction is.</summary>
    /// <param name="hash">The transaction.</param>
    /// <returns>Its one status.</returns>
    public PoolStatus Status(in Hash256 hash)
    {
        lock (_gate)
        {
            return _byHash.TryGetValue(hash, out PoolEntry? entry) ? entry.Status : Remembered(in hash);
        }
    }

    /// <summary>Finds a transaction that is queued, pending or in a flashblock.</summary>
    /// <param name="hash">The transaction.</param>
    /// <param name="transaction">The transaction, or null.</param>
    /// <returns>Whether the pool has it.</returns>
    public bool TryGet(in Hash256 hash, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Transaction? transaction)
    {
        lock (_gate)
        {
            transaction = _byHash.TryGetValue(hash, out PoolEntry? entry) ? entry.Transaction : null;
            return transaction is not null;
        }
    }

    /// <summary>The nonce that an account's next transaction should have: after its flashblocks and its pending transactions.</summary>
    /// <param name="address">The account.</param>
    /// <returns>The first free nonce.</returns>
    public ulong NextNonce(in Address address)
    {
        IStateReader view;
        lock (_gate)
        {
            if (_chains.TryGetValue(address, out SenderChain? chain))
            {
                return chain.NextNonce;
            }

            view = _view;
        }

        return view.TryGetAccount(in address, out Account account) ? account.Nonce : 0;
    }

    /// <summary>The waiting transactions of an account, in order of their nonces.</summary>
    /// <param name="address">The account.</param>
    /// <returns>Pending ones, then queued ones.</returns>
    public (IReadOnlyList<Transaction> Pending, IReadOnlyList<Transaction> Queued) Content(in Address address)
    {
        List<Transaction> pending = [];
        List<Transaction> queued = [];
        lock (_gate)
        {
            if (_chains.TryGetValue(address, out SenderChain? chain))
            {
                foreach (PoolEntry entry in chain.Entries)
                {
                    (entry.IsPending ? pending : queued).Add(entry.Transaction);
                }
            }
        }

        return (pending, queued);
    }

    /// <summary>The accounts that have a transaction in the pool.</summary>
    /// <returns>A copy, in no order.</returns>
    public IReadOnlyList<Address> Senders()
    {
        lock (_gate)
        {
            return [.. _chains.Keys];
        }
    }

    /// <summary>Removes a waiting transaction; later ones of its sender become queued.</summary>
    /// <param name="hash">The transaction.</param>
    /// <returns>False where it does not wait in the pool.</returns>
    public bool Remove(in Hash256 hash)
    {
        lock (_gate)
        {
            if (!_byHash.TryGetValue(hash, out PoolEntry? entry) || entry.Flashblock is not null)
            {
                return false;
            }

            SenderChain chain = _chains[entry.Sender];
            Unlink(chain, entry);
            Drop(entry, new DropReason.Removed());
            Settle(chain);
        }

        Publish();
        return true;
    }

    /// <summary>Drops what has waited too long. Call it now and then; adding does not.</summary>
    /// <returns>How many were dropped.</returns>
    public int DropExpired()
    {
        int dropped = 0;
        lock (_gate)
        {
            long now = _time.GetTimestamp();
            PoolEntry? entry = _oldest;
            while (entry is not null && _time.GetElapsedTime(entry.AddedAt, now) >= _options.Lifetime)
            {
                PoolEntry? newer = entry.Newer;
                if (entry.Flashblock is null)
                {
                    SenderChain chain = _chains[entry.Sender];
                    Unlink(chain, entry);
                    Drop(entry, new DropReason.Expired(_options.Lifetime));
                    Settle(chain);
                    dropped++;
                }

                entry = newer;
            }
        }

        Publish();
        return dropped;
    }

    private static PoolAdmission.Refused Refuse(PoolRefusal reason) => new(reason);

    private static SenderAccount ReadAccount(IStateReader view, in Address address)
    {
        if (!view.TryGetAccount(in address, out Account account))
        {
            return default;
        }

        if (account.CodeHash == Keccak256.OfEmpty || account.CodeHash.IsZero)
        {
            return new SenderAccount(account.Nonce, account.Balance, false, false);
        }

        ReadOnlySpan<byte> code = view.GetCode(account.CodeHash).Span;
        bool isDelegated = code.Length == DelegationLength && code.StartsWith(DelegationPrefix);
        return new SenderAccount(account.Nonce, account.Balance, isDelegated, !isDelegated);
    }

    private static PoolEntry NewEntry(Transaction transaction, in Address sender)
    {
        bool overflows = UInt256.MultiplyOverflows(transaction.MaxFeePerGas, transaction.GasLimit, out UInt256 cost);
        overflows |= UInt256.AddOverflows(cost, transaction.Value, out cost);
        List<Address>? authorities = null;
        foreach (Authorization authorization in transaction.Authorizations)
        {
            if (authorization.TryRecoverAuthority(out Address authority) && !(authorities ??= []).Contains(authority))
            {
                authorities.Add(authority);
            }
        }

        return new PoolEntry(transaction, sender, overflows ? UInt256.MaxValue : cost, authorities?.ToArray());
    }

    private PoolRefusal? CheckAlone(Transaction transaction)
    {
        PoolHead head = Head;
        if (transaction.Type is TransactionType.Deposit)
        {
            return new PoolRefusal.Invalid(new TransactionRefusal.DepositNotAllowed());
        }

        if (transaction.Type is TransactionType.Blob)
        {
            return new PoolRefusal.Invalid(new TransactionRefusal.BlobTransaction());
        }

        if (transaction.Raw.Length > _options.MaxTransactionBytes)
        {
            return new PoolRefusal.Oversized(transaction.Raw.Length, _options.MaxTransactionBytes);
        }

        if (transaction.ChainId is { } chainId && chainId != _rules.ChainId)
        {
            return new PoolRefusal.Invalid(new TransactionRefusal.WrongChain(chainId, _rules.ChainId));
        }

        if (transaction.Fields.Check(head.Fork) is { } refusal)
        {
            return new PoolRefusal.Invalid(refusal);
        }

        return transaction.GasLimit > head.GasLimit ? new PoolRefusal.ExceedsBlockGasLimit(transaction.GasLimit, head.GasLimit)
            : transaction.MaxPriorityFeePerGas < _options.MinTip ? new PoolRefusal.TipTooLow(transaction.MaxPriorityFeePerGas, _options.MinTip)
            : null;
    }

    /// <summary>Puts an entry where it belongs if nothing speaks against it. On a refusal everything is as before.</summary>
    private PoolAdmission Admit(PoolEntry entry, in SenderAccount account)
    {
        if (_byHash.ContainsKey(entry.Transaction.Hash))
        {
            return Refuse(new PoolRefusal.AlreadyKnown());
        }

        if (entry.Nonce < account.Nonce)
        {
            return Refuse(new PoolRefusal.NonceTooLow(entry.Nonce, account.Nonce));
        }

        if (account.IsContract)
        {
            return Refuse(new PoolRefusal.SenderNotEoa(entry.Sender));
        }

        SenderChain chain = CurrentChain(entry.Sender, in account, out bool isNew);
        int index = chain.IndexOf(entry.Nonce);
        PoolEntry? incumbent = index >= 0 ? chain.Entries[index] : null;
        PoolRefusal? refusal = CheckAgainstChain(entry, chain, incumbent, account.IsDelegated);
        if (refusal is not null)
        {
            return Refuse(refusal);
        }

        if (isNew)
        {
            _chains.Add(entry.Sender, chain);
        }

        List<PoolEntry> victims = [];
        if (incumbent is not null)
        {
            Unlink(chain, incumbent);
        }

        entry.Sequence = _nextSequence++;
        Link(chain, entry);
        refusal = FitIntoChain(entry, chain, victims);
        int own = victims.Count;
        refusal ??= MakeRoom(entry, victims);
        if (refusal is not null)
        {
            Restore(entry, chain, incumbent, victims);
            return Refuse(refusal);
        }

        Register(entry);
        if (incumbent is not null)
        {
            Drop(incumbent, new DropReason.Replaced(entry.Transaction.Hash));
        }

        for (int i = 0; i < victims.Count; i++)
        {
            Drop(victims[i], i < own ? DropReason.AccountLimit.Instance : DropReason.Evicted.Instance);
            if (_chains.TryGetValue(victims[i].Sender, out SenderChain? other))
            {
                Settle(other);
            }
        }

        Settle(chain);
        return new PoolAdmission.Added(entry.Transaction, entry.Sender, entry.IsPending, incumbent?.Transaction.Hash);
    }

    /// <summary>The sender's chain, up to date with its account; a new one is not in the pool yet.</summary>
    private SenderChain CurrentChain(in Address sender, in SenderAccount account, out bool isNew)
    {
        if (_chains.TryGetValue(sender, out SenderChain? chain) && (chain.Nonce != account.Nonce || chain.Balance != account.Balance))
        {
            // A block without a list of its changes, or with a wrong one, has passed over this chain.
            Refresh(chain);
            chain = _chains.GetValueOrDefault(sender);
        }

        isNew = chain is null;
        return chain ?? new SenderChain(sender) { Nonce = account.Nonce, Balance = account.Balance };
    }

    private PoolRefusal? CheckAgainstChain(PoolEntry entry, SenderChain chain, PoolEntry? incumbent, bool isDelegated)
    {
        UInt256 waiting = chain.TotalCost(incumbent);
        if (UInt256.AddOverflows(waiting, entry.Cost, out UInt256 total) || total > chain.Balance)
        {
            return new PoolRefusal.InsufficientFunds(chain.Balance, waiting, entry.Cost);
        }

        if (incumbent is not null)
        {
            return Outbids(entry.Transaction, incumbent.Transaction)
                ? CheckAuthorities(entry)
                : new PoolRefusal.ReplacementUnderpriced(incumbent.Transaction.Hash, _options.ReplacementBumpPercent);
        }

        if (isDelegated || _authorities.ContainsKey(entry.Sender))
        {
            if (chain.Entries.Count >= _options.MaxPerDelegatedSender)
            {
                return new PoolRefusal.DelegatedLimit(_options.MaxPerDelegatedSender);
            }

            ulong next = chain.Nonce + (ulong)chain.Entries.Count;
            if (entry.Nonce != next)
            {
                return new PoolRefusal.DelegatedGap(entry.Nonce, next);
            }
        }

        return CheckAuthorities(entry);
    }

    private PoolRefusal.AuthorityReserved? CheckAuthorities(PoolEntry entry)
    {
        foreach (Address authority in entry.Authorities ?? [])
        {
            if (authority != entry.Sender && _chains.TryGetValue(authority, out SenderChain? chain) && chain.Entries.Count > _options.MaxPerDelegatedSender)
            {
                return new PoolRefusal.AuthorityReserved(authority);
            }
        }

        return null;
    }

    private bool Outbids(Transaction challenger, Transaction incumbent) =>
        Raises(challenger.MaxFeePerGas, incumbent.MaxFeePerGas) && Raises(challenger.MaxPriorityFeePerGas, incumbent.MaxPriorityFeePerGas);

    private bool Raises(in UInt256 challenger, in UInt256 incumbent)
    {
        // Above 2^256 / 100 no bump can be expressed; then the incumbent stays.
        if (UInt256.MultiplyOverflows(incumbent, (ulong)(100 + _options.ReplacementBumpPercent), out UInt256 scaled))
        {
            return false;
        }

        UInt256 threshold = scaled / 100UL;
        return challenger > incumbent && challenger >= threshold;
    }

    /// <summary>Holds the sender's own bounds: the last transactions go, but never for one that would be the last.</summary>
    private PoolRefusal? FitIntoChain(PoolEntry entry, SenderChain chain, List<PoolEntry> victims)
    {
        while (true)
        {
            PoolRefusal? broken =
                chain.Entries.Count > _options.MaxPerSender ? new PoolRefusal.AccountLimit(_options.MaxPerSender, "transactions")
                : chain.Bytes > _options.MaxBytesPerSender ? new PoolRefusal.AccountLimit(_options.MaxBytesPerSender, "bytes")
                : chain.QueuedCount > _options.MaxQueuedPerSender ? new PoolRefusal.AccountLimit(_options.MaxQueuedPerSender, "queued transactions")
                : null;
            if (broken is null)
            {
                return null;
            }

            PoolEntry tail = chain.Entries[^1];
            if (ReferenceEquals(tail, entry))
            {
                return broken;
            }

            Unlink(chain, tail);
            victims.Add(tail);
        }
    }

    private void Restore(PoolEntry entry, SenderChain chain, PoolEntry? incumbent, List<PoolEntry> victims)
    {
        if (chain.IndexOf(entry.Nonce) is >= 0 and int index && ReferenceEquals(chain.Entries[index], entry))
        {
            Unlink(chain, entry);
        }

        for (int i = victims.Count - 1; i >= 0; i--)
        {
            if (!ReferenceEquals(victims[i], entry))
            {
                Link(_chains[victims[i].Sender], victims[i]);
            }
        }

        if (incumbent is not null)
        {
            Link(chain, incumbent);
        }

        if (chain.IsEmpty)
        {
            _chains.Remove(chain.Sender);
        }
    }

    /// <summary>Puts an entry into its chain and counts it, without telling anybody.</summary>
    private void Link(SenderChain chain, PoolEntry entry)
    {
        int queued = chain.QueuedCount;
        Unrank(chain);
        chain.Insert(entry);
        chain.Split();
        Rank(chain);
        _queued += chain.QueuedCount - queued;
        _waiting++;
        _bytes += entry.Size;
    }

    /// <summary>Takes an entry out of its chain, without telling anybody.</summary>
    private void Unlink(SenderChain chain, PoolEntry entry)
    {
        int queued = chain.QueuedCount;
        Unrank(chain);
        chain.Remove(entry);
        chain.Split();
        Rank(chain);
        _queued += chain.QueuedCount - queued;
        _waiting--;
        _bytes -= entry.Size;
    }

    /// <summary>Gives a chain another account state.</summary>
    private void SetAccount(SenderChain chain, ulong nonce, in UInt256 balance)
    {
        int queued = chain.QueuedCount;
        Unrank(chain);
        chain.Nonce = nonce;
        chain.Balance = balance;
        chain.Split();
        Rank(chain);
        _queued += chain.QueuedCount - queued;
    }

    /// <summary>Makes an entry known by hash, by age and by the accounts it delegates.</summary>
    private void Register(PoolEntry entry)
    {
        _byHash.Add(entry.Transaction.Hash, entry);
        _remembered.Remove(entry.Transaction.Hash);
        entry.AddedAt = _time.GetTimestamp();
        entry.Older = _newest;
        entry.Newer = null;
        if (_newest is null)
        {
            _oldest = entry;
        }
        else
        {
            _newest.Newer = entry;
        }

        _newest = entry;
        foreach (Address authority in entry.Authorities ?? [])
        {
            _authorities[authority] = _authorities.GetValueOrDefault(authority) + 1;
        }
    }

    /// <summary>The reverse of <see cref="Register"/>.</summary>
    private void Unregister(PoolEntry entry)
    {
        _byHash.Remove(entry.Transaction.Hash);
        if (entry.Older is null)
        {
            _oldest = entry.Newer;
        }
        else
        {
            entry.Older.Newer = entry.Newer;
        }

        if (entry.Newer is null)
        {
            _newest = entry.Older;
        }
        else
        {
            entry.Newer.Older = entry.Older;
        }

        entry.Older = null;
        entry.Newer = null;
        foreach (Address authority in entry.Authorities ?? [])
        {
            int count = _authorities[authority] - 1;
            if (count == 0)
            {
                _authorities.Remove(authority);
            }
            else
            {
                _authorities[authority] = count;
            }
        }
    }

    /// <summary>Forgets an entry that is in no chain any more, and remembers why.</summary>
    private void Drop(PoolEntry entry, DropReason reason)
    {
        Unregister(entry);
        Remember(entry.Transaction.Hash, entry.Sender, new PoolStatus.Dropped(reason));
    }

    /// <summary>Tells observers and builders what a chain's changes did to its entries; removes the chain where nothing is left of it.</summary>
    private void Settle(SenderChain chain)
    {
        bool promoted = false;
        foreach (PoolEntry entry in chain.Entries)
        {
            PoolStatus status = entry.Status;
            if (!ReferenceEquals(entry.Announced, status))
            {
                entry.Announced = status;
                promoted |= entry.IsPending;
                Tell(new PoolChange(entry.Transaction.Hash, entry.Sender, status));
            }
        }

        if (promoted)
        {
            foreach (PoolSelection selection in _selections)
            {
                selection.Notify(chain.Sender);
            }
        }

        if (chain.IsEmpty)
        {
            _chains.Remove(chain.Sender);
        }
    }

    private readonly record struct SenderAccount(ulong Nonce, UInt256 Balance, bool IsDelegated, bool IsContract);
}
