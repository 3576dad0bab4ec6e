using Cloud.Execution.State;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Pool;

/// <content>How the pool follows the chain: flashblocks, sealed blocks, reorgs.</content>
public sealed partial class TransactionPool
{
    /// <summary>What the flashblocks of the chunk under construction have changed. A null stands for a flashblock whose changes are not known.</summary>
    private readonly List<IReadOnlyList<StateChanges>?> _flashblockChanges = [];

    private int _lastFlashblock = -1;
    private int _committed;

    /// <summary>A flashblock of the chunk on top of the head has been emitted: its transactions are no longer offered, and senders are judged by the state after it.</summary>
    /// <param name="flashblock">The flashblock.</param>
    /// <returns>False where it belongs to another block, or is not newer than the last one: then nothing changes.</returns>
    public bool Commit(PoolFlashblock flashblock)
    {
        Address?[] senders = new Address?[flashblock.Transactions.Count];
        _senderCache.Recover(flashblock.Transactions, senders, 1, CancellationToken.None);
        lock (_gate)
        {
            if (flashblock.BlockNumber != _head.Number + 1 || flashblock.Index <= _lastFlashblock)
            {
                return false;
            }

            _version++;
            _lastFlashblock = flashblock.Index;
            _view = flashblock.State;
            _flashblockChanges.Add(flashblock.Changes);
            PoolStatus.InFlashblock status = new(flashblock.BlockNumber, flashblock.Index);
            HashSet<SenderChain> touched = [];
            for (int i = 0; i < senders.Length; i++)
            {
                Transaction transaction = flashblock.Transactions[i];
                if (transaction.Type != TransactionType.Deposit && senders[i] is { } sender)
                {
                    touched.Add(CommitOne(transaction, in sender, status));
                }
            }

            Touch(flashblock.Changes, touched);
            foreach (SenderChain chain in touched)
            {
                Refresh(chain);
            }
        }

        Publish();
        return true;
    }

    /// <summary>The chunk under construction will not be sealed: what its flashblocks held waits again.</summary>
    /// <param name="blockNumber">The chunk's block number. Nothing happens where it is not the head's plus one.</param>
    public void Discard(ulong blockNumber)
    {
        lock (_gate)
        {
            if (blockNumber == _head.Number + 1 && _lastFlashblock >= 0)
            {
                MoveHead(_head, [], [], [], []);
            }
        }

        Publish();
    }

    /// <summary>The chain has another head.</summary>
    /// <param name="head">The new head.</param>
    /// <param name="removed">Blocks that left the chain, oldest first. Their transactions wait again, before newer ones with the same tip.</param>
    /// <param name="added">Blocks that joined the chain, oldest first.</param>
    public void SetHead(PoolHead head, IReadOnlyList<PoolBlock> removed, IReadOnlyList<PoolBlock> added)
    {
        HashSet<Hash256> included = [];
        foreach (PoolBlock block in added)
        {
            foreach (Transaction transaction in block.Transactions)
            {
                // Recovers senders that this process has not met, before the lock is taken.
                _ = _senderCache.TryGetSender(transaction, out _);
                included.Add(transaction.Hash);
            }
        }

        List<PoolEntry> returning = [];
        foreach (PoolBlock block in removed)
        {
            foreach (Transaction transaction in block.Transactions)
            {
                if (transaction.Type != TransactionType.Deposit && !included.Contains(transaction.Hash) && _senderCache.TryGetSender(transaction, out Address sender))
                {
                    returning.Add(NewEntry(transaction, in sender));
                }
            }
        }

        lock (_gate)
        {
            MoveHead(head, removed, added, included, returning);
        }

        Publish();
    }

