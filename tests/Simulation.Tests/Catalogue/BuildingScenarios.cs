using Cloud.Execution.Evm;
using Cloud.Grains.Hosting;
using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Chunks;
using Cloud.Grains.Interfaces.Faults;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Grains.Interfaces.Slots;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Proposing;
using Cloud.Replica.Chains;
using Cloud.Replica.Events;
using Cloud.Simulation.Tests.Support;
using Cloud.Simulator;

namespace Cloud.Simulation.Tests.Catalogue;

/// <summary>Numbers 6, 22 and 30 to 32 of building-in-chunks, section 7: what a proposer builds and sends, and whose fault what is.</summary>
[Trait("Category", "Simulation")]
public sealed class BuildingScenarios
{
    // Init code that deploys: store 42 at slot 0.
    private static readonly Bytes Deployment = Convert.FromHexString("600580600b6000396000f3602a600055");

    [Fact]
    public void Case_6_A_contract_is_deployed_in_one_chunk_and_called_in_a_later_one_of_the_same_slot() => PipelineTest.Run(async pipeline =>
    {
        Address contract = VirtualMachine.ContractAddress(SimulatedPipeline.AddressOf(3), 0);
        await pipeline.UntilSlot(2, TimeSpan.FromSeconds(1));
        Hash256 deployed = Assert.IsType<Hash256>(await pipeline.Submit(3, null, Deployment, silo: 0));
        await pipeline.Until(() => Find(pipeline, deployed) is not null, what: "the contract in a chunk");
        Hash256 called = Assert.IsType<Hash256>(await pipeline.Submit(3, contract, Bytes.Empty, silo: 0));
        await pipeline.Until(() => Find(pipeline, called) is not null, what: "the call in a chunk");
        (ExecutedBlock first, _) = Find(pipeline, deployed)!.Value;
        (ExecutedBlock second, int place) = Find(pipeline, called)!.Value;
        Assert.Equal(first.Slot, second.Slot);
        Assert.True(second.Number > first.Number);

        // A fresh slot of storage costs 20,000 gas and more: the contract's code ran.
        Assert.True(second.Receipts[place].Succeeded);
        Assert.True(second.Receipts[place].CumulativeGasUsed - (place == 0 ? 0 : second.Receipts[place - 1].CumulativeGasUsed) > 40_000);
        await pipeline.SettleAsync();
    });

