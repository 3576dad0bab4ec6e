using System.Collections.Immutable;
using Cloud.Protocol.Attesting;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Tests.Support;
using Cloud.Replica.Chain;
using Cloud.Settlement.L1Events;

namespace Cloud.Replica.Tests.Chain;

/// <summary>Slots of 36 s, chunks of 6 s, L1 blocks each 12 s: slot n lands at 36n, 36n + 12 or 36n + 24 seconds, or never.</summary>
public sealed class ChainTipsTests
{
    private readonly ChainDriver _d = new();

    [Fact]
    public void Case_01_a_slot_goes_through_all_tips()
    {
        ImmutableArray<ChainChunk> chunks = _d.Slot(1, 3);
        _d.Execute(chunks.AsSpan());
        Assert.Equal(chunks[2].Block, _d.Tips.Tips.Proposed);
        _d.Certify(chunks.AsSpan());
        Assert.Equal(chunks[2].Block, _d.Tips.Tips.Attested);
        CheckpointHeader header = _d.Propose(chunks.AsSpan());
        L1BlockRef landed = _d.L1(36, ChainDriver.Landed(1, header));
        Assert.Equal(chunks[2].Block, _d.Tips.Tips.Checkpointed);
        L1BlockRef proven = _d.L1(48, new RollupChange.EpochProven(1));
        Assert.Equal(chunks[2].Block, _d.Tips.Tips.Proven);
        Assert.Equal(0UL, _d.Tips.Tips.Finalized.Number);
        _d.Apply(tips => tips.Observe(new L1Update.Finalized(landed)));
        Assert.Equal(0UL, _d.Tips.Tips.Finalized.Number);
        _d.Apply(tips => tips.Observe(new L1Update.Finalized(proven)));
        Assert.Equal(chunks[2].Block, _d.Tips.Tips.Finalized);

        foreach (Tip tip in Enum.GetValues<Tip>())
        {
            Assert.Equal(chunks, _d.Effects.OfType<ChainEffect.Reached>().Where(effect => effect.Tip == tip).SelectMany(effect => effect.Chunks));
            Assert.Equal(chunks[2].Block, _d.Effects.OfType<ChainEffect.TipMoved>().Last(effect => effect.Tip == tip).To);
        }

        Assert.Equal(chunks, _d.Effects.OfType<ChainEffect.Settled>().SelectMany(effect => effect.Chunks));
        Assert.Equal(0, _d.Tips.Count);
        Assert.Empty(_d.Pruned);
    }

    [Fact]
    public void The_attested_tip_waits_for_the_certificate_below()
    {
        ImmutableArray<ChainChunk> chunks = _d.Slot(1, 3);
        _d.Execute(chunks.AsSpan());
        _d.Certify(chunks[0], chunks[2]);
        Assert.Equal(chunks[0].Block, _d.Tips.Tips.Attested);
        _d.Certify(chunks[1]);
        Assert.Equal(chunks[2].Block, _d.Tips.Tips.Attested);
    }

    [Fact]
    public void A_certificate_before_its_chunk_waits_for_it_and_other_kinds_move_nothing()
    {
        ImmutableArray<ChainChunk> chunks = _d.Slot(1, 1);
        Assert.Equal(
            new ChainOutcome.Ignored(ChainIgnoreReason.OtherKind), _d.Apply(tips => tips.Certified(_d.Rollup.Certify(chunks[0].Header, AttestationKind.Stored))));
        _d.Certify(chunks[0]);
        _d.Execute(chunks[0]);
        Assert.Equal(chunks[0].Block, _d.Tips.Tips.Attested);
        Assert.Equal(new ChainOutcome.Ignored(ChainIgnoreReason.Duplicate), _d.Apply(tips => tips.Certified(_d.Rollup.Certify(chunks[0].Header))));
    }

