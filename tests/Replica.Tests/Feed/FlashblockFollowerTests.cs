using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tests.Support;
using Cloud.Replica.Feed;
using Cloud.Replica.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Replica.Tests.Feed;

public sealed class FlashblockFollowerTests
{
    private static readonly Hash256 Head = TestRollup.Digest("head");

    private readonly TestRollup _rollup = new();
    private readonly FlashblockFollower _follower;
    private readonly List<FeedEffect> _effects = [];
    private DateTimeOffset _now;

    public FlashblockFollowerTests()
    {
        _follower = new FlashblockFollower(_rollup.Timetable.Consensus, 10, Head);
        _now = _rollup.During(1);
    }

    private IEnumerable<Flashblock> Shown => _effects.OfType<FeedEffect.Show>().Select(effect => effect.Flashblock);

    [Fact]
    public void S43_Flashblocks_in_order_are_shown_and_duplicates_are_not()
    {
        Flashblock[] blocks = Chunk(3);
        foreach (Flashblock flashblock in blocks)
        {
            Arrive(flashblock);
        }

        Assert.IsType<FlashblockDecision.Duplicate>(Assert.IsType<FeedOutcome.Decided>(Arrive(blocks[1])).Decision);
        Assert.Equal(blocks, Shown);
        Assert.Equal(3U, Assert.Single(_follower.Pending).NextIndex);
    }

    [Fact]
    public void S8_S14_S22_S50_A_gap_is_pulled_and_what_waited_is_shown_in_order()
    {
        Flashblock[] blocks = Chunk(4);
        Arrive(blocks[0]);
        Assert.IsType<FeedOutcome.Held>(Arrive(blocks[3]));
        Assert.IsType<FeedOutcome.Held>(Arrive(blocks[2]));
        _now = _follower.NextDeadline()!.Value;
        Tick();
        Assert.Equal(new FeedEffect.PullFlashblocks(1, 0, 1, 1), _effects[^1]);
        Arrive(blocks[1]);
        Assert.Equal(blocks, Shown);
        Assert.Null(_follower.NextDeadline());
        Assert.Equal(0, _follower.Held);
    }

    [Fact]
    public void S26_Trap_9_A_chunk_whose_beginning_is_missing_is_pulled_from_its_first_flashblock()
    {
        Flashblock[] blocks = Chunk(2);
        Arrive(blocks[1]);
        _now = _follower.NextDeadline()!.Value;
        Tick();
        Assert.Equal(new FeedEffect.PullFlashblocks(1, 0, 0, 1), _effects[^1]);
        Arrive(blocks[0]);
        Assert.Equal(blocks, Shown);
    }

    [Fact]
    public void Flashblocks_that_cannot_be_had_degrade_the_view_until_the_next_one_is_shown()
    {
        Flashblock[] blocks = Chunk(3);
        Arrive(blocks[0]);
        Arrive(blocks[2]);
        while (_follower.NextDeadline() is { } next)
        {
            _now = next.AddTicks(1);
            Tick();
        }

        Assert.Equal(new FeedEffect.Degraded(1, 0), _effects[^1]);
        Assert.True(_follower.IsDegraded);
        Assert.Equal(0, _follower.Held);
        Arrive(blocks[1]);
        Assert.False(_follower.IsDegraded);
    }

    [Fact]
    public void Two_flashblocks_at_one_position_are_evidence_once_and_the_first_stays()
    {
        Flashblock[] blocks = Chunk(2);
        Flashblock[] others = Chunk(2, "other");
        Arrive(blocks[0]);
        Arrive(others[0]);
        Arrive(others[0]);
        Evidence evidence = Assert.Single(_effects.OfType<FeedEffect.Report>()).Evidence;
        Assert.Equal(new EvidenceVerdict.Proven(Offence.DuplicateFlashblock, _rollup.ProposerOf(1)), evidence.Verify(_rollup.Domains));
        Arrive(blocks[1]);
        Assert.Equal(blocks, Shown);
    }

    [Fact]
    public void Two_that_wait_at_one_position_are_evidence_too()
    {
        Arrive(Chunk(2)[1]);
        Assert.IsType<FeedOutcome.Equivocation>(Arrive(Chunk(2, "other")[1]));
        Evidence evidence = Assert.Single(_effects.OfType<FeedEffect.Report>()).Evidence;
        Assert.IsType<EvidenceVerdict.Proven>(evidence.Verify(_rollup.Domains));
    }

    [Fact]
    public void S11_Trap_8_A_sealed_chunk_leaves_and_the_one_on_top_stays()
    {
        TestFlashblocks first = new(_rollup, 1, 0, 11, Head);
        Arrive(first.Next(isLast: true));
        TestFlashblocks second = new(_rollup, 1, 1, 12, first.BlockHash);
        Arrive(second.Next());
        Take(_follower.HeadMoved(11, first.BlockHash, _now));
        Assert.Equal(1U, Assert.Single(_follower.Pending).Chunk);
        Assert.DoesNotContain(_effects, effect => effect is FeedEffect.Withdraw);
        Arrive(second.Next());
        Assert.Equal(3, Shown.Count());
    }

