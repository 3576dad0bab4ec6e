using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Grains.Interfaces.Publishing;
using Cloud.Grains.Interfaces.Slots;
using Cloud.Grains.Interfaces.Validators;
using Cloud.Protocol.Attesting;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Events;
using Cloud.Simulation.Tests.Support;
using Cloud.Simulator;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Streams;

namespace Cloud.Simulation.Tests.Catalogue;

/// <summary>What must have no effect on honest slots: garbage on the streams, slots far ahead, keys without a duty, clocks that are off. The validation tables themselves are in Grains.Tests.</summary>
[Trait("Category", "Simulation")]
public sealed class BadInputScenarios
{
    [Fact]
    public void Garbage_and_forged_messages_on_the_streams_change_nothing() => PipelineTest.Run(async pipeline =>
    {
        pipeline.Load(12);
        await pipeline.UntilSlot(2, TimeSpan.FromSeconds(1));
        Address outsider = Address.Parse(new string('9', 40));
        ChunkProposal forged = ForgedChunks.OnHead(pipeline, 2, header => header with { ExtraData = new byte[] { 1 } }, outsider);
        ChunkProposal farAhead = ForgedChunks.OnHead(pipeline, 1_000_000, header => header);
        byte[][] messages = [[], [0xff], new byte[100_000], [0xc0], forged.Encode(), farAhead.Encode()];
        IStreamProvider streams = pipeline.Context.Silos[0].Services.GetRequiredKeyedService<IStreamProvider>(FeedStreams.Provider);
        foreach (string stream in new[] { FeedStreams.Transactions, FeedStreams.Flashblocks, FeedStreams.Chunks, FeedStreams.Checkpoints })
        {
            for (int i = 0; i < 20; i++)
            {
                await streams.GetStream<FeedItem>(FeedStreams.Of(stream)).OnNextAsync(new FeedItem("a stranger", i, [.. messages]));
            }
        }

        await pipeline.UntilSlot(5);
        HonestSlots(pipeline, 1, 4);
        Assert.Empty(await pipeline.Grains.Slasher().Faults());
        Assert.DoesNotContain(pipeline.Events(1), happened => happened is ReplicaEvent.ChunkExecuted { Block.Slot: > 5 });
        await pipeline.SettleAsync();
    });

    [Fact]
    public void A_validator_signs_nothing_for_slots_far_ahead_and_goes_on_signing_for_those_that_are() => PipelineTest.Run(async pipeline =>
    {
        pipeline.Load(12);
        await pipeline.UntilSlot(2, TimeSpan.FromSeconds(1));
        foreach (Address validator in pipeline.Validators)
        {
            IValidatorGrain grain = pipeline.Grains.Validator(validator);
            foreach (ulong slot in new[] { 5UL, 1_000_000UL, (ulong)long.MaxValue, ulong.MaxValue })
            {
                ChunkProposal chunk = ForgedChunks.OnHead(pipeline, slot, header => header);
                AttestReply<ChunkAttestation> reply = await grain.Attest(new ChunkToAttest(chunk, chunk.Header.Block.ComputeHash(), ChunkVerdict.Valid));
                Assert.Null(reply.Attestation);
                Assert.Contains("too far ahead", reply.Reason, StringComparison.Ordinal);
                Assert.Empty((await grain.SignPublication(slot, Hash256.Zero, Hash256.Zero)).Signature);
            }

            Assert.True((await grain.Wake(1_000_000)).Proposing is null or < 10);
        }

        // Had one of them been signed, the ledger's watermark would refuse everything that follows.
        await pipeline.UntilSlot(5);
        HonestSlots(pipeline, 1, 4);
        await pipeline.SettleAsync();
    });

    [Fact]
    public void A_flood_of_payloads_for_one_slot_leaves_a_validators_memory_bounded() => PipelineTest.Run(async pipeline =>
    {
        pipeline.Load(12);
        await pipeline.UntilSlot(2, TimeSpan.FromSeconds(1));
        IValidatorGrain grain = pipeline.Grains.Validator(pipeline.Validators[0]);
        List<string> reasons = [];
        for (int i = 0; i < 64; i++)
        {
            ChunkProposal chunk = ForgedChunks.OnHead(pipeline, 2, header => header with { ExtraData = new[] { (byte)i } });
            reasons.Add((await grain.Attest(new ChunkToAttest(chunk, chunk.Header.Block.ComputeHash(), ChunkVerdict.StateMismatch))).Reason);
        }

        Assert.Contains("More payloads of the slot than are kept.", reasons);
        await pipeline.SettleAsync(slots: 10);
    });