    [Fact]
    public void Case_11_an_unpublished_slot_takes_the_next_one_down_and_the_one_after_lands_on_the_old_tip()
    {
        ImmutableArray<ChainChunk> one = _d.Slot(1, 2);
        _d.Execute(one.AsSpan());
        _d.Certify(one.AsSpan());
        CheckpointHeader first = _d.Propose(one.AsSpan());
        _d.L1(36, ChainDriver.Landed(1, first));
        ImmutableArray<ChainChunk> two = _d.Slot(2, 2, one[1]);
        ImmutableArray<ChainChunk> three = _d.Slot(3, 2, two[1]);
        _d.Execute(two.AsSpan());
        _d.Certify(two.AsSpan());
        CheckpointHeader second = _d.Propose(two.AsSpan(), first.Hash);
        _d.L1(72);
        _d.Execute(three.AsSpan());
        _d.Propose(three.AsSpan(), second.Hash);
        _d.L1(84);
        Assert.Equal(three[1].Block, _d.Tips.Tips.Proposed);
        Assert.Empty(_d.Pruned);

        // The last L1 block of slot 2 came without it.
        L1BlockRef block = _d.L1(96);
        Assert.Equal(one[1].Block, _d.Tips.Tips.Proposed);
        Assert.Equal([2UL, 3UL], _d.Pruned.Select(pruned => pruned.Slot));
        Assert.All(_d.Pruned, pruned => Assert.Equal(new BreakReason.SlotUnpublished(2, block), pruned.Reason));
        Assert.Equal(two.Concat(three), _d.Pruned.SelectMany(pruned => pruned.Chunks));
        Assert.Equal(two.Concat(three).SelectMany(chunk => chunk.Transactions), Assert.Single(_d.Effects.OfType<ChainEffect.Reinject>()).Transactions);

        ImmutableArray<ChainChunk> four = _d.Slot(4, 2, one[1]);
        _d.Execute(four.AsSpan());
        _d.Certify(four.AsSpan());
        _d.L1(144, ChainDriver.Landed(2, _d.Propose(four.AsSpan(), first.Hash)));
        Assert.Equal(four[1].Block, _d.Tips.Tips.Checkpointed);
        Assert.Equal(2, _d.Pruned.Count());
        Assert.Equal(
            new ChainOutcome.Ignored(ChainIgnoreReason.SlotOver), _d.Apply(tips => tips.Executed(two[0], _d.Now)));
    }

    [Fact]
    public void Case_12_chunks_without_a_checkpoint_proposal_are_given_up_and_another_checkpoint_lands()
    {
        ImmutableArray<ChainChunk> one = _d.Slot(1, 3);
        _d.Execute(one.AsSpan());
        _d.Now = _d.Rollup.Timetable.Deadlines(1).Orphaned.AddTicks(1);
        Assert.IsType<ChainOutcome.Accepted>(_d.Tick());
        Assert.Equal(0UL, _d.Tips.Tips.Proposed.Number);
        ChainEffect.Pruned pruned = Assert.Single(_d.Pruned);
        Assert.Equal(new BreakReason.CheckpointMissing(1, _d.Rollup.Timetable.Deadlines(1).Orphaned), pruned.Reason);
        Assert.Equal(new ChainOutcome.Ignored(ChainIgnoreReason.SlotOver), _d.Apply(tips => tips.Executed(one[0], _d.Now)));

        ImmutableArray<ChainChunk> two = _d.Slot(2, 2);
        _d.Execute(two.AsSpan());
        _d.L1(72, ChainDriver.Landed(1, _d.Propose(two.AsSpan())));
        Assert.Equal(two[1].Block, _d.Tips.Tips.Checkpointed);
    }

    [Fact]
    public void Case_13_after_a_prune_several_chunks_are_built_again()
    {
        ImmutableArray<ChainChunk> one = _d.Slot(1, 2);
        ImmutableArray<ChainChunk> two = _d.Slot(2, 2, one[1]);
        _d.Execute(one.AsSpan());
        _d.Propose(one.AsSpan());
        _d.L1(36);
        _d.L1(48);
        _d.Execute(two[0]);
        _d.L1(60);
        Assert.Equal([1UL, 2UL], _d.Pruned.Select(pruned => pruned.Slot));
        Assert.IsType<ChainOutcome.ParentUnknown>(_d.Apply(tips => tips.Executed(two[1], _d.Now)));
        ImmutableArray<ChainChunk> again = _d.Slot(3, 4);
        _d.Execute(again.AsSpan());
        Assert.Equal(again[3].Block, _d.Tips.Tips.Proposed);
        Assert.Equal(1, _d.Tips.UnpublishedSlots);
    }

