using Cloud.Execution.Pool;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Tests.Pool;

public sealed class SenderCacheTests
{
    [Fact]
    public void A_sender_is_recovered_once_however_many_copies_of_the_transaction_come_by()
    {
        SenderCache cache = new();
        Wallet alice = new(1);
        byte[] raw = alice.Send(0).Raw.ToArray();
        for (int i = 0; i < 5; i++)
        {
            Assert.True(cache.TryGetSender(Decode(raw), out Address sender));
            Assert.Equal(alice.Address, sender);
        }

        Assert.Equal(1, cache.Recoveries);
    }

    [Fact]
    public void Threads_that_ask_at_the_same_moment_wait_for_one_recovery()
    {
        SenderCache cache = new();
        byte[][] raws = [.. Enumerable.Range(0, 50).Select(nonce => new Wallet(1).Send((ulong)nonce).Raw.ToArray())];
        Parallel.For(0, 400, i => Assert.True(cache.TryGetSender(Decode(raws[i % 50]), out _)));
        Assert.Equal(50, cache.Recoveries);
    }

    [Fact]
    public void Many_are_recovered_on_several_threads_in_the_order_of_their_places()
    {
        SenderCache cache = new();
        Wallet[] wallets = [.. Enumerable.Range(0, 20).Select(number => new Wallet(number))];
        Transaction[] transactions = [.. wallets.Select(wallet => wallet.Send(0)), new Transaction(wallets[0].Send(0).Fields, new Protocol.Crypto.Signature(5, 1, 0))];
        Address?[] senders = new Address?[21];
        cache.Recover(transactions, senders, 2, TestContext.Current.CancellationToken);
        Assert.Equal([.. wallets.Select(wallet => (Address?)wallet.Address), null], senders);
    }

    [Fact]
    public void The_cache_is_bounded_and_keeps_what_is_asked_for()
    {
        SenderCache cache = new(64);
        Wallet alice = new(1);
        Transaction kept = alice.Send(1000);
        for (ulong nonce = 0; nonce < 300; nonce++)
        {
            cache.TryGetSender(Decode(kept.Raw.ToArray()), out _);
            cache.TryGetSender(alice.Send(nonce), out _);
        }

        Assert.Equal(301, cache.Recoveries);
        cache.TryGetSender(alice.Send(0), out _);
        Assert.Equal(302, cache.Recoveries);
    }

    private static Transaction Decode(byte[] raw) => Assert.IsType<TransactionDecoding.Decoded>(Transaction.Decode(raw, new TransactionRules())).Transaction;
}
