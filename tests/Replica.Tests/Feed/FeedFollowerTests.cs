using System.Collections.Immutable;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Tests.Support;
using Cloud.Protocol.Validation;
using Cloud.Replica.Feed;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Replica.Tests.Feed;

public sealed class FeedFollowerTests
{
    private static readonly Hash256 GenesisBlock = TestRollup.Digest("genesis block");

    private readonly TestRollup _rollup = new();
    private readonly List<FeedEffect> _effects = [];
    private FeedFollower _feed;
    private DateTimeOffset _now;

    public FeedFollowerTests()
    {
        _feed = new FeedFollower(_rollup.Context, _rollup.Timetable.Consensus, GenesisBlock);
        _now = _rollup.During(1);
    }

    private IEnumerable<ChunkHeader> Delivered => _effects.OfType<FeedEffect.Deliver>().Select(effect => effect.Proposal.Header);

    [Fact]
    public void Scenario_2_chunks_3_1_2_are_delivered_as_1_2_3()
    {
        ImmutableArray<ChunkHeader> chunks = _rollup.Chunks(1, 3);
        Assert.IsType<FeedOutcome.Held>(Arrive(chunks[2]));
        Assert.IsType<FeedOutcome.Delivered>(Arrive(chunks[0]));
        Assert.IsType<FeedOutcome.Delivered>(Arrive(chunks[1]));
        Assert.Equal(chunks, Delivered);
        Assert.Equal(0, _feed.Held);
        Assert.Equal(0, _feed.Missing);
        Assert.Null(_feed.NextDeadline());
    }

    [Fact]
    public void Scenario_3_a_missing_chunk_is_pulled_with_growing_waits_until_the_deadline_and_nothing_above_it_is_delivered()
    {
        ImmutableArray<ChunkHeader> chunks = _rollup.Chunks(1, 3);
        Arrive(chunks[0]);
        Arrive(chunks[2]);
        List<double> waits = [];
        DateTimeOffset last = _now;
        while (_feed.NextDeadline() is { } next)
        {
            _now = next;
            int before = _effects.Count;
            Tick();
            if (_effects.Count > before && _effects[^1] is FeedEffect.PullChunks pull)
            {
                Assert.Equal((1UL, 1U, 1U), (pull.Slot, pull.From, pull.Through));
                waits.Add((_now - last).TotalMilliseconds);
                last = _now;
            }

            _now = _now.AddTicks(1);
            Tick();
        }

        Assert.Equal([50, 100, 200, 400, 800, 1600, 2000, 2000], waits.Take(8).Select(wait => Math.Round(wait)));
        Assert.True(last > _rollup.Timetable.Consensus.AttestationDeadline(1).AddSeconds(-3));
        Assert.Equal(new FeedEffect.GaveUp(1, 1), Assert.Single(_effects.OfType<FeedEffect.GaveUp>()));
        Assert.Empty(_effects.OfType<FeedEffect.Report>());
        Assert.Equal([chunks[0]], Delivered);
    }

    [Fact]
    public void Scenario_4_who_starts_with_chunk_2_pulls_what_is_below_in_one_request()
    {
        ImmutableArray<ChunkHeader> chunks = _rollup.Chunks(1, 4);
        Assert.IsType<FeedOutcome.Held>(Arrive(chunks[2]));
        Arrive(chunks[3]);
        _now = _now.AddMilliseconds(50);
        Tick();
        Assert.Equal([new FeedEffect.PullChunks(1, 0, 1, 1)], _effects);
        Arrive(chunks[0]);
        Arrive(chunks[1]);
        Assert.Equal(chunks, Delivered);
    }

    [Fact]
    public void Scenario_8_a_duplicate_is_ignored_wherever_the_first_one_is()
    {
        ImmutableArray<ChunkHeader> chunks = _rollup.Chunks(1, 3);
        Arrive(chunks[0]);
        Arrive(chunks[2]);
        Assert.IsType<FeedOutcome.Duplicate>(Arrive(chunks[0]));
        Assert.IsType<FeedOutcome.Duplicate>(Arrive(chunks[2]));
        Assert.IsType<FeedOutcome.Duplicate>(_feed.Announced(1, 0, _now).Outcome);
        Assert.Single(Delivered);
    }