    [Fact]
    public void Case_14_a_checkpoint_on_L1_beats_another_one_that_was_only_proposed()
    {
        ImmutableArray<ChainChunk> gossip = _d.Slot(1, 2, variant: "gossip");
        ImmutableArray<ChainChunk> posted = _d.Slot(1, 2, variant: "posted");
        _d.Execute(gossip.AsSpan());
        _d.Certify(gossip.AsSpan());
        _d.Propose(gossip.AsSpan());
        Assert.Equal(new ChainOutcome.Ignored(ChainIgnoreReason.ProposalKnown), _d.Apply(tips => tips.CheckpointProposed(_d.Checkpoint(posted.AsSpan()))));
        CheckpointHeader header = _d.Checkpoint(posted.AsSpan());
        L1BlockRef block = _d.L1(36, ChainDriver.Landed(1, header));

        // The last block contradicts L1 at once; the first may still be right.
        Assert.Equal(gossip[0].Block, _d.Tips.Tips.Proposed);
        Assert.Equal(header, Assert.Single(_d.Effects.OfType<ChainEffect.FetchCheckpoint>()).Header);
        _d.Execute(posted.AsSpan());
        Assert.Equal(posted[1].Block, _d.Tips.Tips.Checkpointed);
        Assert.Equal(gossip, _d.Pruned.SelectMany(pruned => pruned.Chunks).OrderBy(chunk => chunk.Index));
        Assert.All(_d.Pruned, pruned => Assert.Equal(new BreakReason.L1Mismatch(1, header.Hash, block), pruned.Reason));
        Assert.Equal(2, _d.Tips.Count);
    }

    [Fact]
    public void Case_15_a_checkpoint_with_too_few_attestations_is_replaced_in_the_transaction_of_the_next_good_one()
    {
        (ImmutableArray<ChainChunk> bad, CheckpointHeader badHeader) = BadSlot(1);
        Assert.Equal(1UL, _d.Tips.FirstSkipped);
        Assert.Equal(new ChainEffect.CheckpointSkipped(1, badHeader, SkipReason.InsufficientAttestations), Assert.Single(_d.Effects.OfType<ChainEffect.CheckpointSkipped>()));
        _d.L1(48);
        _d.L1(60);
        Assert.Equal(bad, Assert.Single(_d.Pruned).Chunks);

        ImmutableArray<ChainChunk> good = _d.Slot(2, 2);
        _d.Execute(good.AsSpan());
        _d.L1(72, new RollupChange.CheckpointInvalidated(1, badHeader.Hash), ChainDriver.Landed(1, _d.Propose(good.AsSpan())));
        Assert.Equal(good[1].Block, _d.Tips.Tips.Checkpointed);
        Assert.Null(_d.Tips.FirstSkipped);
        Assert.Single(_d.Pruned);
    }

    [Fact]
    public void Case_16_an_attack_once_leaves_the_chain_at_its_start()
    {
        (_, CheckpointHeader header) = BadSlot(1, AttestationVerdict.Incorrect);
        _d.L1(48, new RollupChange.CheckpointInvalidated(1, header.Hash));
        _d.L1(60);
        Assert.Equal(0UL, _d.Tips.Tips.Proposed.Number);
        Assert.Empty(_d.Tips.Landed);
        Assert.Null(_d.Tips.FirstSkipped);
    }

    [Fact]
    public void Case_17_an_invalid_checkpoint_replaced_by_an_invalid_one_of_the_same_number()
    {
        (_, CheckpointHeader first) = BadSlot(1);
        _d.L1(48);
        _d.L1(60);
        CheckpointHeader second = _d.Checkpoint(_d.Slot(2, 1).AsSpan());
        _d.L1(72, new RollupChange.CheckpointInvalidated(1, first.Hash), ChainDriver.Landed(1, second, AttestationVerdict.Incorrect));
        Assert.Equal(1UL, _d.Tips.FirstSkipped);
        Assert.Equal([1UL, 1UL], _d.Effects.OfType<ChainEffect.CheckpointSkipped>().Select(effect => effect.Number));
        ImmutableArray<ChainChunk> good = _d.Slot(3, 2);
        _d.Execute(good.AsSpan());
        _d.L1(108, new RollupChange.CheckpointInvalidated(1, second.Hash), ChainDriver.Landed(1, _d.Propose(good.AsSpan())));
        Assert.Equal(good[1].Block, _d.Tips.Tips.Checkpointed);
    }

