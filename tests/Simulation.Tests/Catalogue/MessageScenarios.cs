using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Chunks;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Grains.Interfaces.Slots;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;
using Cloud.Protocol.Validation;
using Cloud.Replica.Events;
using Cloud.Simulation.Tests.Support;
using Cloud.Simulator;

namespace Cloud.Simulation.Tests.Catalogue;

/// <summary>Numbers of building-in-chunks, section 7: messages at the grains of a running cluster, in time and out of it, from members that misbehave.</summary>
[Trait("Category", "Simulation")]
public sealed class MessageScenarios
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    [Fact]
    public void Case_14_The_checkpoint_on_L1_beats_a_second_one_that_was_only_gossiped() => PipelineTest.Run(async pipeline =>
    {
        Address bad = pipeline.ProposerOf(2);
        pipeline.Invariants.Misbehaving.Add(bad);
        pipeline.Load(12);
        ISlotGrain slot = pipeline.Grains.Slot(2);
        await pipeline.UntilSlot(2);
        SlotView? view = null;
        for (int i = 0; i < 400 && view?.Proposal is null; i++)
        {
            await pipeline.Delay(TimeSpan.FromMilliseconds(50));
            view = await slot.View();
        }

        CheckpointHeader first = view!.Proposal!.Header;
        CheckpointHeader second = new(
            first.Slot, first.Parent, first.FirstBlock, first.Chunks, first.ChunksHash, first.BlockHash, first.StateRoot, first.InHash, first.OutHash, first.Timestamp + 1, first.FeeRecipient, first.GasUsed);
        MessageReply reply = await slot.Propose(new CheckpointProposal(pipeline.Genesis.Context, second, pipeline.Sign(bad, second.Statement)));
        Assert.Equal(MessageOutcome.Equivocation, reply.Outcome);
        await pipeline.UntilSlot(4, TimeSpan.FromSeconds(4));
        Settlement.L1Events.RollupChange.CheckpointLanded? landed = pipeline.L1.Blocks.SelectMany(block => block.Changes)
            .OfType<Settlement.L1Events.RollupChange.CheckpointLanded>().FirstOrDefault(landed => landed.Header.Slot == 2);
        Assert.Equal(first, landed?.Header);
        for (int silo = 0; silo < 3; silo++)
        {
            Assert.Equal(first.BlockHash, pipeline.Chunks(silo, 2)[^1].Hash);
            Assert.True(pipeline.Replica(silo).View.Tips.Checkpointed.Number >= first.FirstBlock + first.Chunks - 1);
        }

        Assert.Contains(await pipeline.Grains.Slasher().Faults(bad), fault => fault.Offence == Offence.DuplicateCheckpointProposal);
        await pipeline.SettleAsync(slots: 10);
    });

    [Fact]
    public void Case_36_A_chunk_is_taken_from_500_ms_before_its_window_to_500_ms_after_it() => PipelineTest.Run(async pipeline =>
    {
        Address bad = pipeline.Withhold(3);
        TimeWindow window = pipeline.Timetable.ChunkWindow(3, 0);
        TimeSpan tolerance = TimeSpan.FromMilliseconds(500);
        IChunkGrain grain = pipeline.Grains.Chunk(3, 0);
        await Until(pipeline, window.Start - tolerance - TimeSpan.FromMilliseconds(5));
        ChunkProposal chunk = ForgedChunks.OnHead(pipeline, 3, header => header);
        Assert.Equal(new MessageReply(MessageOutcome.Rejected, "OutsideWindow"), await grain.Propose(chunk));
        await Until(pipeline, window.Start - tolerance + Tick);
        Assert.Equal(MessageOutcome.Accepted, (await grain.Propose(chunk)).Outcome);
        await Until(pipeline, window.End + tolerance - TimeSpan.FromMilliseconds(5));
        Assert.Equal(MessageOutcome.Duplicate, (await grain.Propose(chunk)).Outcome);
        await Until(pipeline, window.End + tolerance + Tick);
        Assert.True(pipeline.Now < pipeline.Timetable.AttestationDeadline(3));
        Assert.Equal(new MessageReply(MessageOutcome.Rejected, "OutsideWindow"), await grain.Propose(chunk));
        await pipeline.SettleAsync(slots: 10);
        Assert.Equal(bad, pipeline.ProposerOf(3));
    });

    [Fact]
    public void Case_37_Each_rule_refuses_by_name_and_the_foreign_context_first() => PipelineTest.Run(async pipeline =>
    {
        Address bad = pipeline.Withhold(3);
        await pipeline.UntilSlot(3, TimeSpan.FromSeconds(1));
        IChunkGrain grain = pipeline.Grains.Chunk(3, 0);
        ChunkProposal good = ForgedChunks.OnHead(pipeline, 3, header => header);
        SigningContext foreign = new(pipeline.Genesis.Context.ChainId + 1, pipeline.Genesis.Context.Rollup);
        Address outsider = Address.Parse(new string('9', 40));
        Assert.Equal("ForeignContext", (await grain.Propose(new ChunkProposal(foreign, good.Header, good.Signature))).Reason);

        // Also where nothing else of it is right.
        ChunkHeader later = ForgedChunks.OnHead(pipeline, 6, header => header).Header;
        Assert.Equal("ForeignContext", (await grain.Propose(new ChunkProposal(foreign, later, pipeline.Sign(outsider, good.Header.Statement), [new byte[] { 1 }]))).Reason);
        ChunkHeader unsigned = ForgedChunks.OnHead(pipeline, 3, header => header with { ExtraData = new byte[] { 1 } }).Header;
        Assert.Equal("InvalidSignature", (await grain.Propose(new ChunkProposal(good.Context, unsigned, good.Signature))).Reason);
        Assert.Equal("WrongProposer", (await grain.Propose(ForgedChunks.OnHead(pipeline, 3, header => header, outsider))).Reason);
        ChunkHeader listed = new(3, bad, 0, false, Hash256.Zero, good.Header.Block, [Hash256.Zero]);
        Assert.Equal("BodyNotListed", (await grain.Propose(new ChunkProposal(good.Context, good.Header, good.Signature, [new byte[] { 1 }]))).Reason);
        Assert.Contains((await grain.Propose(new ChunkProposal(good.Context, listed, pipeline.Sign(bad, listed.Statement), [new byte[] { 1 }]))).Reason, (string[])["BodyHashMismatch", "BodyNotListed"]);
        Assert.Equal(MessageOutcome.WrongPosition, (await pipeline.Grains.Chunk(3, 1).Propose(good)).Outcome);
        Assert.Equal(MessageOutcome.NoSuchPosition, (await pipeline.Grains.Chunk(300, 0).Propose(good)).Outcome);

        // None of them has cost anything.
        Assert.Equal(MessageOutcome.Accepted, (await grain.Propose(good)).Outcome);
        Assert.Empty(await pipeline.Grains.Slasher().Faults());
        await pipeline.SettleAsync(slots: 10);
    });

    [Fact]
    public void Case_38_The_same_payload_is_known_a_second_one_is_evidence_once_and_a_third_is_over_the_cap() => PipelineTest.Run(async pipeline =>
    {
        Address bad = pipeline.Withhold(3);
        await pipeline.UntilSlot(3, TimeSpan.FromSeconds(1));
        IChunkGrain grain = pipeline.Grains.Chunk(3, 0);
        ChunkProposal Variant(byte extra) => ForgedChunks.OnHead(pipeline, 3, header => header with { ExtraData = new byte[] { extra } });
        Assert.Equal(MessageOutcome.Accepted, (await grain.Propose(Variant(0))).Outcome);
        Assert.Equal(MessageOutcome.Duplicate, (await grain.Propose(Variant(0))).Outcome);
        Assert.Equal(MessageOutcome.Equivocation, (await grain.Propose(Variant(1))).Outcome);
        Assert.Equal(MessageOutcome.Duplicate, (await grain.Propose(Variant(1))).Outcome);
        Assert.Equal(MessageOutcome.OverCap, (await grain.Propose(Variant(2))).Outcome);
        Assert.Equal(2, (await grain.Pull())!.Proposals.Length);
        await pipeline.SettleAsync(slots: 10);
        Assert.Single(await pipeline.Grains.Slasher().Faults(bad), fault => fault.Offence == Offence.DuplicateChunkProposal);
    });

    [Fact]
    public void Case_39_The_last_chunk_inside_a_checkpoint_proposal_is_kept_and_served_also_from_a_duplicate() => PipelineTest.Run(async pipeline =>
    {
        (CheckpointHeader header, ChunkProposal last) = await pipeline.WithholdCheckpoint();
        IChunkGrain grain = pipeline.Grains.Chunk(3, last.Header.Index);
        Assert.Empty((await grain.Pull())!.Proposals);
        CheckpointProposal proposal = new(pipeline.Genesis.Context, header, pipeline.Sign(header.FeeRecipient, header.Statement), last);

        // It comes without the chunk first: the second copy is a duplicate, and what it brings is new.
        Assert.Equal(MessageOutcome.Accepted, (await pipeline.Grains.Slot(3).Propose(proposal.WithoutLastChunk())).Outcome);
        Assert.Empty((await grain.Pull())!.Proposals);
        Assert.Equal(MessageOutcome.Duplicate, (await pipeline.Grains.Slot(3).Propose(proposal)).Outcome);
        Assert.Equal([last.Header.Hash], (await grain.Pull())!.Proposals.Select(kept => kept.Header.Hash));

        // Its transactions can be had from there, and it is executed and attested as any other.
        Assert.False(last.Header.Transactions.IsEmpty);
        Assert.Equal(last.Bodies!.Value.Select(body => body.ToArray()), await grain.PullBodies(last.Header.Transactions));
        await pipeline.UntilSlot(5);
        Assert.NotNull((await grain.Pull())!.Certificate);
        Assert.NotNull((await pipeline.Grains.Slot(3).View())!.Certificate);
        await pipeline.SettleAsync(slots: 10);
    });

    [Fact]
    public void Case_39_A_last_chunk_that_contradicts_the_one_at_its_place_rejects_the_checkpoint() => PipelineTest.Run(async pipeline =>
    {
        (CheckpointHeader header, ChunkProposal last) = await pipeline.WithholdCheckpoint();
        ChunkHeader other = new(
            3, last.Header.Producer, last.Header.Index, last.Header.IsLast, last.Header.InHash, last.Header.Block with { ExtraData = new byte[] { 1 } }, last.Header.Transactions);
        IChunkGrain grain = pipeline.Grains.Chunk(3, last.Header.Index);
        Assert.Equal(
            MessageOutcome.Accepted,
            (await grain.Propose(new ChunkProposal(pipeline.Genesis.Context, other, pipeline.Sign(other.Producer, other.Statement), last.Bodies))).Outcome);
        CheckpointProposal proposal = new(pipeline.Genesis.Context, header, pipeline.Sign(header.FeeRecipient, header.Statement), last);
        Assert.Equal(new MessageReply(MessageOutcome.Rejected, nameof(RejectReason.LastChunkEquivocates)), await pipeline.Grains.Slot(3).Propose(proposal));
        Assert.Null((await pipeline.Grains.Slot(3).View())!.Proposal);
        await pipeline.UntilSlot(5);
        Assert.Null((await pipeline.Grains.Slot(3).View())!.Certificate);
        Assert.Contains(await pipeline.Grains.Slasher().Faults(header.FeeRecipient), fault => fault.Offence == Offence.DuplicateChunkProposal);
        await pipeline.SettleAsync(slots: 10);
    });

    [Fact]
    public void Case_39_A_last_chunk_that_is_one_too_many_of_its_place_rejects_the_checkpoint_each_time_it_comes() => PipelineTest.Run(async pipeline =>
    {
        (CheckpointHeader header, ChunkProposal last) = await pipeline.WithholdCheckpoint();
        IChunkGrain grain = pipeline.Grains.Chunk(3, last.Header.Index);
        foreach ((byte extra, MessageOutcome outcome) in new[] { ((byte)1, MessageOutcome.Accepted), ((byte)2, MessageOutcome.Equivocation) })
        {
            ChunkHeader other = new(
                3, last.Header.Producer, last.Header.Index, last.Header.IsLast, last.Header.InHash, last.Header.Block with { ExtraData = new byte[] { extra } }, last.Header.Transactions);
            Assert.Equal(outcome, (await grain.Propose(new ChunkProposal(pipeline.Genesis.Context, other, pipeline.Sign(other.Producer, other.Statement), last.Bodies))).Outcome);
        }

        CheckpointProposal proposal = new(pipeline.Genesis.Context, header, pipeline.Sign(header.FeeRecipient, header.Statement), last);
        for (int attempt = 0; attempt < 2; attempt++)
        {
            Assert.Equal(new MessageReply(MessageOutcome.Rejected, nameof(RejectReason.LastChunkOverCap)), await pipeline.Grains.Slot(3).Propose(proposal));
            Assert.Null((await pipeline.Grains.Slot(3).View())!.Proposal);
        }

        await pipeline.SettleAsync(slots: 10);
    });

    [Fact]
    public void Case_42_Own_chunks_are_taken_over_without_a_second_execution_and_those_of_others_executed_once() => PipelineTest.Run(async pipeline =>
    {
        // Flashblocks would spare the others theirs.
        pipeline.Lose = message => message.Stream?.StartsWith(FeedStreams.Flashblocks, StringComparison.Ordinal) == true;
        pipeline.Load(12);
        await pipeline.UntilSlot(5);
        Dictionary<ulong, int> homes = [];
        for (ulong slot = 0; slot < 5; slot++)
        {
            homes[slot] = (await pipeline.Grains.Validator(pipeline.ProposerOf(slot)).Wake(slot)).Silo[^1] - '0';
        }

        Assert.True(homes.Values.Distinct().Count() > 1);
        for (int silo = 0; silo < 3; silo++)
        {
            ReplicaEvent.ChunkExecuted[] executed = [.. pipeline.Events(silo).OfType<ReplicaEvent.ChunkExecuted>()];
            Assert.True(executed.Length >= 8, pipeline.Describe());
            Assert.Equal(executed.Count(chunk => homes[chunk.Block.Slot!.Value] != silo), pipeline.Replica(silo).WholeExecutions);
        }

        await pipeline.SettleAsync();
    });

    private static Task Until(SimulatedPipeline pipeline, DateTimeOffset instant) => pipeline.Delay(instant - pipeline.Now);
}