    [Fact]
    public void Case_22_Two_attestations_of_one_member_are_evidence_and_the_first_one_counts() => PipelineTest.Run(async pipeline =>
    {
        Address bad = pipeline.Validators.First(validator => validator != pipeline.ProposerOf(2));
        pipeline.Invariants.Misbehaving.Add(bad);
        pipeline.Load(12);
        await pipeline.UntilSlot(3);
        ChunkProposal chunk = (await pipeline.Grains.Chunk(2, 0).Pull())!.Proposals[0];
        Duty duty = Duty.ChunkAttestation(2, chunk.Header.Producer, 0, AttestationKind.Executed);
        Hash256 other = new(Enumerable.Repeat((byte)6, 32).ToArray());
        Statement proposed = new(Duty.ChunkProposal(2, 0), other);
        pipeline.Invariants.Misbehaving.Add(chunk.Header.Producer);
        BatchReply reply = await pipeline.Grains.Chunk(2, 0).Attest(
        [
            new ChunkAttestation(
                pipeline.Genesis.Context, 2, chunk.Header.Producer, 0, AttestationKind.Executed, other, pipeline.Sign(bad, new Statement(duty, other)), pipeline.Sign(chunk.Header.Producer, proposed)),
        ]);
        Assert.Equal(MessageOutcome.Equivocation, reply.Replies[0].Outcome);
        await pipeline.Delay(TimeSpan.FromSeconds(1));
        Assert.Single(await pipeline.Grains.Slasher().Faults(bad), fault => fault.Offence == Offence.DuplicateChunkAttestation);
        await pipeline.SettleAsync();
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Case_22_Who_attests_an_invalid_chunk_is_blamed_with_its_proposer_also_where_it_signs_afterwards(bool isLate) => PipelineTest.Run(async pipeline =>
    {
        Address bad = pipeline.ProposerOf(2);
        Address lazy = pipeline.Validators.First(validator => validator != bad);
        pipeline.Invariants.Misbehaving.Add(bad);
        pipeline.Invariants.Misbehaving.Add(lazy);
        pipeline.RefuseToSign = (validator, duty) => validator == bad && duty.Slot == 2;
        await pipeline.UntilSlot(2, TimeSpan.FromSeconds(2));
        ChunkProposal forged = ForgedChunks.OnHead(pipeline, 2, header => header with { StateRoot = new Hash256(Enumerable.Repeat((byte)7, 32).ToArray()) });
        Duty duty = Duty.ChunkAttestation(2, bad, 0, AttestationKind.Executed);
        ChunkAttestation attestation = new(
            pipeline.Genesis.Context, 2, bad, 0, AttestationKind.Executed, forged.Header.Hash, pipeline.Sign(lazy, new Statement(duty, forged.Header.Hash)), forged.Signature);
        IChunkGrain grain = pipeline.Grains.Chunk(2, 0);
        if (!isLate)
        {
            await grain.Attest([attestation]);
        }

        await grain.Propose(forged);
        if (isLate)
        {
            await pipeline.Delay(TimeSpan.FromSeconds(2));
            await grain.Attest([attestation]);
        }
        else
        {
            // At once, and not only when the slot is over.
            await pipeline.Delay(TimeSpan.FromSeconds(2));
            Assert.Single(await pipeline.Grains.Slasher().Faults(lazy));
        }

        await pipeline.UntilSlot(4);
        Assert.Equal(Offence.InvalidChunkProposal, Assert.Single(await pipeline.Grains.Slasher().Faults(bad)).Offence);
        FaultView blamed = Assert.Single(await pipeline.Grains.Slasher().Faults(lazy));
        Assert.Equal(Offence.AttestedToInvalid, blamed.Offence);
        Assert.IsType<Decoded<Evidence>.Ok>(Evidence.Decode(blamed.Evidence));
        await pipeline.SettleAsync(slots: 10);
    });

    [Fact]
    public void Case_22_Withheld_data_and_absence_are_nobodys_offence_and_absence_is_on_record() => PipelineTest.Run(async pipeline =>
    {
        Address absent = pipeline.Validators.First(validator => validator != pipeline.ProposerOf(2) && validator != pipeline.ProposerOf(3));
        pipeline.Load(12);

        // The bodies of slot 2's transactions are nowhere to be had.
        pipeline.Lose = message => (message.Interface == nameof(IChunkGrain) && message.Target.Key.ToString()!.StartsWith("2/", StringComparison.Ordinal))
            || message.Stream?.StartsWith("transactions", StringComparison.Ordinal) == true
            || message.Method.StartsWith("Pull", StringComparison.Ordinal);
        await pipeline.UntilSlot(3);
        pipeline.Lose = null;
        pipeline.RefuseToSign = (validator, duty) => validator == absent && duty.Kind is MessageKind.ChunkAttestation or MessageKind.CheckpointAttestation && validator == absent;
        await pipeline.UntilSlot(9);
        Assert.Empty(await pipeline.Grains.Slasher().Faults());
        PerformanceView record = await pipeline.Grains.Slasher().Performance(absent, from: 4, through: 8);
        Assert.True(record.Missed >= 2, record.ToString());
        Assert.Equal(0, record.Invalid);
        await pipeline.SettleAsync(slots: 10);
    });

    [Fact]
    public void Case_30_A_chunk_is_signed_then_stored_then_sent_and_the_last_one_goes_with_the_checkpoint() => PipelineTest.Run(async pipeline =>
    {
        pipeline.Load(18);
        HashSet<uint> alone = [];
        HashSet<uint> withCheckpoint = [];
        int last = 0;
        List<string> wrong = [];
        pipeline.Lose = message =>
        {
            if (message is { Interface: nameof(IChunkGrain), Method: nameof(IChunkGrain.Propose) } && message.Argument(0) is ChunkProposal { Header: { Slot: 2 } header })
            {
                alone.Add(header.Index);
                last += header.IsLast ? 1 : 0;
                int silo = message.From![^1] - '0';
                if (message.From == message.To || header.IsLast)
                {
                    // By the slot's grain, out of the checkpoint.
                    return false;
                }

                if (!pipeline.Signed.Any(signed => signed.Duty == Duty.ChunkProposal(2, header.Index)))
                {
                    wrong.Add($"chunk {header.Index} was sent before it was signed");
                }

                if (!pipeline.Replica(silo).View.Recent.Any(block => block.Proposal?.Header.Hash == header.Hash))
                {
                    wrong.Add($"chunk {header.Index} was sent before it was stored");
                }
            }
            else if (message is { Interface: nameof(ISlotGrain), Method: nameof(ISlotGrain.Propose) } && message.Argument(0) is CheckpointProposal { Header.Slot: 2, LastChunk: { } held })
            {
                withCheckpoint.Add(held.Header.Index);
            }

            return false;
        };
        await pipeline.UntilSlot(4);
        Assert.Empty(wrong);
        uint[] indexes = [.. pipeline.Events(0).OfType<ReplicaEvent.ChunkExecuted>().Where(executed => executed.Block.Slot == 2).Select(executed => executed.Block.Proposal!.Header.Index)];
        Assert.True(indexes.Length >= 3);
        Assert.Equal([indexes[^1]], withCheckpoint);

        // Its own grain gets it from the slot's grain, and not from the proposer as well.
        Assert.Equal(1, last);
        Assert.Equal(indexes.Order(), alone.Order());
        await pipeline.SettleAsync();
    });

    [Fact]
    public void Case_30_A_refused_signature_yields_without_storing_or_sending() => PipelineTest.Run(async pipeline =>
    {
        pipeline.Load(18);
        pipeline.RefuseToSign = static (_, duty) => duty == Duty.ChunkProposal(2, 1);
        bool wasSent = false;
        pipeline.Lose = message =>
        {
            wasSent |= message is { Interface: nameof(IChunkGrain), Method: nameof(IChunkGrain.Propose) } && message.Argument(0) is ChunkProposal { Header: { Slot: 2, Index: 1 } };
            return false;
        };
        await pipeline.UntilSlot(5);
        Assert.False(wasSent);

        // Another process has signed there, and goes on: neither does this one close the slot with what is below.
        Assert.Null((await pipeline.Grains.Slot(2).View())!.Proposal);
        Assert.Contains(pipeline.Log, line => line.Contains($"Slot 2 is given up: {AbandonReason.SigningRefused}", StringComparison.Ordinal));
        for (int silo = 0; silo < 3; silo++)
        {
            Assert.DoesNotContain(pipeline.Events(silo), happened => happened is ReplicaEvent.ChunkExecuted { Block: { Slot: 2, Proposal.Header.Index: > 0 } });
        }

        await pipeline.SettleAsync(slots: 10);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Case_31_Without_transactions_a_slot_has_one_empty_chunk_or_none_where_that_is_not_allowed(bool isAllowed) => PipelineTest.Run(
        async pipeline =>
        {
            await pipeline.UntilSlot(6);
            ExecutedBlock[] chunks = [.. pipeline.Events(0).OfType<ReplicaEvent.ChunkExecuted>().Select(executed => executed.Block)];
            Assert.All(chunks, chunk => Assert.Empty(chunk.Transactions));
            Assert.All(chunks, chunk => Assert.Equal(0U, chunk.Proposal!.Header.Index));
            Assert.All(chunks, chunk => Assert.True(chunk.Proposal!.Header.IsLast));
            Assert.Equal(isAllowed ? 4 : 0, chunks.Count(chunk => chunk.Slot is >= 1 and <= 4));
            if (isAllowed)
            {
                // Skipped windows are tried again: the chunk is that of the slot's last one.
                Assert.True(pipeline.Landed().Count() >= 3);
            }
        },
        new PipelineSetup { Options = new PipelineOptions { Heartbeat = TimeSpan.FromSeconds(1), Proposer = new ProposerOptions { BuildCheckpointIfEmpty = isAllowed } } });

    [Fact]
    public void Case_31_Transactions_that_come_late_are_built_in_the_window_in_which_they_come() => PipelineTest.Run(async pipeline =>
    {
        await pipeline.UntilSlot(3, TimeSpan.FromSeconds(3.5));
        Hash256 sent = Assert.IsType<Hash256>(await pipeline.Submit(user: 1, silo: 0));
        await pipeline.UntilSlot(4, TimeSpan.FromSeconds(1));
        ExecutedBlock[] chunks = [.. pipeline.Events(0).OfType<ReplicaEvent.ChunkExecuted>().Select(executed => executed.Block).Where(block => block.Slot == 3)];
        Assert.Contains(chunks[0].Transactions, transaction => transaction.Hash == sent);
        Assert.Equal(pipeline.Timetable.ChunkTimestamp(3, 0), chunks[0].Header.Timestamp);
        DateTimeOffset known = pipeline.Events(0).OfType<ReplicaEvent.ChunkExecuted>().First(executed => executed.Block.Hash == chunks[0].Hash).At;
        Assert.InRange(known, pipeline.Settings.Timetable.BuildWindow(3, 1).Start, pipeline.Settings.Timetable.BuildWindow(3, 1).End + TimeSpan.FromSeconds(1));

        // No chunk but the first may be empty.
        Assert.All(chunks.Skip(1), chunk => Assert.NotEmpty(chunk.Transactions));
        await pipeline.SettleAsync();
    });

    [Fact]
    public void Case_32_Without_a_quorum_in_time_nothing_is_posted_and_the_slot_is_given_up_by_name() => PipelineTest.Run(async pipeline =>
    {
        pipeline.Load(12);
        pipeline.Lose = static message => message is { Interface: nameof(ISlotGrain), Method: nameof(ISlotGrain.Attest) } && message.Target.GetIntegerKey() == 2;
        await pipeline.UntilSlot(5);
        Assert.DoesNotContain(pipeline.Landed(), landed => landed.Header.Slot == 2);
        Assert.Contains(pipeline.Log, line => line.Contains($"Slot 2 is given up: {AbandonReason.AttestationTimeout}", StringComparison.Ordinal));
        for (int silo = 0; silo < 3; silo++)
        {
            Assert.Contains(pipeline.Events(silo), happened => happened is ReplicaEvent.Pruned { Slot: 2 });
        }

        Assert.Empty(await pipeline.Grains.Slasher().Faults());
        await pipeline.SettleAsync(slots: 10);
    });

    private static (ExecutedBlock Block, int Place)? Find(SimulatedPipeline pipeline, Hash256 transaction)
    {
        foreach (ExecutedBlock block in pipeline.Replica(0).View.Recent)
        {
            int place = block.Transactions.ToList().FindIndex(known => known.Hash == transaction);
            if (place >= 0)
            {
                return (block, place);
            }
        }

        return null;
    }
}