    [Fact]
    public void S17_S46_S47_Another_sealed_block_withdraws_all_that_is_under_construction()
    {
        TestFlashblocks first = new(_rollup, 1, 0, 11, Head);
        Arrive(first.Next(isLast: true));
        Arrive(new TestFlashblocks(_rollup, 1, 1, 12, first.BlockHash).Next());
        Take(_follower.HeadMoved(11, TestRollup.Digest("other"), _now));
        Assert.Empty(_follower.Pending);
        Assert.Equal([0U, 1U], _effects.OfType<FeedEffect.Withdraw>().Select(effect => effect.Chunk.Chunk));
    }

    [Fact]
    public void S44_S54_A_later_slot_takes_the_place_of_a_chunk_that_was_never_sealed()
    {
        Arrive(Chunk(1)[0]);
        _now = _rollup.During(2);
        Flashblock next = new TestFlashblocks(_rollup, 2, 0, 11, Head).Next();
        Assert.IsType<FlashblockDecision.Replace>(Assert.IsType<FeedOutcome.Decided>(Arrive(next)).Decision);
        Assert.Equal(1UL, Assert.Single(_effects.OfType<FeedEffect.Withdraw>()).Chunk.Slot);
        Assert.Equal(2UL, Assert.Single(_follower.Pending).Slot);
    }

    [Fact]
    public void S10_S28_Bounds_hold_and_far_slots_are_refused()
    {
        FlashblockFollower follower = new(_rollup.Timetable.Consensus, 10, Head, new FeedOptions { MaxHeldFlashblocks = 2, MaxPendingChunks = 1 });
        FeedOutcome Take(Flashblock flashblock) => follower.Arrived(TestFlashblocks.Valid(flashblock), _now).Outcome;
        Flashblock[] blocks = Chunk(5);
        Take(blocks[4]);
        Take(blocks[3]);
        Assert.IsType<FeedOutcome.Held>(Take(blocks[2]));
        Assert.Equal(2, follower.Held);
        Assert.Equal(new FeedOutcome.LimitReached(nameof(FeedOptions.MaxHeldFlashblocks)), Take(blocks[4]));
        Assert.Equal(new FeedOutcome.TooFarAhead(9, 2), Take(new TestFlashblocks(_rollup, 9, 0, 11, Head).Next()));

        FlashblockFollower narrow = new(_rollup.Timetable.Consensus, 10, Head, new FeedOptions { MaxPendingChunks = 1 });
        TestFlashblocks first = new(_rollup, 1, 0, 11, Head);
        narrow.Arrived(TestFlashblocks.Valid(first.Next(isLast: true)), _now);
        Assert.IsType<FeedOutcome.Held>(narrow.Arrived(TestFlashblocks.Valid(new TestFlashblocks(_rollup, 1, 1, 12, first.BlockHash).Next()), _now).Outcome);
        narrow.HeadMoved(11, first.BlockHash, _now);
        Assert.Equal(1U, Assert.Single(narrow.Pending).Chunk);
    }

    [Fact]
    public void S60_Any_order_and_repetition_shows_every_flashblock_once_in_order()
    {
        List<Flashblock> all = [];
        Hash256 parent = Head;
        for (uint chunk = 0; chunk < 3; chunk++)
        {
            TestFlashblocks flashblocks = new(_rollup, 1, chunk, 11 + chunk, parent);
            all.AddRange([flashblocks.Next(), flashblocks.Next(), flashblocks.Next(isLast: true)]);
            parent = flashblocks.BlockHash;
        }

        Prop.ForAll(Gen.ArrayOf(Gen.Choose(0, all.Count - 1)).ToArbitrary(), order =>
        {
            FlashblockFollower follower = new(_rollup.Timetable.Consensus, 10, Head);
            List<Flashblock> shown = [];
            DateTimeOffset now = _now;
            void Take(FeedStep step)
            {
                shown.AddRange(step.Effects.OfType<FeedEffect.Show>().Select(effect => effect.Flashblock));
                foreach (FeedEffect.PullFlashblocks pull in step.Effects.OfType<FeedEffect.PullFlashblocks>())
                {
                    foreach (Flashblock answer in all.Where(flashblock => flashblock.Payload.Chunk == pull.Chunk && flashblock.Payload.Index >= pull.From))
                    {
                        Take(follower.Arrived(TestFlashblocks.Valid(answer), now));
                    }
                }
            }

            foreach (int i in order)
            {
                Take(follower.Arrived(TestFlashblocks.Valid(all[i]), now));
            }

            // The last flashblock of each chunk comes in the end, whatever was lost.
            foreach (Flashblock last in all.Where(flashblock => flashblock.Payload.IsLast))
            {
                Take(follower.Arrived(TestFlashblocks.Valid(last), now));
            }

            for (int i = 0; i < 100 && follower.NextDeadline() is { } next; i++)
            {
                now = next > now ? next : now;
                Take(follower.Tick(now));
            }

            return shown.SequenceEqual(all) && follower.Held == 0;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
    }

    private Flashblock[] Chunk(int count, string variant = "")
    {
        TestFlashblocks flashblocks = new(_rollup, 1, 0, 11, Head, variant);
        return [.. Enumerable.Range(0, count).Select(_ => flashblocks.Next())];
    }

    private FeedOutcome Arrive(Flashblock flashblock)
    {
        FeedStep step = _follower.Arrived(TestFlashblocks.Valid(flashblock), _now);
        Take(step);
        return step.Outcome;
    }

    private void Tick() => Take(_follower.Tick(_now));

    private void Take(FeedStep step) => _effects.AddRange(step.Effects);
}
