using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Faults;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Chain;
using Cloud.Replica.Events;
using Cloud.Simulation.Tests.Support;
using Cloud.Simulator;

namespace Cloud.Simulation.Tests.Catalogue;

/// <summary>The eight scenarios of seed 002, section 6.3, through the grains of three silos.</summary>
[Trait("Category", "Simulation")]
public sealed class SlotScenarios
{
    // Slots of five chunks and more.
    private static readonly PipelineSetup FiveChunks = new() { Slot = TimeSpan.FromSeconds(18) };

    [Fact]
    public void Seed_1_Five_chunks_are_built_and_sent_and_their_checkpoint_is_attested() => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(18);
            await pipeline.UntilSlot(4);
            for (int silo = 0; silo < 3; silo++)
            {
                Assert.InRange(pipeline.Events(silo).OfType<ReplicaEvent.ChunkExecuted>().Count(executed => executed.Block.Slot == 1), 5, 7);
            }

            ReplicaEvent.CheckpointLanded landed = Assert.Single(pipeline.Events(0).OfType<ReplicaEvent.CheckpointLanded>(), landed => landed.Header.Slot == 1);
            Assert.InRange((int)landed.Header.Chunks, 5, 7);
            Assert.Null(landed.Skipped);
            await pipeline.SettleAsync();
        },
        FiveChunks);

    [Fact]
    public void Seed_2_Chunks_that_arrive_out_of_order_are_executed_in_order() => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(18);
            string home = await HomeOf(pipeline, 1);
            string late = home == "silo 2" ? "silo 1" : "silo 2";

            // One silo hears of the first two chunks of slot 1 after the third one.
            bool thirdWasAnnounced = false;
            pipeline.Lose = message =>
            {
                if (message.To == late && message is { Interface: nameof(ISiloFeed), Method: nameof(ISiloFeed.Announce) } && message.Argument(0) is ChunkNotice { Slot: 1, Index: 2 })
                {
                    thirdWasAnnounced = true;
                }

                return !thirdWasAnnounced && message.To == late && (message.Stream is not null || message.Interface == nameof(ISiloFeed));
            };
            await pipeline.UntilSlot(3);
            Assert.True(thirdWasAnnounced);
            ulong[] numbers = [.. pipeline.Events(late[^1] - '0').OfType<ReplicaEvent.ChunkExecuted>().Where(executed => executed.Block.Slot == 1).Select(executed => executed.Block.Number)];
            Assert.True(numbers.Length >= 5);
            Assert.Equal(numbers.Order(), numbers);
            await pipeline.SettleAsync();
        },
        FiveChunks);

    [Fact]
    public void Seed_3_Where_a_chunk_never_arrives_nobody_attests_what_stands_on_it() => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(18);
            string home = await HomeOf(pipeline, 2);

            // Chunk 1 of slot 2 never leaves its proposer's silo, in no way.
            pipeline.Lose = message =>
                (message.Interface == nameof(Grains.Interfaces.Chunks.IChunkGrain) && message.Target.Key.ToString() == "2/1")
                || message.Stream?.StartsWith(FeedStreams.Chunks, StringComparison.Ordinal) == true;
            await pipeline.UntilSlot(5);

            // The checkpoint is the longest prefix that has certificates.
            Assert.All(
                pipeline.L1.Blocks.SelectMany(block => block.Changes).OfType<Settlement.L1Events.RollupChange.CheckpointLanded>().Where(landed => landed.Header.Slot == 2),
                landed => Assert.Equal(1U, landed.Header.Chunks));
            for (int silo = 0; silo < 3; silo++)
            {
                if ($"silo {silo}" != home)
                {
                    Assert.DoesNotContain(pipeline.Events(silo), happened => happened is ReplicaEvent.ChunkExecuted { Block: { Slot: 2, Proposal.Header.Index: > 0 } });
                }
            }

            await pipeline.SettleAsync();
        },
        FiveChunks with { Validators = 9 });

    [Fact]
    public void Seed_4_A_silo_that_starts_in_the_middle_of_a_slot_catches_up() => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(18);
            await pipeline.UntilSlot(2);
            pipeline.Kill(2);
            await pipeline.UntilSlot(4, TimeSpan.FromSeconds(8));
            await pipeline.Restart(2);
            await pipeline.UntilSlot(5);
            Assert.Equal(pipeline.Replica(0).View.Tips.Checkpointed, pipeline.Replica(2).View.Tips.Checkpointed);
            await pipeline.SettleAsync();
        },
        FiveChunks);

    [Fact]
    public void Seed_5_A_slot_that_ends_without_a_checkpoint_proposal_is_cleaned_up() => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(12);
            pipeline.RefuseToSign = static (_, duty) => duty == Duty.CheckpointProposal(2);
            await pipeline.UntilSlot(5);
            for (int silo = 0; silo < 3; silo++)
            {
                Assert.Contains(pipeline.Events(silo).OfType<ReplicaEvent.ChunkExecuted>(), executed => executed.Block.Slot == 2);
                Assert.Contains(pipeline.Events(silo), happened => happened is ReplicaEvent.Pruned { Slot: 2, Reason: BreakReason.CheckpointMissing });
                Assert.Empty(pipeline.Chunks(silo, 2));
            }

            await pipeline.SettleAsync();
        });

    [Fact]
    public void Seed_6_A_chunk_whose_state_is_another_one_is_not_attested_and_is_evidence() => PipelineTest.Run(async pipeline =>
    {
        Address bad = pipeline.ProposerOf(2);
        pipeline.Invariants.Misbehaving.Add(bad);
        pipeline.Load(8);
        pipeline.RefuseToSign = (validator, duty) => validator == bad && duty.Slot == 2;
        await pipeline.UntilSlot(2, TimeSpan.FromSeconds(2));
        ChunkProposal forged = Forge(pipeline, 2, header => header with { StateRoot = new Hash256(Enumerable.Repeat((byte)7, 32).ToArray()) });
        Assert.Equal(MessageOutcome.Accepted, (await pipeline.Grains.Chunk(2, 0).Propose(forged)).Outcome);
        await pipeline.UntilSlot(3);
        Assert.Null((await pipeline.Grains.Chunk(2, 0).Pull())!.Certificate);
        Assert.Equal(0, (await pipeline.Grains.Chunk(2, 0).Pull())!.Signers);
        FaultView fault = Assert.Single(await pipeline.Grains.Slasher().Faults(bad));
        Assert.Equal(Offence.InvalidChunkProposal, fault.Offence);
        await pipeline.SettleAsync();
    });

    [Fact]
    public void Seed_7_A_chunk_of_another_than_the_proposer_is_refused() => PipelineTest.Run(async pipeline =>
    {
        pipeline.Load(8);
        await pipeline.UntilSlot(2, TimeSpan.FromSeconds(2));
        Address other = pipeline.Validators.First(validator => validator != pipeline.ProposerOf(2));
        ChunkProposal foreign = Forge(pipeline, 2, header => header, other);
        Assert.Equal(new MessageReply(MessageOutcome.Rejected, "WrongProposer"), await pipeline.Grains.Chunk(2, 0).Propose(foreign));
        await pipeline.SettleAsync();
        Assert.Empty(await pipeline.Grains.Slasher().Faults());
    });

    [Fact]
    public void Seed_8_A_chunk_that_comes_twice_counts_once() => PipelineTest.Run(async pipeline =>
    {
        pipeline.Load(8);
        await pipeline.UntilSlot(3);
        ChunkProposal proposal = (await pipeline.Grains.Chunk(2, 0).Pull())!.Proposals[0];
        Assert.Equal(MessageOutcome.Duplicate, (await pipeline.Grains.Chunk(2, 0).Propose(proposal)).Outcome);
        await pipeline.Delay(TimeSpan.FromSeconds(1));
        Assert.Single(pipeline.Events(1), happened => happened is ReplicaEvent.ChunkExecuted { Block: { Slot: 2, Proposal.Header.Index: 0 } });
        await pipeline.SettleAsync();
    });

    /// <summary>The silo that proposes a slot, once its proposer is awake there.</summary>
    private static async Task<string> HomeOf(SimulatedPipeline pipeline, ulong slot)
    {
        await pipeline.UntilSlot(slot);
        return (await pipeline.Grains.Validator(pipeline.ProposerOf(slot)).Wake(slot)).Silo;
    }

    private static ChunkProposal Forge(SimulatedPipeline pipeline, ulong slot, Func<BlockHeader, BlockHeader> change, Address? signer = null) =>
        ForgedChunks.OnHead(pipeline, slot, change, signer);
}
