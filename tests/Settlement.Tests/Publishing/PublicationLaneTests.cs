using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.L1;
using Cloud.Settlement.Publishing;

namespace Cloud.Settlement.Tests.Publishing;

public sealed class PublicationLaneTests
{
    private static readonly PublishingPolicy Policy = new();
    private static readonly PublicationJob Job = new(Hash(1), Slot: 5, Deadline: 10_000, GasLimit: 70_000, Blobs: 2);
    private static readonly PublicationJob Next = new(Hash(2), Slot: 6, Deadline: 10_036, GasLimit: 70_000, Blobs: 2);
    private static readonly PublicationJob Third = new(Hash(3), Slot: 7, Deadline: 10_072, GasLimit: 70_000, Blobs: 2);
    private static readonly MarketFees Cheap = new(Gwei(10), Gwei(1), Gwei(2));
    private static readonly Hash256 First = Hash(101);
    private static readonly Hash256 Second = Hash(102);

    [Fact]
    public void The_intent_is_in_the_state_before_anything_is_signed()
    {
        LaneDecision decision = Decide(Empty, View(waiting: [Job]));
        LaneItem item = Assert.Single(decision.State.Items);
        Assert.Equal((7UL, Job), (item.Nonce, item.Job));
        Assert.Equal(new FeeBid(Gwei(1), Gwei(21), Gwei(4)), item.Last.Fees);
        Assert.Null(item.Last.Hash);
        Assert.Equal([new LaneAction.Sign(7)], decision.Actions);
    }

    [Fact]
    public void After_a_crash_before_signing_the_same_intent_is_signed_again()
    {
        LaneState state = Decide(Empty, View(waiting: [Job])).State;
        LaneDecision decision = Decide(state, View(waiting: [Job], head: 101));
        Assert.Equal(state.Items.AsEnumerable(), decision.State.Items);
        Assert.Equal([new LaneAction.Sign(7)], decision.Actions);
    }

    [Fact]
    public void After_a_crash_between_signing_and_sending_it_is_sent()
    {
        LaneState state = PublicationLane.Signed(Decide(Empty, View(waiting: [Job])).State, 7, First);
        Assert.Equal([new LaneAction.Send(7)], Decide(state, View()).Actions);
    }

    [Fact]
    public void What_waits_in_the_pool_and_pays_enough_is_sent_again_with_each_block_and_not_replaced()
    {
        Assert.Empty(Decide(Pending(), View()).Actions);
        LaneDecision decision = Decide(Pending(), View(head: 101));
        Assert.Equal([new LaneAction.Send(7)], decision.Actions);
        Assert.Single(decision.State.Items[0].Attempts);
    }

    [Fact]
    public void A_spike_doubles_all_three_prices_or_follows_the_market_in_the_next_block()
    {
        MarketFees spike = new(Gwei(80), Gwei(1), Gwei(16));
        LaneDecision decision = Decide(Pending(), View(head: 101, market: spike));
        Assert.Equal([new LaneAction.Sign(7)], decision.Actions);
        Assert.Equal(new FeeBid(Gwei(2), Gwei(161), Gwei(32)), decision.State.Items[0].Last.Fees);
        MarketFees blobs = new(Gwei(10), Gwei(1), Gwei(5));
        Assert.Equal(new FeeBid(Gwei(2), Gwei(42), Gwei(10)), Decide(Pending(), View(head: 101, market: blobs)).State.Items[0].Last.Fees);
    }

    [Fact]
    public void Two_spikes_in_a_row_are_recovered_from_in_the_block_after_each()
    {
        LaneState state = Pending();
        for (ulong head = 101; head <= 102; head++)
        {
            MarketFees market = new(Gwei(10 * (ulong)Math.Pow(8, head - 100)), Gwei(1), Gwei(2));
            state = Decide(state, View(head: head, market: market)).State;
            Assert.True(state.Items[0].Last.Fees.Covers(market, Policy.MinTip));
            state = PublicationLane.Signed(state, 7, Hash((byte)head));
            (state, _) = PublicationLane.Sent(state, 7, Hash((byte)head), head, new SendOutcome.Accepted(Hash((byte)head)));
        }

        Assert.Equal(3, state.Items[0].Attempts.Length);
    }

    [Fact]
    public void Above_the_ceiling_the_transaction_stays_as_it_is_with_an_alarm()
    {
        MarketFees far = new(Gwei(10_000), Gwei(1), Gwei(2));
        LaneDecision decision = Decide(Pending(), View(head: 101, market: far, waiting: [Job, Next]));
        Assert.Equal(
            [
                new LaneAction.Alarm(new LaneAlarm.FeeCeiling(5, far)),
                new LaneAction.Send(7),
                new LaneAction.Alarm(new LaneAlarm.FeeCeiling(6, far)),
            ],
            decision.Actions);
        Assert.Single(decision.State.Items);
    }