    [Fact]
    public void Case_18_of_two_bad_checkpoints_the_earliest_is_invalidated()
    {
        (_, CheckpointHeader first) = BadSlot(1);
        CheckpointHeader second = _d.Checkpoint(_d.Slot(2, 1).AsSpan(), first.Hash);
        _d.L1(48);
        _d.L1(60);
        _d.L1(72, ChainDriver.Landed(2, second, AttestationVerdict.Insufficient));
        Assert.Equal(1UL, _d.Tips.FirstSkipped);
        Assert.Equal(
            [SkipReason.InsufficientAttestations, SkipReason.DescendantOfSkipped], _d.Effects.OfType<ChainEffect.CheckpointSkipped>().Select(effect => effect.Reason));
        ImmutableArray<ChainChunk> good = _d.Slot(3, 2);
        _d.Execute(good.AsSpan());
        _d.L1(108, new RollupChange.CheckpointInvalidated(1, first.Hash), ChainDriver.Landed(1, _d.Propose(good.AsSpan())));
        Assert.Equal(good[1].Block, _d.Tips.Tips.Checkpointed);
        Assert.Single(_d.Tips.Landed);
    }

    [Fact]
    public void Case_19_a_valid_descendant_of_an_invalid_checkpoint_is_skipped_and_the_chain_goes_on()
    {
        (_, CheckpointHeader first) = BadSlot(1);
        CheckpointHeader descendant = _d.Checkpoint(_d.Slot(2, 1).AsSpan(), first.Hash);
        _d.L1(48);
        _d.L1(60);
        _d.L1(72, ChainDriver.Landed(2, descendant));
        Assert.Equal(0UL, _d.Tips.Tips.Checkpointed.Number);
        Assert.Empty(_d.Effects.OfType<ChainEffect.FetchCheckpoint>());
        Assert.Equal(SkipReason.DescendantOfSkipped, _d.Effects.OfType<ChainEffect.CheckpointSkipped>().Last().Reason);
        _d.L1(84);
        Assert.Equal(2, _d.Effects.OfType<ChainEffect.CheckpointSkipped>().Count());
    }

    [Fact]
    public void Case_48_a_reorganisation_of_L1_takes_the_checkpoint_back_and_the_chunks_stay_attested_until_it_lands_again()
    {
        ImmutableArray<ChainChunk> one = _d.Slot(1, 2);
        _d.Execute(one.AsSpan());
        _d.Certify(one[0]);
        CheckpointHeader header = _d.Propose(one.AsSpan());
        L1BlockRef before = _d.L1(24);
        _d.L1(36, ChainDriver.Landed(1, header));
        Assert.Equal(one[1].Block, _d.Tips.Tips.Attested);
        _d.Reorg(1);
        Assert.Equal(0UL, _d.Tips.Tips.Checkpointed.Number);
        Assert.Equal(one[1].Block, _d.Tips.Tips.Attested);
        ChainEffect.FellBack fall = Assert.Single(_d.Effects.OfType<ChainEffect.FellBack>());
        Assert.Equal((Tip.Checkpointed, new BreakReason.L1Reorged(before)), (fall.Lost, fall.Reason));
        Assert.Equal(one, fall.Chunks);
        _d.L1(36);
        _d.L1(48, ChainDriver.Landed(1, header));
        Assert.Equal(one[1].Block, _d.Tips.Tips.Checkpointed);
        Assert.Empty(_d.Pruned);
        Assert.Empty(_d.Effects.OfType<ChainEffect.FetchCheckpoint>());
    }

    [Fact]
    public void Case_48_a_checkpoint_that_does_not_land_again_after_a_reorganisation_is_given_up()
    {
        ImmutableArray<ChainChunk> one = _d.Slot(1, 2);
        _d.Execute(one.AsSpan());
        CheckpointHeader header = _d.Propose(one.AsSpan());
        _d.L1(48);
        _d.L1(60, ChainDriver.Landed(1, header));
        _d.Reorg(1);
        L1BlockRef block = _d.L1(60);
        Assert.Equal(new BreakReason.SlotUnpublished(1, block), Assert.Single(_d.Pruned).Reason);
    }

    [Fact]
    public void Case_48_a_slot_that_was_over_in_the_blocks_that_L1_took_back_is_open_again()
    {
        CheckpointHeader header = _d.Checkpoint(_d.Slot(1, 2).AsSpan());
        _d.L1(48);
        _d.L1(60);
        Assert.Equal(new ChainOutcome.Ignored(ChainIgnoreReason.SlotOver), _d.Apply(tips => tips.CheckpointProposed(header)));
        _d.Reorg(1);
        Assert.IsType<ChainOutcome.Accepted>(_d.Apply(tips => tips.CheckpointProposed(header)));
    }

