using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Chunks;
using Cloud.Grains.Interfaces.Faults;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Grains.Interfaces.Publishing;
using Cloud.Grains.Interfaces.Slots;
using Cloud.Protocol.Attesting;
using Cloud.Protocol.Checkpoints;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Simulation.Tests.Support;
using Cloud.Simulator;

namespace Cloud.Simulation.Tests.Catalogue;

/// <summary>Numbers 40 and 41 of building-in-chunks, section 7: what a validator waits for, what it refuses, and by what name.</summary>
[Trait("Category", "Simulation")]
public sealed class AttestingScenarios
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Case_40_and_41_A_chunk_that_comes_late_is_waited_for_until_the_deadline_and_no_longer(bool comesInTime) => PipelineTest.Run(async pipeline =>
    {
        pipeline.Load(18);
        await pipeline.UntilSlot(2);
        Dictionary<Address, string> homes = [];
        foreach (Address validator in pipeline.Validators)
        {
            homes[validator] = (await pipeline.Grains.Validator(validator).Wake(2)).Silo;
        }

        // One silo hears nothing on the streams, and gets the slot's first chunk from nobody; the later ones are announced to it, and the checkpoint.
        string late = homes.Values.Where(silo => silo != homes[pipeline.ProposerOf(2)]).GroupBy(silo => silo).MinBy(group => group.Count())!.Key;
        Address[] waiting = [.. pipeline.Validators.Where(validator => homes[validator] == late)];
        int replica = late[^1] - '0';
        bool isHeld = true;
        HashSet<uint> announced = [];
        bool isProposed = false;
        pipeline.Lose = message =>
        {
            bool isChunk = message.Interface == nameof(IChunkGrain) && message.Target.Key.ToString() == "2/0";
            if (message.To == late && message is { Interface: nameof(ISiloFeed), Method: nameof(ISiloFeed.Announce) } && message.Argument(0) is ChunkNotice { Slot: 2 } notice)
            {
                announced.Add(notice.Index);
                return isHeld && notice.Index == 0;
            }

            isProposed |= message.To == late && message is { Interface: nameof(ISiloFeed), Method: nameof(ISiloFeed.Proposed) };
            if (!comesInTime && message is { Interface: nameof(IPublisherGrain), Method: nameof(IPublisherGrain.Publish) } && message.Argument(0) is PublicationRequest { Proposal.Header.Slot: 2 })
            {
                // Nor from L1.
                return true;
            }

            return isHeld && ((message.To == late && message.Stream is not null) || (message.From == late && isChunk));
        };
        DateTimeOffset deadline = pipeline.Timetable.AttestationDeadline(2);
        await pipeline.UntilSlot(3, TimeSpan.FromSeconds(1));
        Assert.Contains(1U, announced);
        Assert.True(isProposed);
        Assert.True(pipeline.Chunks(1 - Math.Min(replica, 1), 2).Count >= 2, pipeline.Describe());
        Assert.Empty(pipeline.Chunks(replica, 2));
        if (!comesInTime)
        {
            await pipeline.Delay(deadline - pipeline.Now + TimeSpan.FromMilliseconds(100));
        }

        Assert.DoesNotContain(SignedOf(pipeline, 2), signed => waiting.Contains(signed.Validator));
        isHeld = false;
        pipeline.Lose = null;
        await pipeline.UntilSlot(5);

        // The others did not wait for them.
        Assert.Contains(SignedOf(pipeline, 2), signed => !waiting.Contains(signed.Validator) && signed.Duty.Kind == MessageKind.ChunkAttestation);
        (Address Validator, Duty Duty, DateTimeOffset At)[] signed = [.. SignedOf(pipeline, 2).Where(signed => waiting.Contains(signed.Validator))];
        if (comesInTime)
        {
            // They attest as soon as it is here, each of them all that the slot has by then, though several come at once.
            Duty[] chunks = [.. SignedOf(pipeline, 2).Select(one => one.Duty).Where(duty => duty.Kind == MessageKind.ChunkAttestation).Distinct()];
            Assert.True(chunks.Length >= 2, pipeline.Describe());
            Assert.All(waiting, validator => Assert.Equal(chunks.Order(), signed.Where(one => one.Validator == validator && one.Duty.Kind == MessageKind.ChunkAttestation).Select(one => one.Duty).Distinct().Order()));
            Assert.All(signed, one => Assert.True(one.At <= deadline, $"{one.Duty} at {one.At:mm:ss.fff}, after {deadline:mm:ss.fff}"));
        }
        else
        {
            Assert.Empty(signed);
            Assert.Contains(pipeline.Log, line => line.Contains($"{late} ", StringComparison.Ordinal)
                && line.Contains($"Chunk 1 of slot 2 is not attested: {ChunkVerdict.TimedOut}", StringComparison.Ordinal));
            Assert.Contains(pipeline.Log, line => line.Contains($"{late} ", StringComparison.Ordinal)
                && line.Contains($"The checkpoint of slot 2 is not attested: {nameof(Replica.Node.CheckpointCheck.Unvalidated)}", StringComparison.Ordinal));
        }

        // What is missing is nobody's fault.
        Assert.Empty(await pipeline.Grains.Slasher().Faults());
        await pipeline.SettleAsync(slots: 12);
    });

    [Theory]
    [InlineData("parent", null, null)]
    [InlineData("later slot", ChunkVerdict.WrongLink, ChunkLinkFault.ParentInLaterSlot)]
    [InlineData("index", ChunkVerdict.WrongLink, ChunkLinkFault.FirstIndexNotZero)]
    [InlineData("number", ChunkVerdict.WrongLink, ChunkLinkFault.WrongNumber)]
    [InlineData("timestamp", ChunkVerdict.WrongLink, ChunkLinkFault.WrongTimestamp)]
    [InlineData("gas limit", ChunkVerdict.StateMismatch, null)]
    [InlineData("base fee", ChunkVerdict.StateMismatch, null)]
    [InlineData("randao", ChunkVerdict.StateMismatch, null)]
    [InlineData("state root", ChunkVerdict.StateMismatch, null)]
    [InlineData("transactions", ChunkVerdict.StateMismatch, null)]
    [InlineData("nothing", ChunkVerdict.Valid, null)]
    public void Case_40_Each_mismatch_of_a_chunk_is_refused_by_its_name_and_the_right_one_is_attested(string what, ChunkVerdict? verdict, ChunkLinkFault? fault) => PipelineTest.Run(
        async pipeline =>
        {
            Address bad = pipeline.Withhold(3);
            pipeline.Load(6);

            // The slot above has chunks of its own by then, or the window of the second chunk is open, where that matters.
            await (what == "later slot" ? pipeline.UntilSlot(4, TimeSpan.FromSeconds(5)) : pipeline.UntilSlot(3, TimeSpan.FromSeconds(what == "index" ? 4 : 1)));
            Hash256 wrong = new(Enumerable.Repeat((byte)5, 32).ToArray());
            uint index = what == "index" ? 1U : 0;
            ChunkProposal chunk = ForgedChunks.OnHead(
                pipeline,
                3,
                header => what switch
                {
                    "parent" => header with { ParentHash = wrong },
                    "number" => header with { Number = header.Number + 1 },
                    "timestamp" => header with { Timestamp = header.Timestamp + 1 },
                    "gas limit" => header with { GasLimit = header.GasLimit - 1 },
                    "base fee" => header with { BaseFeePerGas = header.BaseFeePerGas + 1 },
                    "randao" => header with { PrevRandao = wrong },
                    "state root" => header with { StateRoot = wrong },
                    "transactions" => header with { TransactionsRoot = wrong },
                    _ => header,
                },
                index: index);
            IChunkGrain grain = pipeline.Grains.Chunk(3, index);
            Assert.Equal(MessageOutcome.Accepted, (await grain.Propose(chunk)).Outcome);
            await pipeline.UntilSlot(6);
            ChunkView view = (await grain.Pull())!;
            FaultView[] faults = [.. await pipeline.Grains.Slasher().Faults()];
            if (verdict == ChunkVerdict.Valid)
            {
                Assert.True(view.Signers >= 3, pipeline.Describe());
                Assert.NotNull(view.Certificate);
                Assert.Empty(faults);
            }
            else
            {
                Assert.Equal(0, view.Signers);
                Assert.DoesNotContain(pipeline.Signed, signed => signed.Duty.Slot == 3 && signed.Duty.Kind == MessageKind.ChunkAttestation);
                string[] refusals = [.. pipeline.Log.Where(line => line.Contains($"Chunk {index} of slot 3 is not attested", StringComparison.Ordinal))];
                for (int silo = 0; silo < 3; silo++)
                {
                    // A parent that nobody has is waited for: no verdict comes before the time is over.
                    Assert.Contains(refusals, line => line.Contains($"silo {silo} ", StringComparison.Ordinal)
                        && line.Contains($"attested: {verdict ?? ChunkVerdict.TimedOut} {fault}", StringComparison.Ordinal));
                }

                // A block that no execution gives proves its signer's fault; a place or a parent proves nothing, for honest views can differ.
                Assert.Equal(verdict == ChunkVerdict.StateMismatch ? [(bad, Offence.InvalidChunkProposal)] : [], faults.Select(one => (one.Offender, one.Offence)));
            }

            await pipeline.SettleAsync(slots: 12);
        },
        new PipelineSetup { InclusionWindow = 2, Grace = TimeSpan.FromSeconds(12) });

    [Theory]
    [InlineData("nothing", null, false)]
    [InlineData("parent", CheckpointFault.WrongParent, false)]
    [InlineData("out hash", CheckpointFault.OutHashMismatch, false)]
    [InlineData("state root", CheckpointFault.StateRootMismatch, true)]
    [InlineData("chunks hash", CheckpointFault.ChunksMismatch, true)]
    [InlineData("first block", CheckpointFault.FirstBlockMismatch, true)]
    [InlineData("timestamp", CheckpointFault.TimestampMismatch, true)]
    [InlineData("gas", CheckpointFault.GasMismatch, true)]
    public void Case_41_Each_mismatch_of_a_checkpoint_is_refused_by_its_name_and_the_right_one_is_attested(string what, CheckpointFault? fault, bool isEvidence) => PipelineTest.Run(
        async pipeline =>
        {
            (CheckpointHeader good, ChunkProposal last) = await pipeline.WithholdCheckpoint();
            Hash256 wrong = new(Enumerable.Repeat((byte)5, 32).ToArray());
            CheckpointHeader header = new(
                3,
                what == "parent" ? wrong : good.Parent,
                what == "first block" ? good.FirstBlock + 1 : good.FirstBlock,
                good.Chunks,
                what == "chunks hash" ? wrong : good.ChunksHash,
                good.BlockHash,
                what == "state root" ? wrong : good.StateRoot,
                good.InHash,
                what == "out hash" ? wrong : good.OutHash,
                what == "timestamp" ? good.Timestamp + 1 : good.Timestamp,
                good.FeeRecipient,
                what == "gas" ? good.GasUsed + 1 : good.GasUsed);
            CheckpointProposal proposal = new(pipeline.Genesis.Context, header, pipeline.Sign(good.FeeRecipient, header.Statement), last);
            Assert.Equal(MessageOutcome.Accepted, (await pipeline.Grains.Slot(3).Propose(proposal)).Outcome);

            // Known by its hash: it is neither kept nor looked at twice.
            Assert.Equal(MessageOutcome.Duplicate, (await pipeline.Grains.Slot(3).Propose(proposal)).Outcome);
            await pipeline.UntilSlot(6);
            SlotView view = (await pipeline.Grains.Slot(3).View())!;
            FaultView[] faults = [.. await pipeline.Grains.Slasher().Faults()];
            if (fault is null)
            {
                Assert.True(view.Signers >= 3, pipeline.Describe());
                Assert.NotNull(view.Certificate);
            }
            else
            {
                Assert.Equal(0, view.Signers);
                Assert.DoesNotContain(pipeline.Signed, signed => signed.Duty.Slot == 3 && signed.Duty.Kind == MessageKind.CheckpointAttestation);
                string[] refusals = [.. pipeline.Log.Where(line => line.Contains("The checkpoint of slot 3 is not attested", StringComparison.Ordinal))];
                for (int silo = 0; silo < 3; silo++)
                {
                    Assert.Single(refusals, line => line.Contains($"silo {silo} ", StringComparison.Ordinal)
                        && line.EndsWith($"attested: {nameof(Replica.Node.CheckpointCheck.Invalid)} {fault}", StringComparison.Ordinal));
                }
            }

            Assert.Equal(isEvidence ? [(good.FeeRecipient, Offence.InvalidCheckpointProposal)] : [], faults.Select(one => (one.Offender, one.Offence)));
            await pipeline.SettleAsync(slots: 12);
        },
        new PipelineSetup { InclusionWindow = 2, Grace = TimeSpan.FromSeconds(12) });

    [Theory]
    [InlineData("too many chunks", "TooManyChunks")]
    [InlineData("one chunk less", "LastChunkMismatch")]
    [InlineData("block", "LastChunkMismatch")]
    [InlineData("in hash", "LastChunkMismatch")]
    [InlineData("not the last chunk", "LastChunkMismatch")]
    public void Case_41_A_checkpoint_that_does_not_end_with_its_last_chunk_is_refused_at_its_grain(string what, string reason) => PipelineTest.Run(async pipeline =>
    {
        // One without chunks cannot even be made: its type and its decoder refuse it.
        (CheckpointHeader good, ChunkProposal last) = await pipeline.WithholdCheckpoint();
        Hash256 wrong = new(Enumerable.Repeat((byte)5, 32).ToArray());
        CheckpointHeader header = new(
            3,
            good.Parent,
            good.FirstBlock,
            what switch { "one chunk less" => good.Chunks - 1, "too many chunks" => (uint)pipeline.Timetable.Timing.MaxChunksPerSlot + 1, _ => good.Chunks },
            good.ChunksHash,
            what == "block" ? wrong : good.BlockHash,
            good.StateRoot,
            what == "in hash" ? wrong : good.InHash,
            good.OutHash,
            good.Timestamp,
            good.FeeRecipient,
            good.GasUsed);
        ChunkProposal carried = what == "not the last chunk" ? (await pipeline.Grains.Chunk(3, 0).Pull())!.Proposals[0] : last;
        MessageReply reply = await pipeline.Grains.Slot(3).Propose(new CheckpointProposal(pipeline.Genesis.Context, header, pipeline.Sign(good.FeeRecipient, header.Statement), carried));
        Assert.Equal(new MessageReply(MessageOutcome.Rejected, reason), reply);
        SlotView view = (await pipeline.Grains.Slot(3).View())!;
        Assert.Null(view.Proposal);
        Assert.Equal(0, view.Signers);

        // It has not cost the slot anything: the right one is still taken.
        Assert.Equal(
            MessageOutcome.Accepted,
            (await pipeline.Grains.Slot(3).Propose(new CheckpointProposal(pipeline.Genesis.Context, good, pipeline.Sign(good.FeeRecipient, good.Statement), last))).Outcome);
        await pipeline.UntilSlot(5);
        Assert.NotNull((await pipeline.Grains.Slot(3).View())!.Certificate);
        await pipeline.SettleAsync(slots: 10);
    });

    [Fact]
    public void Case_41_A_checkpoint_of_chunks_that_are_on_L1_already_is_refused_and_costs_nobody_but_its_signer() => PipelineTest.Run(
        async pipeline =>
        {
            Address bad = pipeline.ProposerOf(4);
            pipeline.Invariants.Misbehaving.Add(bad);
            pipeline.RefuseToSign = static (_, duty) => duty == Duty.CheckpointProposal(4);
            pipeline.Load(12);
            await pipeline.Until(() => Landed(pipeline, 3) is not null, what: "the checkpoint of slot 3 on L1");
            await pipeline.UntilSlot(5, TimeSpan.FromSeconds(1));
            CheckpointHeader landed = Landed(pipeline, 3)!;
            CheckpointHeader again = new(
                4, landed.Parent, landed.FirstBlock, landed.Chunks, landed.ChunksHash, landed.BlockHash, landed.StateRoot, landed.InHash, landed.OutHash, landed.Timestamp, landed.FeeRecipient, landed.GasUsed);
            CheckpointProposal proposal = new(pipeline.Genesis.Context, again, pipeline.Sign(bad, again.Statement));
            Assert.Equal(MessageOutcome.Accepted, (await pipeline.Grains.Slot(4).Propose(proposal)).Outcome);
            await pipeline.UntilSlot(7);
            SlotView view = (await pipeline.Grains.Slot(4).View())!;
            Assert.Equal(0, view.Signers);
            Assert.Null(Landed(pipeline, 4));
            string[] refusals = [.. pipeline.Log.Where(line => line.Contains("The checkpoint of slot 4 is not attested", StringComparison.Ordinal))];
            for (int silo = 0; silo < 3; silo++)
            {
                Assert.Single(refusals, line => line.Contains($"silo {silo} ", StringComparison.Ordinal)
                    && line.EndsWith($"attested: {nameof(Replica.Node.CheckpointCheck.Invalid)} {CheckpointFault.ChunksMismatch}", StringComparison.Ordinal));
            }

            Assert.Equal([(bad, Offence.InvalidCheckpointProposal)], (await pipeline.Grains.Slasher().Faults()).Select(one => (one.Offender, one.Offence)));

            // What is on L1 stays there.
            Assert.NotNull(Landed(pipeline, 3));
            await pipeline.SettleAsync(slots: 12);
        },
        new PipelineSetup { InclusionWindow = 2, Grace = TimeSpan.FromSeconds(12) });

    private static CheckpointHeader? Landed(SimulatedPipeline pipeline, ulong slot) => pipeline.Landed().FirstOrDefault(landed => landed.Header.Slot == slot)?.Header;

    /// <summary>Attestations of a slot.</summary>
    private static IEnumerable<(Address Validator, Duty Duty, DateTimeOffset At)> SignedOf(SimulatedPipeline pipeline, ulong slot) =>
        pipeline.Signed.Where(signed => signed.Duty.Slot == slot && signed.Duty.Kind is MessageKind.ChunkAttestation or MessageKind.CheckpointAttestation && signed.Duty.Slot == slot);
}