    private void MoveHead(PoolHead head, IReadOnlyList<PoolBlock> removed, IReadOnlyList<PoolBlock> added, HashSet<Hash256> included, List<PoolEntry> returning)
    {
        bool lowersGasLimit = head.GasLimit < _head.GasLimit;
        _version++;
        Volatile.Write(ref _head, head);
        _view = head.State;
        _lastFlashblock = -1;
        ForgetRanks();

        HashSet<SenderChain> touched = [];
        foreach (IReadOnlyList<StateChanges>? changes in _flashblockChanges)
        {
            Touch(changes, touched);
        }

        _flashblockChanges.Clear();
        ReturnFlashblocks(included, touched);
        foreach (PoolBlock block in added)
        {
            Include(block, touched);
            Touch(block.Changes, touched);
        }

        foreach (PoolBlock block in removed)
        {
            Touch(block.Changes, touched);
        }

        ReturnRemoved(returning, touched);
        if (lowersGasLimit)
        {
            DropAboveGasLimit(touched);
        }

        foreach (SenderChain chain in touched)
        {
            Refresh(chain);
        }

        Trim(touched);
    }

    private SenderChain CommitOne(Transaction transaction, in Address sender, PoolStatus.InFlashblock status)
    {
        SenderChain chain = ChainOf(in sender);
        if (_byHash.TryGetValue(transaction.Hash, out PoolEntry? entry))
        {
            if (entry.Flashblock is null && entry.IsPending && entry.Nonce == chain.Nonce)
            {
                // The usual case, and cheap: all chains are read and split anew once the flashblock is through.
                Unrank(chain);
                chain.RemoveUsedHead();
                Rank(chain);
                _waiting--;
                _bytes -= entry.Size;
            }
            else if (entry.Flashblock is null)
            {
                Unlink(chain, entry);
            }
            else
            {
                chain.Committed.Remove(entry);
                _committed--;
                _bytes -= entry.Size;
            }
        }
        else
        {
            // It came to another node; remembered here too, it waits again if the chunk is discarded.
            entry = NewEntry(transaction, in sender);
            entry.Sequence = _nextSequence++;
            Register(entry);
        }

        entry.Flashblock = status;
        entry.Announced = status;
        chain.Committed.Add(entry);
        _committed++;
        _bytes += entry.Size;
        Tell(new PoolChange(transaction.Hash, sender, status));
        return chain;
    }

    private void ReturnFlashblocks(HashSet<Hash256> included, HashSet<SenderChain> touched)
    {
        if (_committed == 0)
        {
            return;
        }

        foreach (SenderChain chain in _chains.Values)
        {
            foreach (PoolEntry entry in chain.Committed)
            {
                entry.Flashblock = null;
                entry.IsPending = false;
                _committed--;
                _bytes -= entry.Size;
                if (included.Contains(entry.Transaction.Hash))
                {
                    // Include remembers the block.
                    Unregister(entry);
                }
                else
                {
                    Place(chain, entry);
                }

                touched.Add(chain);
            }

            chain.Committed.Clear();
        }
    }

    private void Include(PoolBlock block, HashSet<SenderChain> touched)
    {
        foreach (Transaction transaction in block.Transactions)
        {
            if (transaction.Type == TransactionType.Deposit)
            {
                continue;
            }

            if (_byHash.TryGetValue(transaction.Hash, out PoolEntry? entry))
            {
                SenderChain chain = _chains[entry.Sender];
                Unlink(chain, entry);
                Unregister(entry);
                touched.Add(chain);
            }

            _ = _senderCache.TryGetSender(transaction, out Address sender);
            if (_chains.TryGetValue(sender, out SenderChain? own))
            {
                touched.Add(own);
            }

            Remember(transaction.Hash, sender, new PoolStatus.Included(block.Number, block.Hash));
        }
    }

    private void ReturnRemoved(List<PoolEntry> returning, HashSet<SenderChain> touched)
    {
        // Numbers below all others, rising in block order: what was in the chain goes before what arrived later.
        _lowestSequence -= returning.Count;
        for (int i = 0; i < returning.Count; i++)
        {
            PoolEntry entry = returning[i];
            if (_byHash.ContainsKey(entry.Transaction.Hash))
            {
                continue;
            }

            SenderChain chain = ChainOf(entry.Sender);
            entry.Sequence = _lowestSequence + i;
            Register(entry);
            Place(chain, entry);
            touched.Add(chain);
        }
    }