    [Fact]
    public void The_first_chunk_of_a_slot_pulls_the_block_that_it_stands_on()
    {
        ImmutableArray<ChunkHeader> one = _rollup.Chunks(1, 2);
        ChunkHeader next = _rollup.Header(2, 0, one[1].Block);
        _now = _rollup.During(2);
        Arrive(next);
        _now = _now.AddMilliseconds(50);
        Tick();
        Assert.Equal([new FeedEffect.PullBlock(one[1].Block.ComputeHash(), 2, 1)], _effects);
        Arrive(one[1]);
        Arrive(one[0]);
        Assert.Equal([one[0], one[1], next], Delivered);
        Assert.Equal(0, _feed.Missing);
    }

    [Fact]
    public void A_block_that_came_another_way_releases_what_waits_for_it()
    {
        ImmutableArray<ChunkHeader> one = _rollup.Chunks(1, 2);
        ChunkHeader next = _rollup.Header(2, 0, one[1].Block);
        _now = _rollup.During(2);
        Arrive(next);
        _effects.AddRange(_feed.Known(1, one[1].Block.ComputeHash()).Effects);
        Assert.Equal([next], Delivered);
        Assert.Equal(0, _feed.Missing);
    }

    [Fact]
    public void An_announced_chunk_is_pulled_only_if_it_does_not_come()
    {
        ImmutableArray<ChunkHeader> chunks = _rollup.Chunks(1, 2);
        Assert.IsType<FeedOutcome.Noted>(_feed.Announced(1, 0, _now).Outcome);
        Arrive(chunks[0]);
        _feed.Announced(1, 1, _now);
        _now = _now.AddMilliseconds(49);
        Tick();
        Assert.DoesNotContain(_effects, effect => effect is FeedEffect.PullChunks);
        _now = _now.AddMilliseconds(1);
        Tick();
        Assert.Equal(new FeedEffect.PullChunks(1, 1, 1, 1), _effects[^1]);
    }

    [Fact]
    public void A_second_chunk_is_evidence_once_and_delivered_only_when_the_committee_certifies_it()
    {
        ChunkHeader first = _rollup.Header(1, 0);
        ChunkHeader second = _rollup.Header(1, 0, variant: "second");
        Arrive(first);
        Assert.IsType<FeedOutcome.Equivocation>(Arrive(second));
        Assert.IsType<FeedOutcome.Duplicate>(Arrive(second));
        Assert.IsType<FeedOutcome.OverCap>(Arrive(_rollup.Header(1, 0, variant: "third")));
        FeedEffect.Report report = Assert.Single(_effects.OfType<FeedEffect.Report>());
        Assert.Equal(new EvidenceVerdict.Proven(Offence.DuplicateChunkProposal, _rollup.ProposerOf(1)), report.Evidence.Verify(_rollup.Domains));
        Assert.Equal([first], Delivered);
        _effects.AddRange(_feed.Certified(1, 0, second.Hash, _now).Effects);
        Assert.Equal([first, second], Delivered);
        _effects.AddRange(_feed.Certified(1, 0, second.Hash, _now).Effects);
        Assert.Equal(2, Delivered.Count());
    }

    [Fact]
    public void A_certified_chunk_that_is_not_here_is_pulled_and_taken_over_the_cap()
    {
        ChunkHeader third = _rollup.Header(1, 0, variant: "third");
        Arrive(_rollup.Header(1, 0));
        Arrive(_rollup.Header(1, 0, variant: "second"));
        Assert.IsType<FeedOutcome.Noted>(_feed.Certified(1, 0, third.Hash, _now).Outcome);
        _now = _now.AddMilliseconds(50);
        Tick();
        Assert.Equal(new FeedEffect.PullChunks(1, 0, 0, 1), _effects[^1]);
        Assert.IsType<FeedOutcome.Delivered>(Arrive(third));
        Assert.Equal(0, _feed.Missing);
    }

