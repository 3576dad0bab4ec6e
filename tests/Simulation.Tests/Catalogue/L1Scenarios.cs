using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Chain;
using Cloud.Replica.Events;
using Cloud.Settlement.L1Events;
using Cloud.Simulation.Tests.Support;
using Cloud.Simulator;

namespace Cloud.Simulation.Tests.Catalogue;

/// <summary>
/// Numbers 15 to 19 and 47 of building-in-chunks, section 7: bad attestations on L1, as the pipeline takes them. What the contract does about them, signature by signature, is in
/// Settlement.Tests under S15 to S19; what the chain of tips does, in Replica.Tests.
/// </summary>
[Trait("Category", "Simulation")]
public sealed class L1Scenarios
{
    [Theory]
    [InlineData(AttestationVerdict.Insufficient)]
    [InlineData(AttestationVerdict.Incorrect)]
    public void Case_15_and_16_A_checkpoint_with_bad_attestations_goes_in_the_L1_block_of_the_next_good_one(AttestationVerdict verdict) => PipelineTest.Run(async pipeline =>
    {
        pipeline.Load(12);
        pipeline.Replaced = publication => publication.Header.Slot == 2 ? verdict : null;
        await pipeline.Until(() => pipeline.Landed().Any(landed => landed.Header.Slot == 2), TimeSpan.FromMinutes(2), "the bad checkpoint on L1");
        RollupChange.CheckpointLanded bad = pipeline.Landed().Single(landed => landed.Header.Slot == 2);
        BlockId before = pipeline.Replica(0).View.Tips.Checkpointed;
        await pipeline.Until(() => Changes(pipeline).OfType<RollupChange.CheckpointInvalidated>().Any(), TimeSpan.FromMinutes(2), "its removal");

        // Rolled back to where it was, and on from there in the same block: one number for the bad one and for its successor.
        L1Update.Block block = pipeline.L1.Blocks.Single(block => block.Changes.OfType<RollupChange.CheckpointInvalidated>().Any());
        Assert.Equal(new RollupChange.CheckpointInvalidated(bad.Number, bad.Header.Hash), block.Changes.OfType<RollupChange.CheckpointInvalidated>().Single());
        RollupChange.CheckpointLanded good = block.Changes.OfType<RollupChange.CheckpointLanded>().Single();
        Assert.Equal((bad.Number, AttestationVerdict.Valid), (good.Number, good.Verdict));
        Assert.Equal(before.Number + 1, good.Header.FirstBlock);
        await pipeline.UntilSlot(good.Header.Slot + 2);
        for (int silo = 0; silo < 3; silo++)
        {
            Assert.Contains(pipeline.Events(silo), happened => happened is ReplicaEvent.Pruned { Slot: 2 });
            ReplicaEvent.CheckpointLanded told = Assert.Single(pipeline.Events(silo).OfType<ReplicaEvent.CheckpointLanded>(), landed => landed.Header.Slot == 2);
            Assert.Equal(verdict == AttestationVerdict.Insufficient ? SkipReason.InsufficientAttestations : SkipReason.IncorrectAttestations, told.Skipped);
        }

        await pipeline.SettleAsync(slots: 10);
    });

    [Fact]
    public void Case_17_An_invalid_checkpoint_replaced_by_an_invalid_one_goes_by_the_same_number_and_the_chain_goes_on() => PipelineTest.Run(async pipeline =>
    {
        pipeline.Load(12);
        ulong second = ulong.MaxValue;
        pipeline.Replaced = publication =>
        {
            if (publication.Header.Slot > 2 && publication.InvalidateFirst is not null && second == ulong.MaxValue)
            {
                second = publication.Header.Slot;
            }

            return publication.Header.Slot == 2 || publication.Header.Slot == second ? AttestationVerdict.Incorrect : null;
        };
        await pipeline.Until(() => Changes(pipeline).OfType<RollupChange.CheckpointInvalidated>().Count() == 2, TimeSpan.FromMinutes(4), "two removals");
        RollupChange.CheckpointInvalidated[] removed = [.. Changes(pipeline).OfType<RollupChange.CheckpointInvalidated>()];
        Assert.Equal(removed[0].Number, removed[1].Number);
        Assert.NotEqual(removed[0].PayloadHash, removed[1].PayloadHash);
        ulong number = pipeline.Replica(0).View.Tips.Checkpointed.Number;
        await pipeline.Until(() => pipeline.Replica(0).View.Tips.Checkpointed.Number > number, TimeSpan.FromMinutes(1), "the chain goes on");
        await pipeline.SettleAsync(slots: 10);
    });

