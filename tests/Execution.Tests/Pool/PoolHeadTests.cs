using Cloud.Execution.Pool;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Tests.Pool;

public sealed class PoolHeadTests
{
    private static readonly Wallet Alice = new(1);
    private static readonly Wallet Bob = new(2);
    private static readonly Wallet Carol = new(3);

    [Fact]
    public void A_transaction_goes_from_pending_to_flashblock_to_block_without_a_gap()
    {
        PoolFixture fixture = new(rich: Alice);
        List<PoolStatus> seen = [];
        using IDisposable observation = fixture.Pool.Observe(changes => seen.AddRange(changes.Select(change => change.Status)));
        Transaction transaction = Alice.Send(0);
        fixture.Accept(transaction);
        MemoryState after = fixture.WithNonces((Alice, 1));
        Assert.True(fixture.Pool.Commit(fixture.Flashblock(0, after, transaction)));
        Assert.Equal(new PoolStatus.InFlashblock(1, 0), fixture.Pool.Status(transaction.Hash));
        Assert.True(fixture.Pool.TryGet(transaction.Hash, out _));
        Assert.Equal(1UL, fixture.Pool.NextNonce(Alice.Address));
        fixture.Refuse<PoolRefusal.AlreadyKnown>(transaction);
        fixture.Refuse<PoolRefusal.NonceTooLow>(Alice.Send(0, tip: 90, cap: 900));
        Assert.Empty(fixture.SelectAll());
        PoolBlock block = fixture.Seal(after, transaction);
        Assert.Equal(new PoolStatus.Included(1, block.Hash), fixture.Pool.Status(transaction.Hash));
        Assert.Equal(new PoolCounts(0, 0, 0, 0, 0), fixture.Pool.Counts);
        Assert.Equal([new PoolStatus.Pending(), new PoolStatus.InFlashblock(1, 0), new PoolStatus.Included(1, block.Hash)], seen);
    }

    [Fact]
    public void A_discarded_chunk_gives_its_transactions_back()
    {
        PoolFixture fixture = new(rich: [Alice, Bob]);
        Transaction a0 = Alice.Send(0, tip: 3), a1 = Alice.Send(1, tip: 3), b0 = Bob.Send(0, tip: 2);
        fixture.Accept(a0);
        fixture.Accept(b0);
        fixture.Pool.Commit(fixture.Flashblock(0, fixture.WithNonces((Alice, 1)), a0));
        fixture.Pool.Commit(fixture.Flashblock(1, fixture.WithNonces((Alice, 1), (Bob, 1)), b0));
        fixture.Accept(a1);
        fixture.Pool.Discard(2);
        Assert.IsType<PoolStatus.InFlashblock>(fixture.Pool.Status(a0.Hash));
        fixture.Pool.Discard(1);
        Assert.IsType<PoolStatus.Pending>(fixture.Pool.Status(a0.Hash));
        Assert.Equal([a0, a1, b0], fixture.SelectAll());
    }

    [Fact]
    public void What_the_sealed_chunk_left_out_waits_again()
    {
        PoolFixture fixture = new(rich: [Alice, Bob]);
        Transaction a0 = Alice.Send(0), b0 = Bob.Send(0);
        fixture.Accept(a0);
        fixture.Accept(b0);
        fixture.Pool.Commit(fixture.Flashblock(0, fixture.WithNonces((Alice, 1), (Bob, 1)), a0, b0));
        fixture.Seal(fixture.WithNonces((Alice, 1)), a0);
        Assert.IsType<PoolStatus.Included>(fixture.Pool.Status(a0.Hash));
        Assert.IsType<PoolStatus.Pending>(fixture.Pool.Status(b0.Hash));
    }