    [Fact]
    public void What_stands_on_an_invalid_chunk_is_not_delivered()
    {
        ImmutableArray<ChunkHeader> chunks = _rollup.Chunks(1, 4);
        Arrive(chunks[0]);
        Arrive(chunks[2]);
        _feed.FoundInvalid(1, chunks[1].Block.ComputeHash());
        Assert.Equal(0, _feed.Held);
        Assert.IsType<FeedOutcome.InvalidAncestor>(Arrive(chunks[3]));
        Assert.Equal([chunks[0]], Delivered);
    }

    [Fact]
    public void Positions_out_of_range_are_refused_and_leave_nothing_behind()
    {
        Assert.Equal(new FeedOutcome.TooFarAhead(3, 2), Arrive(_rollup.Header(3, 0)));
        Assert.Equal(new FeedOutcome.TooFarAhead(ulong.MaxValue, 2), _feed.Announced(ulong.MaxValue, 0, _now).Outcome);
        Assert.Equal(new FeedOutcome.IndexTooHigh(6, 6), _feed.Announced(1, 6, _now).Outcome);
        Assert.Equal(new FeedOutcome.IndexTooHigh(uint.MaxValue, 6), _feed.Certified(1, uint.MaxValue, default, _now).Outcome);
        _feed.Advance(1);
        Assert.Equal(new FeedOutcome.SlotOver(0, 1), Arrive(_rollup.Header(0, 0)));
        Assert.IsType<FeedOutcome.Invalid>(_feed.Arrived(
            new Validated<ChunkProposal>(_rollup.Propose(_rollup.Header(1, 0)), new Validity.Rejected(RejectReason.OutsideWindow, PeerPenalty.None)), _now).Outcome);
        Assert.Equal(0, _feed.Missing);
        Assert.Null(_feed.NextDeadline());
    }

    [Fact]
    public void The_chains_newest_block_stays_known_however_many_slots_were_given_up_above_it()
    {
        ChunkHeader ground = _rollup.Chunks(1, 1)[0];
        Arrive(ground);
        _feed.HeadMoved(1, ground.Block.ComputeHash());
        Hash256 parent = ground.Block.ComputeHash();
        for (ulong slot = 2; slot < 9; slot++)
        {
            // Delivered, executed, and given up again since its checkpoint does not come.
            _now = _rollup.During(slot);
            ChunkHeader lost = _rollup.Header(slot, 0, ground.Block);
            Assert.IsType<FeedOutcome.Delivered>(Arrive(lost));
            _feed.HeadMoved(slot, lost.Block.ComputeHash());
            _feed.HeadMoved(1, parent);
            Tick();
        }

        Assert.True(_feed.Floor > 1);
        Assert.Equal(8, Delivered.Count());
    }

    [Fact]
    public void A_chunk_on_a_block_that_becomes_the_newest_again_is_delivered_then()
    {
        ImmutableArray<ChunkHeader> chunks = _rollup.Chunks(1, 2);
        Assert.IsType<FeedOutcome.Held>(Arrive(chunks[1]));
        _effects.AddRange(_feed.HeadMoved(1, chunks[0].Block.ComputeHash()).Effects);
        Assert.Equal([chunks[1]], Delivered);
    }

    [Fact]
    public void Held_chunks_are_bounded_and_the_furthest_gives_way()
    {
        _feed = new FeedFollower(_rollup.Context, _rollup.Timetable.Consensus, GenesisBlock, options: new FeedOptions { MaxHeldChunks = 2 });
        ImmutableArray<ChunkHeader> chunks = _rollup.Chunks(1, 5);
        Arrive(chunks[4]);
        Arrive(chunks[2]);
        Assert.IsType<FeedOutcome.Held>(Arrive(chunks[1]));
        Assert.Equal(2, _feed.Held);
        Assert.Equal(new FeedOutcome.LimitReached(nameof(FeedOptions.MaxHeldChunks)), Arrive(chunks[3]));
        Arrive(chunks[0]);
        Assert.Equal(chunks.Take(3), Delivered);
        _now = _now.AddMilliseconds(50);
        Tick();
        Assert.Contains(new FeedEffect.PullChunks(1, 3, 4, 1), _effects);
        Arrive(chunks[3]);
        Arrive(chunks[4]);
        Assert.Equal(chunks, Delivered);
    }