    [Fact]
    public void A_pool_that_wants_more_gets_twice_the_highest_bid()
    {
        (LaneState state, LaneAlarm? alarm) = PublicationLane.Sent(Signed(), 7, First, 100, new SendOutcome.ReplacementUnderpriced());
        Assert.Null(alarm);
        LaneDecision decision = Decide(state, View(head: 101));
        Assert.Equal([new LaneAction.Sign(7)], decision.Actions);
        Assert.Equal(state.Items[0].Last.Fees.Doubled(), decision.State.Items[0].Last.Fees);
    }

    [Fact]
    public void Nonce_too_low_means_to_look_for_any_of_the_attempts_in_the_chain()
    {
        LaneState replaced = Decide(Pending(), View(head: 101, market: new MarketFees(Gwei(80), Gwei(1), Gwei(2)))).State;
        replaced = PublicationLane.Signed(replaced, 7, Second);
        (replaced, _) = PublicationLane.Sent(replaced, 7, Second, 101, new SendOutcome.NonceTooLow());
        Inclusion where = new(101, Hash(50), true);
        LaneDecision decision = Decide(replaced, View(head: 102, nonce: 8, included: [(First, where)]));
        Assert.Equal([new LaneAction.Report(new PublicationOutcome.Mined(Job, where))], decision.Actions);
    }

    [Fact]
    public void A_nonce_used_by_somebody_else_is_given_up_only_after_a_few_blocks()
    {
        LaneState state = Pending();
        for (ulong head = 101; head < 104; head++)
        {
            LaneDecision waits = Decide(state, View(head: head, nonce: 8));
            Assert.Empty(waits.Actions);
            state = waits.State;
        }

        LaneDecision lost = Decide(state, View(head: 104, nonce: 8, waiting: [Job]));
        Assert.Equal([new LaneAction.Report(new PublicationOutcome.NonceTaken(Job, 7))], lost.Actions);
        Assert.Equal([new LaneAction.Sign(8)], Decide(lost.State, View(head: 105, nonce: 8, waiting: [Job])).Actions);
    }

    [Fact]
    public void Mined_removed_by_a_reorg_mined_again_and_landed()
    {
        Inclusion one = new(101, Hash(51), true);
        Inclusion two = new(102, Hash(52), true);
        LaneDecision mined = Decide(Pending(), View(head: 101, nonce: 8, included: [(First, one)]));
        LaneDecision removed = Decide(mined.State, View(head: 102, nonce: 7));
        Assert.Equal([new LaneAction.Report(new PublicationOutcome.Removed(Job)), new LaneAction.Send(7)], removed.Actions);
        LaneDecision again = Decide(removed.State, View(head: 103, nonce: 8, included: [(First, two)]));
        Assert.Equal([new LaneAction.Report(new PublicationOutcome.Mined(Job, two))], again.Actions);
        LaneDecision moved = Decide(mined.State, View(head: 103, nonce: 8, included: [(First, two)]));
        Assert.Equal([new LaneAction.Report(new PublicationOutcome.Mined(Job, two))], moved.Actions);
        LaneDecision landed = Decide(again.State, View(head: 170, finalized: 102, nonce: 8, included: [(First, two)], waiting: [Job], posted: [Job]));
        Assert.Equal([new LaneAction.Report(new PublicationOutcome.Landed(Job, two))], landed.Actions);
        Assert.Empty(landed.State.Items);
    }

    [Fact]
    public void When_the_slot_is_over_the_nonce_is_used_up_by_a_transaction_of_the_same_kind_that_does_nothing()
    {
        LaneDecision decision = Decide(Pending(), View(head: 101, time: 9_988));
        LaneItem item = Assert.Single(decision.State.Items);
        Assert.True(item.Last.IsCancel);
        Assert.Equal(item.Attempts[0].Fees.Doubled(), item.Last.Fees);
        Assert.Equal([new LaneAction.Sign(7)], decision.Actions);
        LaneState cancelled = PublicationLane.Signed(decision.State, 7, Second);
        Inclusion where = new(102, Hash(53), true);
        LaneDecision mined = Decide(cancelled, View(head: 102, nonce: 8, included: [(Second, where)]));
        Assert.Empty(mined.Actions);
        LaneDecision final = Decide(mined.State, View(head: 200, finalized: 102, nonce: 8, included: [(Second, where)]));
        Assert.Equal([new LaneAction.Report(new PublicationOutcome.Expired(Job))], final.Actions);
    }