    [Fact]
    public void Case_48_what_a_reorganised_block_had_removed_comes_back()
    {
        ImmutableArray<ChainChunk> one = _d.Slot(1, 2);
        _d.Execute(one.AsSpan());
        CheckpointHeader header = _d.Propose(one.AsSpan());
        _d.L1(36, ChainDriver.Landed(1, header));
        _d.L1(48, new RollupChange.CheckpointInvalidated(1, header.Hash));
        Assert.Equal(0UL, _d.Tips.Tips.Proposed.Number);
        Assert.IsType<BreakReason.CheckpointInvalidated>(Assert.Single(_d.Pruned).Reason);
        _d.Reorg(1);
        Assert.Equal(header, Assert.Single(_d.Effects.OfType<ChainEffect.FetchCheckpoint>()).Header);
        _d.Execute(one.AsSpan());
        Assert.Equal(one[1].Block, _d.Tips.Tips.Checkpointed);
    }

    [Fact]
    public void Case_48_an_epoch_without_proof_goes_with_all_that_stands_on_it()
    {
        ImmutableArray<ChainChunk> one = _d.Slot(1, 1);
        ImmutableArray<ChainChunk> two = _d.Slot(2, 1, one[0]);
        ImmutableArray<ChainChunk> three = _d.Slot(3, 1, two[0]);
        _d.Execute(one[0], two[0]);
        CheckpointHeader first = _d.Propose(one.AsSpan());
        CheckpointHeader second = _d.Propose(two.AsSpan(), first.Hash);
        _d.L1(36, ChainDriver.Landed(1, first), new RollupChange.EpochProven(1));
        _d.L1(72, ChainDriver.Landed(2, second));
        _d.Execute(three[0]);
        L1BlockRef block = _d.L1(84, new RollupChange.ChainPruned(1));
        Assert.Equal(one[0].Block, _d.Tips.Tips.Proposed);
        Assert.Equal(one[0].Block, _d.Tips.Tips.Proven);
        Assert.Equal([2UL, 3UL], _d.Pruned.Select(pruned => pruned.Slot));
        Assert.All(_d.Pruned, pruned => Assert.Equal(new BreakReason.EpochUnproven(1, block), pruned.Reason));
    }

    [Fact]
    public void Case_48_a_proof_that_L1_took_back_comes_again()
    {
        ImmutableArray<ChainChunk> one = _d.Slot(1, 1);
        _d.Execute(one[0]);
        CheckpointHeader header = _d.Propose(one.AsSpan());
        _d.L1(36, ChainDriver.Landed(1, header));
        _d.L1(48, new RollupChange.EpochProven(1));
        _d.Reorg(1);
        Assert.Equal(0UL, _d.Tips.Tips.Proven.Number);
        Assert.Equal(one[0].Block, _d.Tips.Tips.Checkpointed);
        Assert.Equal(Tip.Proven, Assert.Single(_d.Effects.OfType<ChainEffect.FellBack>()).Lost);
        _d.L1(48, new RollupChange.EpochProven(1));
        Assert.Equal(one[0].Block, _d.Tips.Tips.Proven);
    }

    [Fact]
    public void Case_49_extra_chunks_of_a_slot_go_and_the_next_slot_built_on_the_checkpoint_stays()
    {
        ImmutableArray<ChainChunk> one = _d.Slot(1, 2);
        ChainChunk extra = ChainChunk.Of(_d.Rollup.Header(1, 2, one[1].Header.Block));
        ChainChunk[] open = [one[0], ChainChunk.Of(_d.Rollup.Header(1, 1, one[0].Header.Block, "open"))];
        ChainChunk third = ChainChunk.Of(_d.Rollup.Header(1, 2, open[1].Header.Block));
        ChainChunk next = ChainChunk.Of(_d.Rollup.Header(2, 0, open[1].Header.Block));
        Assert.Equal(new ChainOutcome.WrongLink(ChunkLinkFault.AfterLast), ExecuteAll(one[0], one[1], extra));
        _d.Execute(open[1]);
        _d.Certify(open[1]);
        _d.Execute(third, next);
        Assert.Equal(third.Block, _d.Tips.Tips.Proposed);
        _d.Effects.Clear();
        CheckpointHeader header = _d.Checkpoint(open);
        _d.L1(36, ChainDriver.Landed(1, header));
        Assert.Equal([third], Assert.Single(_d.Pruned).Chunks);
        Assert.Equal(next.Block, _d.Tips.Tips.Proposed);
    }