    [Fact]
    public void Old_slots_are_forgotten_as_time_goes_on()
    {
        ImmutableArray<ChunkHeader> one = _rollup.Chunks(1, 2);
        Arrive(one[0]);
        Arrive(_rollup.Header(1, 3, one[1].Block));
        _now = _rollup.During(10);
        Tick();
        Assert.Equal(6UL, _feed.Floor);
        Assert.Equal(0, _feed.Held);
        Assert.Equal(0, _feed.Missing);

        // After a quiet time the next chunk stands on the last one that came.
        ChunkHeader late = _rollup.Header(10, 0, one[0].Block);
        Assert.IsType<FeedOutcome.Delivered>(Arrive(late));
    }

    [Fact]
    public void Any_order_repetition_and_loss_converges_to_every_chunk_once_in_the_order_of_the_chain()
    {
        List<ChunkHeader> chain = [];
        for (ulong slot = 1; slot <= 3; slot++)
        {
            chain.AddRange(_rollup.Chunks(slot, (int)(2 + slot), chain.Count == 0 ? null : chain[^1].Block));
        }

        ChunkProposal[] proposals = [.. chain.Select(header => _rollup.Propose(header))];
        Gen<int[]> arrivals = Gen.ArrayOf(Gen.Choose(0, chain.Count - 1));
        Gen<int> held = Gen.Choose(2, 12);
        Prop.ForAll(arrivals.Zip(held).ToArbitrary(), input =>
        {
            FeedFollower feed = new(_rollup.Context, _rollup.Timetable.Consensus, GenesisBlock, options: new FeedOptions { MaxHeldChunks = input.Item2 });
            List<Hash256> delivered = [];
            DateTimeOffset now = _rollup.During(3);
            void Take(FeedStep step)
            {
                delivered.AddRange(step.Effects.OfType<FeedEffect.Deliver>().Select(effect => effect.Proposal.Header.Hash));
                foreach (FeedEffect effect in step.Effects)
                {
                    foreach (ChunkProposal answer in proposals.Where(proposal => effect switch
                    {
                        FeedEffect.PullChunks pull => proposal.Header.Slot == pull.Slot && proposal.Header.Index >= pull.From && proposal.Header.Index <= pull.Through,
                        FeedEffect.PullBlock pull => proposal.Header.Block.ComputeHash() == pull.BlockHash,
                        _ => false,
                    }))
                    {
                        Take(feed.Arrived(Valid(answer), now));
                    }
                }
            }

            foreach (int arrival in input.Item1)
            {
                Take(feed.Arrived(Valid(proposals[arrival]), now));
            }

            // One announcement of the newest chunk is enough to find all the others.
            Take(feed.Announced(3, (uint)chain[^1].Index, now));
            for (int i = 0; i < 200 && feed.NextDeadline() is { } next; i++)
            {
                now = next > now ? next : now;
                Take(feed.Tick(now));
            }

            return delivered.SequenceEqual(chain.Select(header => header.Hash)) && feed.Held == 0 && feed.Missing == 0;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
    }

    private static Validated<ChunkProposal> Valid(ChunkProposal proposal) => new(proposal, new Validity.Accepted(proposal.Header.Producer));

    private FeedOutcome Arrive(ChunkHeader header)
    {
        FeedStep step = _feed.Arrived(Valid(_rollup.Propose(header)), _now);
        _effects.AddRange(step.Effects);
        return step.Outcome;
    }

    private void Tick() => _effects.AddRange(_feed.Tick(_now).Effects);
}