    [Fact]
    public void One_second_before_it_is_still_published()
    {
        Assert.Equal([new LaneAction.Send(7)], Decide(Pending(), View(head: 101, time: 9_987)).Actions);
        Assert.Equal([new LaneAction.Sign(7)], Decide(Empty, View(time: 9_987, waiting: [Job])).Actions);
    }

    [Fact]
    public void What_was_never_sent_and_is_too_late_ends_without_a_transaction()
    {
        LaneDecision decision = Decide(Empty, View(time: 9_988, waiting: [Job]));
        Assert.Equal([new LaneAction.Report(new PublicationOutcome.Expired(Job))], decision.Actions);
        LaneState intent = Decide(Empty, View(waiting: [Job])).State;
        LaneDecision dropped = Decide(intent, View(time: 9_988));
        Assert.Equal([new LaneAction.Report(new PublicationOutcome.Expired(Job))], dropped.Actions);
        Assert.Empty(dropped.State.Items);
    }

    [Fact]
    public void What_the_contract_has_already_is_not_paid_again()
    {
        Assert.Equal([new LaneAction.Report(new PublicationOutcome.PostedElsewhere(Job))], Decide(Empty, View(waiting: [Job], posted: [Job])).Actions);
        LaneDecision withdrawn = Decide(Pending(), View(head: 101, posted: [Job]));
        Assert.True(withdrawn.State.Items[0].Last.IsCancel);
    }

    [Fact]
    public void A_transaction_that_reverts_is_reported_as_expired_with_its_cost_when_it_is_final()
    {
        Inclusion where = new(101, Hash(54), false);
        LaneDecision decision = Decide(Pending(), View(head: 200, finalized: 101, nonce: 8, time: 10_000, included: [(First, where)]));
        Assert.Equal([new LaneAction.Report(new PublicationOutcome.Expired(Job, where))], decision.Actions);
    }

    [Fact]
    public void A_transaction_that_reverts_while_there_is_time_is_followed_by_another_one()
    {
        Inclusion refused = new(101, Hash(54), false);
        LaneDecision again = Decide(Pending(), View(head: 101, nonce: 8, included: [(First, refused)], waiting: [Job]));
        Assert.Equal([new LaneAction.Report(new PublicationOutcome.Refused(Job, refused)), new LaneAction.Sign(8)], again.Actions);
        Assert.Equal([7UL, 8UL], again.State.Items.Select(item => item.Nonce));

        // The first item stays as long as its block could go, and then ends without a word: the second one has that.
        LaneState state = PublicationLane.Signed(again.State, 8, Second);
        (state, _) = PublicationLane.Sent(state, 8, Second, 101, new SendOutcome.Accepted(Second));
        Inclusion landed = new(102, Hash(55), true);
        LaneDecision mined = Decide(state, View(head: 102, nonce: 9, included: [(First, refused), (Second, landed)], waiting: [Job], posted: [Job]));
        Assert.Equal([new LaneAction.Report(new PublicationOutcome.Mined(Job, landed))], mined.Actions);
        LaneDecision first = Decide(mined.State, View(head: 200, finalized: 101, nonce: 9, included: [(First, refused), (Second, landed)], waiting: [Job], posted: [Job]));
        Assert.Empty(first.Actions);
        Assert.Equal([8UL], first.State.Items.Select(item => item.Nonce));
        LaneDecision last = Decide(first.State, View(head: 201, finalized: 102, nonce: 9, included: [(Second, landed)], waiting: [Job], posted: [Job]));
        Assert.Equal([new LaneAction.Report(new PublicationOutcome.Landed(Job, landed))], last.Actions);
    }

    [Fact]
    public void A_transaction_that_reverts_waits_until_another_one_may_be_sent_and_then_expires()
    {
        Inclusion refused = new(101, Hash(54), false);
        LaneDecision waits = Decide(Pending(), View(head: 101, nonce: 8, included: [(First, refused)]));
        Assert.Equal([new LaneAction.Report(new PublicationOutcome.Refused(Job, refused))], waits.Actions);
        LaneDecision final = Decide(waits.State, View(head: 200, finalized: 101, nonce: 8, included: [(First, refused)]));
        Assert.Empty(final.Actions);
        Assert.Single(final.State.Items);
        LaneDecision late = Decide(final.State, View(head: 201, finalized: 102, nonce: 8, time: 10_000, included: [(First, refused)], waiting: [Job]));
        Assert.Equal([new LaneAction.Report(new PublicationOutcome.Expired(Job, refused))], late.Actions);
    }