    [Fact]
    public void Publications_without_a_quorum_or_far_ahead_are_refused_and_nothing_of_them_is_kept() => PipelineTest.Run(async pipeline =>
    {
        pipeline.Load(12);
        await pipeline.UntilSlot(3, TimeSpan.FromSeconds(1));
        SlotView view = (await pipeline.Grains.Slot(1).View())!;
        CheckpointHeader good = view.Proposal!.Header;
        ChunkProposal[] chunks = [.. pipeline.Chunks(0, 1).Select(chunk => chunk.Proposal!)];
        Assert.Equal((int)good.Chunks, chunks.Length);
        async Task Refuse(string reason, ulong slot, CheckpointHeader header, CheckpointCertificate certificate)
        {
            CheckpointProposal proposal = new(pipeline.Genesis.Context, header, pipeline.Sign(good.FeeRecipient, header.Statement));
            PublicationView refused = await pipeline.Grains.Publisher().Publish(
                new PublicationRequest(proposal, certificate, [.. chunks], pipeline.Now, pipeline.Now + TimeSpan.FromMinutes(1), null));
            Assert.Equal(PublicationState.Rejected, refused.State);
            Assert.Contains(reason, refused.Reason, StringComparison.Ordinal);
            Assert.NotEqual(header.Hash, (await pipeline.Grains.Publisher().View(slot))?.PayloadHash);
        }

        for (ulong slot = 3; slot < 40; slot++)
        {
            CheckpointHeader header = new(
                slot, good.Parent, good.FirstBlock, good.Chunks, good.ChunksHash, good.BlockHash, good.StateRoot, good.InHash, good.OutHash, good.Timestamp, good.FeeRecipient, good.GasUsed);
            CheckpointCertificate forged = view.Certificate! with { Slot = slot, CheckpointHash = header.Hash };
            await Refuse(slot > 4 ? "too far ahead" : "The certificate is none", slot, header, forged);
            if (slot <= 4)
            {
                await Refuse("another checkpoint", slot, header, view.Certificate!);
            }
        }

        // One of another checkpoint of the certificate's own slot.
        CheckpointHeader other = new(
            1, good.Parent, good.FirstBlock, good.Chunks, good.ChunksHash, good.BlockHash, good.StateRoot, good.InHash, good.OutHash, good.Timestamp + 1, good.FeeRecipient, good.GasUsed);
        await Refuse("another checkpoint", 1, other, view.Certificate!);
        await pipeline.UntilSlot(6);
        HonestSlots(pipeline, 1, 5);
        await pipeline.SettleAsync();
    });

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_silo_whose_clock_is_off_by_a_second_costs_at_most_its_own_part(int seconds) => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(12);
            await pipeline.UntilSlot(9);

            // No evidence, no promise broken without a reason (the invariants), and every slot lands: those of the silo itself too.
            Assert.Empty(await pipeline.Grains.Slasher().Faults());
            Assert.Equal(
                Enumerable.Range(0, 8).Select(slot => (ulong)slot),
                pipeline.Landed().Select(checkpoint => checkpoint.Header.Slot));
            HashSet<Address> off = [];
            foreach (Address validator in pipeline.Validators)
            {
                if ((await pipeline.Grains.Validator(validator).Wake(9)).Silo == "silo 2")
                {
                    off.Add(validator);
                }
            }

            // Of the others nobody is missing anywhere.
            Assert.InRange(off.Count, 1, pipeline.Validators.Length - 1);
            Assert.Contains(Enumerable.Range(0, 8), slot => off.Contains(pipeline.ProposerOf((ulong)slot)));
            Assert.Contains(Enumerable.Range(0, 8), slot => !off.Contains(pipeline.ProposerOf((ulong)slot)));
            for (ulong slot = 6; slot < 8; slot++)
            {
                Assert.All((await pipeline.Grains.Slot(slot).View())!.Missing, missing => Assert.Contains(missing, off));
            }

            await pipeline.SettleAsync(slots: 12);
        },
        new PipelineSetup { ClockSkewOf = silo => silo == 2 ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_validator_with_a_wrong_key_costs_its_own_slots_only_whether_the_key_is_a_strangers_or_another_members(bool isMember) => PipelineTest.Run(async pipeline =>
    {
        // Not one of the first two slots', so that those before and after it are looked at as well.
        Address bad = pipeline.Validators.First(validator => validator != pipeline.ProposerOf(0) && validator != pipeline.ProposerOf(1));
        Address key = isMember ? pipeline.Validators.First(validator => validator != bad) : Address.Parse(new string('9', 40));
        pipeline.SignsWith = validator => validator == bad ? key : validator;
        pipeline.Load(12);
        const ulong End = 14;
        await pipeline.UntilSlot(End);
        ulong[] landed = [.. pipeline.Landed().Select(checkpoint => checkpoint.Header.Slot)];
        ulong[] own = [.. Enumerable.Range(0, (int)End - 2).Select(slot => (ulong)slot).Where(slot => pipeline.ProposerOf(slot) == bad)];
        ulong[] others = [.. Enumerable.Range(0, (int)End - 2).Select(slot => (ulong)slot).Where(slot => pipeline.ProposerOf(slot) != bad)];
        Assert.NotEmpty(own);
        Assert.True(others.Length >= 6);
        Assert.All(own, slot => Assert.DoesNotContain(slot, landed));
        Assert.All(others, slot => Assert.Contains(slot, landed));

        Assert.Contains(pipeline.Log, line => line.Contains($"The signer of {bad} signs with the key of {key}", StringComparison.Ordinal));

        // The others are quorum enough, it counts as missing, and a signature of a wrong key is no one's fault.
        SlotView view = (await pipeline.Grains.Slot(others[^1]).View())!;
        Assert.Equal([bad], view.Missing);
        Assert.Empty(await pipeline.Grains.Slasher().Faults());
        await pipeline.SettleAsync(slots: 10);
    });

    private static void HonestSlots(SimulatedPipeline pipeline, ulong from, ulong before)
    {
        ulong[] landed = [.. pipeline.Landed().Select(checkpoint => checkpoint.Header.Slot)];
        for (ulong slot = from; slot + 1 < before; slot++)
        {
            Assert.Contains(slot, landed);
        }
    }
}