    [Theory]
    [InlineData(AttestationVerdict.Insufficient)]
    [InlineData(AttestationVerdict.Valid)]
    public void Case_18_19_and_47_What_stands_on_a_bad_checkpoint_is_skipped_once_whatever_its_attestations_and_the_earliest_is_removed(AttestationVerdict verdict) => PipelineTest.Run(async pipeline =>
    {
        // The next proposer posts its checkpoint on the bad one: with too few signatures, or with those of a quorum that misbehaves with it.
        pipeline.Load(12);
        pipeline.Replaced = publication => publication.Header.Slot == 2 ? AttestationVerdict.Insufficient : publication.Header.FeeRecipient == Nobody ? verdict : null;
        await pipeline.Until(() => pipeline.Landed().Any(landed => landed.Header.Slot == 2), TimeSpan.FromMinutes(2), "the bad checkpoint on L1");
        RollupChange.CheckpointLanded bad = pipeline.Landed().Single(landed => landed.Header.Slot == 2);
        CheckpointHeader first = bad.Header;
        CheckpointHeader descendant = new(
            3, first.Hash, first.FirstBlock + first.Chunks, 1, first.ChunksHash, first.BlockHash, first.StateRoot, first.InHash, first.OutHash, first.Timestamp + 12, Nobody, 0);
        _ = pipeline.L1.PublishAsync(new CheckpointPublication(descendant, null, [], pipeline.Timetable.SlotStart(3), pipeline.Timetable.SlotStart(4)));
        await pipeline.Until(() => pipeline.Landed().Any(landed => landed.Header.Slot == 3), TimeSpan.FromMinutes(2), "its descendant on L1");
        Assert.Equal(bad.Number + 1, pipeline.Landed().Single(landed => landed.Header.Slot == 3).Number);
        BlockId before = pipeline.Replica(0).View.Tips.Checkpointed;
        await pipeline.Until(() => Changes(pipeline).OfType<RollupChange.CheckpointInvalidated>().Any(), TimeSpan.FromMinutes(2), "the removal");
        Assert.Equal([bad.Number], Changes(pipeline).OfType<RollupChange.CheckpointInvalidated>().Select(removed => removed.Number));
        await pipeline.Until(() => pipeline.Replica(0).View.Tips.Checkpointed.Number > before.Number, TimeSpan.FromMinutes(1), "the chain goes on");
        for (int silo = 0; silo < 3; silo++)
        {
            // Both are remembered, each told of once, and nobody asked for the data of a chain that is none.
            ReplicaEvent.CheckpointLanded[] skipped = [.. pipeline.Events(silo).OfType<ReplicaEvent.CheckpointLanded>().Where(landed => landed.Skipped is not null)];
            Assert.Equal([SkipReason.InsufficientAttestations, SkipReason.DescendantOfSkipped], skipped.Select(landed => landed.Skipped!.Value));
            Assert.Equal([2UL, 3UL], skipped.Select(landed => landed.Header.Slot));
        }

        Assert.Equal(0, pipeline.L1.Reads);
        await pipeline.SettleAsync(slots: 10);
    });

    private static Address Nobody { get; } = Address.Parse(new string('8', 40));

    private static IEnumerable<RollupChange> Changes(SimulatedPipeline pipeline) => pipeline.L1.Blocks.SelectMany(block => block.Changes);
}