    [Fact]
    public void A_lane_has_so_many_in_flight_with_nonces_that_follow_each_other()
    {
        LaneDecision decision = Decide(Empty, View(waiting: [Job, Next, Third]));
        Assert.Equal([7UL, 8UL], decision.State.Items.Select(item => item.Nonce));
        LaneState one = PublicationLane.Signed(decision.State, 7, First);
        Inclusion where = new(101, Hash(55), true);
        LaneDecision more = Decide(one, View(head: 101, nonce: 8, included: [(First, where)], waiting: [Job, Next, Third]));
        Assert.Equal([7UL, 8UL, 9UL], more.State.Items.Select(item => item.Nonce));
    }

    [Fact]
    public void A_key_begins_nothing_that_it_could_not_pay_together_with_what_it_has_in_flight()
    {
        UInt256 cost = PublicationLane.MaxCost(Job, Policy.Suggest(Cheap));
        LaneDecision decision = Decide(Empty, View(waiting: [Job, Next], balance: (cost * 2UL) - UInt256.One));
        Assert.Single(decision.State.Items);
        Assert.Contains(new LaneAction.Alarm(new LaneAlarm.Unfunded(default, (cost * 2UL) - UInt256.One, cost * 2UL)), decision.Actions);
        Assert.Equal(2, Decide(Empty, View(waiting: [Job, Next], balance: cost * 2UL)).State.Items.Length);
    }

    [Fact]
    public void What_only_a_person_can_solve_is_an_alarm()
    {
        Assert.IsType<LaneAlarm.WrongKind>(PublicationLane.Sent(Signed(), 7, First, 100, new SendOutcome.WrongKind()).Alarm);
        Assert.IsType<LaneAlarm.Unfunded>(PublicationLane.Sent(Signed(), 7, First, 100, new SendOutcome.InsufficientFunds()).Alarm);
        Assert.Equal(new LaneAlarm.Refused(5, "odd"), PublicationLane.Sent(Signed(), 7, First, 100, new SendOutcome.Refused("odd")).Alarm);
        Assert.Null(PublicationLane.Sent(Signed(), 7, Second, 100, new SendOutcome.Refused("of an older attempt")).Alarm);
        Assert.Null(PublicationLane.Sent(Signed(), 9, First, 100, new SendOutcome.Refused("of no item")).Alarm);
    }

    [Fact]
    public void Settings_outside_their_range_are_named()
    {
        Assert.Empty(Policy.Check());
        (string Setting, PublishingPolicy Policy)[] cases =
        [
            ("Publishing:MaxInFlight", Policy with { MaxInFlight = 17 }),
            ("Publishing:MaxFeeCap", Policy with { MaxFeeCap = UInt256.One }),
            ("Publishing:MaxBlobFeeCap", Policy with { MaxBlobFeeCap = UInt256.One }),
            ("Publishing:RetryBlocks", Policy with { RetryBlocks = 0 }),
            ("Publishing:LostBlocks", Policy with { LostBlocks = 0 }),
            ("Publishing:L1BlockTime", Policy with { L1BlockTime = 0 }),
        ];
        foreach ((string setting, PublishingPolicy policy) in cases)
        {
            Assert.StartsWith(setting, Assert.Single(policy.Check()), StringComparison.Ordinal);
        }
    }

    private static LaneState Empty => LaneState.Empty(default);

    private static LaneDecision Decide(LaneState state, LaneView view) => PublicationLane.Decide(state, view, Policy);

    private static LaneState Signed() => PublicationLane.Signed(Decide(Empty, View(waiting: [Job])).State, 7, First);

    private static LaneState Pending() => PublicationLane.Sent(Signed(), 7, First, 100, new SendOutcome.Accepted(First)).State;

    private static LaneView View(
        ulong head = 100,
        ulong finalized = 40,
        ulong nonce = 7,
        ulong time = 9_000,
        UInt256? balance = null,
        MarketFees? market = null,
        (Hash256 Hash, Inclusion Where)[]? included = null,
        PublicationJob[]? waiting = null,
        PublicationJob[]? posted = null) => new(
            new L1Block(head, Hash((byte)head), default, time, default, 30_000_000, 0, 0),
            finalized,
            nonce,
            balance ?? UInt256.MaxValue,
            market ?? Cheap,
            (included ?? []).ToImmutableDictionary(pair => pair.Hash, pair => pair.Where),
            [.. (posted ?? []).Select(job => job.Checkpoint)],
            [.. waiting ?? []]);

    private static UInt256 Gwei(ulong amount) => amount * 1_000_000_000;

    private static Hash256 Hash(byte value) => Keccak256.Hash([value]);
}