    [Fact]
    public void Case_49_a_block_of_the_same_number_and_another_slot_gives_way_to_L1()
    {
        ImmutableArray<ChainChunk> local = _d.Slot(2, 2);
        ImmutableArray<ChainChunk> posted = _d.Slot(1, 2);
        _d.Execute(local.AsSpan());
        CheckpointHeader header = _d.Checkpoint(posted.AsSpan());
        _d.L1(60, ChainDriver.Landed(1, header));
        Assert.Equal(local, Assert.Single(_d.Pruned).Chunks);
        Assert.IsType<ChainOutcome.ContradictsL1>(_d.Apply(tips => tips.Executed(local[0], _d.Now)));
        _d.Execute(posted.AsSpan());
        Assert.Equal(posted[1].Block, _d.Tips.Tips.Checkpointed);
    }

    [Fact]
    public void Case_49_promotion_needs_no_data_and_a_late_proposal_of_a_checkpointed_chunk_is_ignored()
    {
        ImmutableArray<ChainChunk> one = _d.Slot(1, 2);
        _d.Execute(one.AsSpan());
        CheckpointHeader header = _d.Checkpoint(one.AsSpan());
        _d.L1(36, ChainDriver.Landed(1, header));
        Assert.Empty(_d.Effects.OfType<ChainEffect.FetchCheckpoint>());
        Assert.Equal(new ChainOutcome.Ignored(ChainIgnoreReason.Duplicate), _d.Apply(tips => tips.Executed(one[0], _d.Now)));
        Assert.Equal(new ChainOutcome.Ignored(ChainIgnoreReason.SlotOver), _d.Apply(tips => tips.Executed(_d.Slot(1, 1, variant: "late")[0], _d.Rollup.During(1, 0))));
        Assert.Equal(new ChainOutcome.Ignored(ChainIgnoreReason.SlotOver), _d.Apply(tips => tips.CheckpointProposed(header)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Case_50_orphans_are_kept_before_and_at_the_deadline_and_given_up_after_it(bool isProposed)
    {
        ImmutableArray<ChainChunk> one = _d.Slot(1, 3);
        _d.Execute(one[0], one[1]);
        DateTimeOffset deadline = _d.Rollup.Timetable.Deadlines(1).Orphaned;
        if (isProposed)
        {
            _d.Propose(one.AsSpan());
            deadline = _d.Rollup.Timetable.Consensus.SyncedDeadline(1);
            Assert.True(deadline > _d.Rollup.Timetable.Deadlines(1).Orphaned);
        }

        Assert.Equal(deadline, _d.Tips.NextDeadline());
        foreach (DateTimeOffset kept in new[] { deadline.AddSeconds(-1), deadline })
        {
            _d.Now = kept;
            Assert.Equal(new ChainOutcome.Ignored(ChainIgnoreReason.NothingDue), _d.Tick());
        }

        Assert.Equal(one[1].Block, _d.Tips.Tips.Proposed);
        _d.Now = deadline.AddTicks(1);
        Assert.IsType<ChainOutcome.Accepted>(_d.Tick());
        Assert.Equal(0UL, _d.Tips.Tips.Proposed.Number);
        Assert.Equal(isProposed, Assert.Single(_d.Pruned).Reason is BreakReason.CheckpointNotSynced);
        Assert.Null(_d.Tips.NextDeadline());
    }

    [Fact]
    public void Case_50_a_checkpoint_that_is_complete_here_waits_for_L1()
    {
        ImmutableArray<ChainChunk> one = _d.Slot(1, 2);
        _d.Execute(one.AsSpan());
        _d.Propose(one.AsSpan());
        Assert.Null(_d.Tips.NextDeadline());
        _d.Now = _d.Rollup.Timetable.Consensus.SyncedDeadline(1).AddSeconds(10);
        Assert.Equal(new ChainOutcome.Ignored(ChainIgnoreReason.NothingDue), _d.Tick());
    }

    [Fact]
    public void A_certificate_moves_the_chain_to_the_branch_that_the_committee_chose_and_the_first_certificate_stays()
    {
        ImmutableArray<ChainChunk> first = _d.Slot(1, 2, variant: "first");
        ImmutableArray<ChainChunk> second = _d.Slot(1, 1, variant: "second");
        _d.Execute(first.AsSpan());
        _d.Execute(second[0]);
        Assert.Equal(first[1].Block, _d.Tips.Tips.Proposed);
        ChunkCertificate certificate = _d.Rollup.Certify(second[0].Header);
        _d.Apply(tips => tips.Certified(certificate));
        Assert.Equal(second[0].Block, _d.Tips.Tips.Attested);
        Assert.Equal(first, Assert.Single(_d.Pruned).Chunks);
        Assert.Equal(new BreakReason.CertifiedOtherwise(certificate), _d.Pruned.First().Reason);
        Assert.Equal(first.SelectMany(chunk => chunk.Transactions), Assert.Single(_d.Effects.OfType<ChainEffect.Reinject>()).Transactions);
        _d.Certify(first[0]);
        Assert.Equal(second[0].Block, _d.Tips.Tips.Proposed);
    }

    [Fact]
    public void Transactions_that_are_in_the_new_branch_do_not_go_back_to_the_pool()
    {
        ChunkHeader header = _d.Rollup.Header(1, 0, variant: "a");
        ChunkHeader other = new(
            1, header.Producer, 0, false, header.InHash, header.Block with { StateRoot = TestRollup.Digest("b") }, [header.Transactions[1]]);
        ChainChunk[] chunks = [ChainChunk.Of(header), ChainChunk.Of(other)];
        _d.Execute(chunks);
        _d.Certify(chunks[1]);
        Assert.Equal([header.Transactions[0]], Assert.Single(_d.Effects.OfType<ChainEffect.Reinject>()).Transactions);
    }

    [Fact]
    public void A_replica_that_was_away_takes_landed_checkpoints_one_after_the_other()
    {
        ImmutableArray<ChainChunk> one = _d.Slot(1, 2);
        ImmutableArray<ChainChunk> two = _d.Slot(2, 2, one[1]);
        ImmutableArray<ChainChunk> three = _d.Slot(3, 2, two[1]);
        CheckpointHeader first = _d.Checkpoint(one.AsSpan());
        CheckpointHeader second = _d.Checkpoint(two.AsSpan(), first.Hash);
        CheckpointHeader third = _d.Checkpoint(three.AsSpan(), second.Hash);
        _d.L1(36, ChainDriver.Landed(1, first));
        _d.L1(72, ChainDriver.Landed(2, second));
        _d.L1(108, ChainDriver.Landed(3, third));
        Assert.Equal([1UL], _d.Effects.OfType<ChainEffect.FetchCheckpoint>().Select(effect => effect.Number));
        _d.Execute(one.AsSpan());
        Assert.Equal([1UL, 2UL], _d.Effects.OfType<ChainEffect.FetchCheckpoint>().Select(effect => effect.Number));
        _d.Execute(two.AsSpan());
        _d.Execute(three.AsSpan());
        Assert.Equal(three[1].Block, _d.Tips.Tips.Checkpointed);
        Assert.Equal(
            [1UL, 2UL, 3UL], _d.Effects.OfType<ChainEffect.Reached>().Where(effect => effect.Tip == Tip.Checkpointed).SelectMany(effect => effect.Proofs).Select(proof => proof.Number));
    }

    [Fact]
    public void Missing_events_and_reorganisations_below_what_is_remembered_mean_to_start_again()
    {
        ChainDriver driver = new(new ChainOptions { MaxL1Blocks = 2 });
        L1BlockRef first = driver.L1(0);
        driver.L1(12);
        L1BlockRef third = driver.L1(24);
        Assert.IsType<ChainOutcome.ContradictsL1>(
            driver.Apply(tips => tips.Observe(new L1Update.Block(new L1BlockRef(105, TestRollup.Digest("gap")), TestRollup.Digest("x"), driver.Now, []))));
        Assert.Equal(new ChainEffect.RebuildNeeded(first), driver.Effects[^1]);
        Assert.IsType<ChainOutcome.ContradictsL1>(driver.Apply(tips => tips.Observe(new L1Update.Reorged(new L1BlockRef(99, TestRollup.Digest("deep"))))));
        Assert.Equal(new ChainEffect.RebuildNeeded(first), driver.Effects[^1]);
        Assert.Equal(third, driver.Tips.L1Head);
        Assert.Equal(new ChainOutcome.Ignored(ChainIgnoreReason.Duplicate), driver.Apply(tips => tips.Observe(new L1Update.Block(third, default, driver.Now, []))));
        driver.L1(36, ChainDriver.Landed(2, driver.Checkpoint(driver.Slot(1, 1).AsSpan())));
        Assert.IsType<ChainEffect.RebuildNeeded>(driver.Effects[^1]);
    }

    [Fact]
    public void Memory_is_bounded_and_checkpointed_chunks_leave_it_first()
    {
        ChainDriver driver = new(new ChainOptions { MaxChunks = 4, MaxBranches = 2 });
        ImmutableArray<ChainChunk> one = driver.Slot(1, 3);
        driver.Execute(one.AsSpan());
        CheckpointHeader header = driver.Propose(one.AsSpan());
        driver.Execute(driver.Slot(1, 1, variant: "b")[0]);
        Assert.Equal(
            new ChainOutcome.LimitReached(nameof(ChainOptions.MaxBranches)), driver.Apply(tips => tips.Executed(driver.Slot(1, 1, variant: "c")[0], driver.Now)));
        driver.L1(36, ChainDriver.Landed(1, header));
        ImmutableArray<ChainChunk> two = driver.Slot(2, 4, one[2]);
        driver.Execute(two.AsSpan());
        Assert.Equal(one[2].Block, driver.Tips.Floor);
        Assert.Equal(one, Assert.Single(driver.Effects.OfType<ChainEffect.Settled>()).Chunks);
        Assert.Equal(
            new ChainOutcome.LimitReached(nameof(ChainOptions.MaxChunks)),
            driver.Apply(tips => tips.Executed(ChainChunk.Of(driver.Rollup.Header(3, 0, two[3].Header.Block)), driver.Rollup.During(3))));

        // The checkpoint at which memory starts is taken back.
        Assert.Equal(0UL, driver.Tips.Tips.Finalized.Number);
        driver.L1(48, new RollupChange.EpochProven(1));
        Assert.Equal(one[2].Block, driver.Tips.Tips.Proven);
        driver.Apply(tips => tips.Observe(new L1Update.Reorged(new L1BlockRef(99, TestRollup.Digest("start")))));
        Assert.IsType<ChainEffect.RebuildNeeded>(driver.Effects[^1]);
    }

    [Fact]
    public void Chunks_that_do_not_fit_their_parent_are_told_by_rule()
    {
        ImmutableArray<ChainChunk> one = _d.Slot(1, 2);
        _d.Execute(one[0]);
        ChainOutcome Try(ChunkHeader header) => _d.Apply(tips => tips.Executed(ChainChunk.Of(header), _d.Now));
        Assert.Equal(new ChainOutcome.WrongLink(ChunkLinkFault.IndexNotNext), Try(_d.Rollup.Header(1, 2, one[0].Header.Block)));
        Assert.Equal(new ChainOutcome.WrongLink(ChunkLinkFault.FirstIndexNotZero), Try(_d.Rollup.Header(2, 1, one[0].Header.Block)));
        Assert.IsType<ChainOutcome.ParentUnknown>(Try(_d.Rollup.Header(1, 2, one[1].Header.Block)));
        Assert.Equal(new ChainOutcome.WrongLink(ChunkLinkFault.ParentInLaterSlot), Try(_d.Rollup.Header(0, 0, one[0].Header.Block)));
    }

    private (ImmutableArray<ChainChunk> Chunks, CheckpointHeader Header) BadSlot(ulong slot, AttestationVerdict verdict = AttestationVerdict.Insufficient)
    {
        ImmutableArray<ChainChunk> chunks = _d.Slot(slot, 2);
        _d.Execute(chunks.AsSpan());
        CheckpointHeader header = _d.Propose(chunks.AsSpan());
        _d.L1(36 * slot, ChainDriver.Landed(1, header, verdict));
        Assert.Equal(0UL, _d.Tips.Tips.Checkpointed.Number);
        return (chunks, header);
    }

    private ChainOutcome ExecuteAll(params ChainChunk[] chunks)
    {
        ChainOutcome outcome = ChainOutcome.Accepted.Instance;
        foreach (ChainChunk chunk in chunks)
        {
            _d.Now = _d.Rollup.During(chunk.Slot, chunk.Index);
            outcome = _d.Apply(tips => tips.Executed(chunk, _d.Now));
        }

        return outcome;
    }
}