    [Fact]
    public void A_flashblock_of_another_block_or_an_old_one_is_ignored()
    {
        PoolFixture fixture = new(rich: Alice);
        Transaction transaction = Alice.Send(0);
        fixture.Accept(transaction);
        MemoryState after = fixture.WithNonces((Alice, 1));
        Assert.False(fixture.Pool.Commit(new PoolFlashblock(2, 0, [transaction], after, null)));
        Assert.True(fixture.Pool.Commit(new PoolFlashblock(1, 0, [transaction], after, null)));
        Assert.False(fixture.Pool.Commit(new PoolFlashblock(1, 0, [transaction], after, null)));
        Assert.Equal(new PoolStatus.InFlashblock(1, 0), fixture.Pool.Status(transaction.Hash));
    }

    [Fact]
    public void Transactions_that_came_to_another_node_are_remembered_too()
    {
        PoolFixture fixture = new(rich: Alice);
        Transaction transaction = Alice.Send(0);
        fixture.Pool.Commit(fixture.Flashblock(0, fixture.WithNonces((Alice, 1)), transaction));
        Assert.Equal(new PoolStatus.InFlashblock(1, 0), fixture.Pool.Status(transaction.Hash));
        fixture.Pool.Discard(1);
        Assert.IsType<PoolStatus.Pending>(fixture.Pool.Status(transaction.Hash));
    }

    [Fact]
    public void Funds_received_in_a_flashblock_can_be_spent_at_once()
    {
        PoolFixture fixture = new(rich: Alice);
        fixture.Refuse<PoolRefusal.InsufficientFunds>(Bob.Send(0));
        MemoryState after = fixture.WithNonces((Alice, 1)).With(Bob.Address, 0, PoolFixture.Rich);
        fixture.Pool.Commit(fixture.Flashblock(0, after, Alice.Send(0)));
        Assert.True(fixture.Accept(Bob.Send(0)).IsPending);

        // Taken back with the chunk: what Bob sent cannot run any more, and is kept.
        fixture.Pool.Discard(1);
        Assert.IsType<PoolStatus.Queued>(fixture.Pool.Status(Bob.Send(0).Hash));
    }

    [Fact]
    public void A_nonce_used_by_another_transaction_drops_the_waiting_one()
    {
        PoolFixture fixture = new(rich: Alice);
        Transaction waiting = Alice.Send(0), other = Alice.Send(0, value: 1);
        fixture.Accept(waiting);
        fixture.Seal(fixture.WithNonces((Alice, 1)), other);
        Assert.Equal(new PoolStatus.Dropped(new DropReason.NonceUsed(1)), fixture.Pool.Status(waiting.Hash));
        Assert.IsType<PoolStatus.Included>(fixture.Pool.Status(other.Hash));
    }

    [Fact]
    public void After_a_reorg_removed_transactions_wait_again_in_their_old_order_before_newer_ones()
    {
        PoolFixture fixture = new(rich: [Alice, Bob, Carol]);
        PoolHead genesis = fixture.Head;
        Transaction b0 = Bob.Send(0), a0 = Alice.Send(0), a1 = Alice.Send(1);
        PoolBlock first = fixture.Seal(fixture.WithNonces((Bob, 1), (Alice, 1)), b0, a0);
        PoolBlock second = fixture.Seal(fixture.WithNonces((Bob, 1), (Alice, 2)), a1);
        Transaction c0 = Carol.Send(0);
        fixture.Accept(c0);
        fixture.Reorg(genesis, [first, second], []);
        Assert.Equal([b0, a0, a1, c0], fixture.SelectAll());
        Assert.IsType<PoolStatus.Pending>(fixture.Pool.Status(a1.Hash));
    }

    [Fact]
    public void A_reorg_leaves_out_what_the_new_chain_has()
    {
        PoolFixture fixture = new(rich: [Alice, Bob]);
        PoolHead genesis = fixture.Head;
        Transaction a0 = Alice.Send(0), b0 = Bob.Send(0), instead = Bob.Send(0, value: 1);
        PoolBlock old = fixture.Seal(fixture.WithNonces((Alice, 1), (Bob, 1)), a0, b0);
        MemoryState after = fixture.WithNonces((Alice, 1), (Bob, 1));
        PoolBlock other = new(1, PoolFixture.BlockHash(100), [a0, instead], null);
        fixture.Reorg(genesis with { Number = 1, Hash = other.Hash, State = after }, [old], [other]);
        Assert.Equal(new PoolStatus.Included(1, other.Hash), fixture.Pool.Status(a0.Hash));
        Assert.Equal(new PoolStatus.Dropped(new DropReason.NonceUsed(1)), fixture.Pool.Status(b0.Hash));
        Assert.Equal(0, fixture.Pool.Counts.Senders);
    }