    /// <summary>Puts a registered entry that once was in a block back into its chain. A waiting one with its nonce stays only where it could replace it.</summary>
    private void Place(SenderChain chain, PoolEntry entry)
    {
        int index = chain.IndexOf(entry.Nonce);
        if (index >= 0)
        {
            PoolEntry waiting = chain.Entries[index];
            if (Outbids(waiting.Transaction, entry.Transaction))
            {
                Drop(entry, new DropReason.Replaced(waiting.Transaction.Hash));
                return;
            }

            Unlink(chain, waiting);
            Drop(waiting, new DropReason.Replaced(entry.Transaction.Hash));
        }

        Link(chain, entry);
    }

    private void DropAboveGasLimit(HashSet<SenderChain> touched)
    {
        foreach (SenderChain chain in _chains.Values)
        {
            for (int i = chain.Entries.Count - 1; i >= 0; i--)
            {
                PoolEntry entry = chain.Entries[i];
                if (entry.Transaction.GasLimit > _head.GasLimit)
                {
                    Unlink(chain, entry);
                    Drop(entry, new DropReason.ExceedsBlockGasLimit(_head.GasLimit));
                    touched.Add(chain);
                }
            }
        }
    }

    /// <summary>Collects the chains of the accounts that changed.</summary>
    private void Touch(IReadOnlyList<StateChanges>? changes, HashSet<SenderChain> touched)
    {
        if (changes is null)
        {
            touched.UnionWith(_chains.Values);
            return;
        }

        for (int i = 0; i < changes.Count; i++)
        {
            Touch(changes[i], touched);
        }
    }

    private void Touch(StateChanges changes, HashSet<SenderChain> touched)
    {
        if (changes.Accounts.Count > _chains.Count)
        {
            foreach (SenderChain chain in _chains.Values)
            {
                if (changes.Accounts.ContainsKey(chain.Sender))
                {
                    touched.Add(chain);
                }
            }

            return;
        }

        foreach (Address address in changes.Accounts.Keys)
        {
            if (_chains.TryGetValue(address, out SenderChain? chain))
            {
                touched.Add(chain);
            }
        }
    }

    /// <summary>Reads a chain's account again, and drops what its nonce has made impossible.</summary>
    private void Refresh(SenderChain chain)
    {
        SenderAccount account = ReadAccount(_view, chain.Sender);
        SetAccount(chain, account.Nonce, account.Balance);
        while (chain.Entries.Count > 0 && chain.Entries[0].Nonce < account.Nonce)
        {
            PoolEntry entry = chain.Entries[0];
            Unlink(chain, entry);
            Drop(entry, new DropReason.NonceUsed(account.Nonce));
        }

        Settle(chain);
    }

    /// <summary>Holds all bounds again after the chain gave transactions back.</summary>
    private void Trim(HashSet<SenderChain> touched)
    {
        List<PoolEntry> victims = [];
        foreach (SenderChain chain in touched)
        {
            while (chain.Entries.Count > _options.MaxPerSender || chain.Bytes > _options.MaxBytesPerSender || chain.QueuedCount > _options.MaxQueuedPerSender)
            {
                PoolEntry tail = chain.Entries[^1];
                Unlink(chain, tail);
                Drop(tail, DropReason.AccountLimit.Instance);
            }

            Settle(chain);
        }

        _ = MakeRoom(null, victims);
        foreach (PoolEntry victim in victims)
        {
            Drop(victim, DropReason.Evicted.Instance);
            if (_chains.TryGetValue(victim.Sender, out SenderChain? chain))
            {
                Settle(chain);
            }
        }
    }

    private SenderChain ChainOf(in Address sender)
    {
        if (!_chains.TryGetValue(sender, out SenderChain? chain))
        {
            chain = new SenderChain(sender);
            _chains.Add(sender, chain);
        }

        return chain;
    }
}
