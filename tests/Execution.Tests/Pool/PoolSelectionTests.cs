using Cloud.Execution.Pool;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Tests.Pool;

public sealed class PoolSelectionTests
{
    private static readonly Wallet Alice = new(1);
    private static readonly Wallet Bob = new(2);
    private static readonly Wallet Carol = new(3);

    [Fact]
    public void The_best_effective_tip_goes_first_and_nonces_keep_their_order()
    {
        PoolFixture fixture = new(baseFee: 10, rich: [Alice, Bob, Carol]);
        Transaction a0 = Alice.Send(0, tip: 5), a1 = Alice.Send(1, tip: 50), b0 = Bob.Send(0, tip: 20), c0 = Carol.Send(0, tip: 17, cap: 17);
        foreach (Transaction transaction in (Transaction[])[a1, a0, b0, c0])
        {
            fixture.Accept(transaction);
        }

        // Carol's cap leaves 7 above the base fee of 10, whatever tip it offers.
        Assert.Equal([b0, c0, a0, a1], fixture.SelectAll());
    }

    [Fact]
    public void The_order_follows_the_base_fee_of_the_moment()
    {
        PoolFixture fixture = new(rich: [Alice, Bob]);
        Transaction a = Alice.Send(0, tip: 30, cap: 40), b = Bob.Send(0, tip: 20, cap: 100);
        fixture.Accept(a);
        fixture.Accept(b);
        Assert.Equal([a, b], fixture.SelectAll(baseFee: 1));
        Assert.Equal([b, a], fixture.SelectAll(baseFee: 25));
        Assert.Equal([b], fixture.SelectAll(baseFee: 41));
        Assert.IsType<PoolStatus.Pending>(fixture.Pool.Status(a.Hash));
    }

    [Fact]
    public void Of_equal_tips_the_earlier_goes_first()
    {
        PoolFixture fixture = new(rich: [Alice, Bob, Carol]);
        Transaction c = Carol.Send(0), a = Alice.Send(0), b = Bob.Send(0);
        fixture.Accept(c);
        fixture.Accept(a);
        fixture.Accept(b);
        Assert.Equal([c, a, b], fixture.SelectAll());
    }

    [Fact]
    public void A_skipped_sender_is_out_with_its_successors_until_the_next_round()
    {
        PoolFixture fixture = new(rich: [Alice, Bob]);
        Transaction a0 = Alice.Send(0, tip: 9), a1 = Alice.Send(1, tip: 9), b0 = Bob.Send(0, tip: 1);
        fixture.Accept(a0);
        fixture.Accept(a1);
        fixture.Accept(b0);
        using PoolSelection selection = fixture.Pool.Select(10);
        Assert.Equal(a0, Next(selection));
        selection.SkipSender();
        Assert.Equal(b0, Next(selection));
        Assert.Null(Next(selection));
        selection.NextRound();
        Assert.Equal(a0, Next(selection));
        Assert.Equal(a1, Next(selection));
        Assert.Null(Next(selection));
    }

    [Fact]
    public void An_excluded_sender_is_out_for_the_chunk()
    {
        PoolFixture fixture = new(rich: Alice);
        fixture.Accept(Alice.Send(0));
        fixture.Accept(Alice.Send(1));
        using PoolSelection selection = fixture.Pool.Select(10);
        Assert.NotNull(Next(selection));
        selection.ExcludeSender();
        selection.NextRound();
        Assert.Null(Next(selection));
    }

    [Fact]
    public void Arrivals_join_at_once_and_wake_the_builder()
    {
        PoolFixture fixture = new(rich: [Alice, Bob]);
        using PoolSelection selection = fixture.Pool.Select(10);
        Assert.Null(Next(selection));
        Task arrived = selection.WhenArrived();
        Assert.False(arrived.IsCompleted);
        Transaction a1 = Alice.Send(1, tip: 7), a0 = Alice.Send(0, tip: 7), b0 = Bob.Send(0, tip: 8);
        fixture.Accept(a1);
        Assert.False(arrived.IsCompleted);
        fixture.Accept(a0);
        Assert.True(arrived.IsCompleted);
        Assert.Equal(a0, Next(selection));
        fixture.Accept(b0);
        Assert.Equal(b0, Next(selection));
        Assert.Equal(a1, Next(selection));
        Assert.Null(Next(selection));
    }

    [Fact]
    public void A_replacement_takes_the_place_of_what_was_about_to_be_offered()
    {
        PoolFixture fixture = new(rich: [Alice, Bob]);
        fixture.Accept(Alice.Send(0, tip: 1));
        fixture.Accept(Bob.Send(0, tip: 5));
        using PoolSelection selection = fixture.Pool.Select(10);
        Transaction better = Alice.Send(0, tip: 9, cap: 200);
        fixture.Accept(better);
        Assert.Equal(better, Next(selection));
        Assert.Equal(Bob.Send(0, tip: 5), Next(selection));
        Assert.Null(Next(selection));
    }

    [Fact]
    public void Trap_17_committed_transactions_are_pruned_between_flashblocks_and_their_successors_keep_fee_order()
    {
        PoolFixture fixture = new(rich: [Alice, Bob]);
        Transaction a0 = Alice.Send(0, tip: 9), a1 = Alice.Send(1, tip: 8), b0 = Bob.Send(0, tip: 5);
        fixture.Accept(a0);
        fixture.Accept(a1);
        fixture.Accept(b0);
        using PoolSelection selection = fixture.Pool.Select(10);
        Assert.Equal(a0, Next(selection));
        Assert.True(fixture.Pool.Commit(fixture.Flashblock(0, fixture.WithNonces((Alice, 1)), a0)));
        selection.NextRound();
        Assert.Equal(a1, Next(selection));
        Assert.Equal(b0, Next(selection));
        Assert.Null(Next(selection));

        // A builder that joins now sees only what is left.
        Assert.Equal([a1, b0], fixture.SelectAll());
    }

    [Fact]
    public void A_resumed_builder_starts_each_sender_after_what_it_has()
    {
        PoolFixture fixture = new(rich: Alice);
        fixture.Accept(Alice.Send(0));
        fixture.Accept(Alice.Send(1));
        using PoolSelection selection = fixture.Pool.Select(10);
        selection.StartAt(Alice.Address, 1);
        Assert.Equal(1UL, Next(selection)!.Nonce);
        Assert.Null(Next(selection));
    }

    private static Transaction? Next(PoolSelection selection) => selection.TryNext(out Transaction? transaction, out Address _) ? transaction : null;
}