    [Fact]
    public void A_lower_block_gas_limit_drops_what_can_never_fit()
    {
        PoolFixture fixture = new(rich: Alice);
        Transaction large = Alice.Send(0, gas: 1_000_000), next = Alice.Send(1);
        fixture.Accept(large);
        fixture.Accept(next);
        fixture.Pool.SetHead(fixture.Head with { GasLimit = 500_000 }, [], []);
        Assert.Equal(new PoolStatus.Dropped(new DropReason.ExceedsBlockGasLimit(500_000)), fixture.Pool.Status(large.Hash));
        Assert.IsType<PoolStatus.Queued>(fixture.Pool.Status(next.Hash));
    }

    [Fact]
    public void What_waits_too_long_expires_and_its_successors_are_queued()
    {
        PoolFixture fixture = new(new PoolOptions { Lifetime = TimeSpan.FromMinutes(10) }, rich: Alice);
        Transaction first = Alice.Send(0), second = Alice.Send(1);
        fixture.Accept(first);
        fixture.Time.Advance(TimeSpan.FromMinutes(9));
        fixture.Accept(second);
        Assert.Equal(0, fixture.Pool.DropExpired());
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, fixture.Pool.DropExpired());
        Assert.Equal(new PoolStatus.Dropped(new DropReason.Expired(TimeSpan.FromMinutes(10))), fixture.Pool.Status(first.Hash));
        Assert.IsType<PoolStatus.Queued>(fixture.Pool.Status(second.Hash));
        Assert.Equal(0UL, fixture.Pool.NextNonce(Alice.Address));
    }

    [Fact]
    public void A_promise_in_a_flashblock_does_not_expire()
    {
        PoolFixture fixture = new(rich: Alice);
        Transaction transaction = Alice.Send(0);
        fixture.Pool.Commit(fixture.Flashblock(0, fixture.WithNonces((Alice, 1)), transaction));
        fixture.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(0, fixture.Pool.DropExpired());
        Assert.False(fixture.Pool.Remove(transaction.Hash));
        Assert.IsType<PoolStatus.InFlashblock>(fixture.Pool.Status(transaction.Hash));
    }

    [Fact]
    public void A_full_pool_evicts_the_worst_and_a_senders_last_before_its_first()
    {
        PoolFixture fixture = new(new PoolOptions { MaxTransactions = 3, MaxPerSender = 3, MaxQueued = 3, MaxQueuedPerSender = 3 }, rich: [Alice, Bob, Carol]);
        Transaction a0 = Alice.Send(0, tip: 1), a1 = Alice.Send(1, tip: 60), b0 = Bob.Send(0, tip: 5);
        fixture.Accept(a0);
        fixture.Accept(a1);
        fixture.Accept(b0);

        // Worse than the worst: refused, and nothing is lost.
        Assert.StartsWith("transaction underpriced", fixture.Refuse<PoolRefusal.Underpriced>(Carol.Send(0, tip: 1)).Message, StringComparison.Ordinal);
        Assert.Equal("txpool is full", fixture.Refuse<PoolRefusal.Full>(Carol.Send(1, tip: 90)).Message);
        Assert.Equal(3, fixture.Pool.Counts.Pending);

        // Alice's second one cannot run before its cheap first one, so it is worth as little, and goes first.
        fixture.Accept(Carol.Send(0, tip: 2));
        Assert.Equal(new PoolStatus.Dropped(new DropReason.Evicted()), fixture.Pool.Status(a1.Hash));
        fixture.Accept(Carol.Send(1, tip: 2));
        Assert.Equal(new PoolStatus.Dropped(new DropReason.Evicted()), fixture.Pool.Status(a0.Hash));
        Assert.IsType<PoolStatus.Pending>(fixture.Pool.Status(b0.Hash));
    }

    [Fact]
    public void Bytes_are_bounded_and_a_refused_newcomer_takes_nothing_with_it()
    {
        PoolFixture fixture = new(new PoolOptions { MaxTransactionBytes = 2000, MaxBytes = 2200, MaxBytesPerSender = 2000 }, rich: [Alice, Bob, Carol]);
        fixture.Accept(Alice.Send(0, tip: 1, gas: 100_000, dataLength: 600));
        fixture.Accept(Bob.Send(0, tip: 5, gas: 100_000, dataLength: 600));
        long bytes = fixture.Pool.Counts.Bytes;

        // It would have to push out Bob's, which is better.
        fixture.Refuse<PoolRefusal.Underpriced>(Carol.Send(0, tip: 3, gas: 100_000, dataLength: 1700));
        Assert.Equal(bytes, fixture.Pool.Counts.Bytes);
        Assert.Equal(2, fixture.SelectAll().Count);
        fixture.Accept(Carol.Send(0, tip: 6, gas: 100_000, dataLength: 1700));
        Assert.Equal(1, fixture.Pool.Counts.Pending);
    }

    [Fact]
    public void Hashes_are_remembered_up_to_a_bound()
    {
        PoolFixture fixture = new(new PoolOptions { MaxRemembered = 2 }, rich: Alice);
        Transaction[] transactions = [Alice.Send(0), Alice.Send(1), Alice.Send(2)];
        for (int i = 0; i < 3; i++)
        {
            fixture.Seal(fixture.WithNonces((Alice, (ulong)i + 1)), transactions[i]);
        }

        Assert.IsType<PoolStatus.Unknown>(fixture.Pool.Status(transactions[0].Hash));
        Assert.IsType<PoolStatus.Included>(fixture.Pool.Status(transactions[1].Hash));
        Assert.IsType<PoolStatus.Included>(fixture.Pool.Status(transactions[2].Hash));
    }

    [Fact]
    public void Adding_from_many_threads_while_blocks_are_sealed_loses_nothing()
    {
        const int Count = 200;
        Wallet[] wallets = [.. Enumerable.Range(10, 4).Select(number => new Wallet(number))];
        PoolFixture fixture = new(rich: wallets);
        Transaction[][] transactions = [.. wallets.Select(wallet => Enumerable.Range(0, Count).Select(nonce => wallet.Send((ulong)nonce)).ToArray())];
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using Barrier start = new(wallets.Length + 1);
        Thread[] threads = [.. transactions.Select(own => new Thread(() =>
        {
            start.SignalAndWait(cancellation);
            foreach (Transaction transaction in own)
            {
                fixture.Pool.Add(transaction);
            }
        }))];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        start.SignalAndWait(cancellation);
        Dictionary<Address, ulong> nonces = wallets.ToDictionary(wallet => wallet.Address, _ => 0UL);
        int sealedCount = 0;
        while (sealedCount < Count * wallets.Length)
        {
            List<Transaction> block = fixture.SelectAll();
            foreach (Transaction transaction in block)
            {
                Assert.True(transaction.TryGetSender(out Address sender));
                Assert.Equal(nonces[sender]++, transaction.Nonce);
            }

            sealedCount += block.Count;
            fixture.Seal(fixture.WithNonces([.. wallets.Select(wallet => (wallet, nonces[wallet.Address]))]), [.. block]);
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        Assert.Equal(new PoolCounts(0, 0, 0, 0, 0), fixture.Pool.Counts);
        foreach (Transaction transaction in transactions.SelectMany(own => own))
        {
            Assert.IsType<PoolStatus.Included>(fixture.Pool.Status(transaction.Hash));
        }
    }
}
