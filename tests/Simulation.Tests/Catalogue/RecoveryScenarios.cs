using Cloud.Grains.Hosting;
using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Publishing;
using Cloud.Grains.Interfaces.Validators;
using Cloud.Protocol.Attesting;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;
using Cloud.Replica.Chain;
using Cloud.Replica.Events;
using Cloud.Replica.Node;
using Cloud.Settlement.L1Events;
using Cloud.Settlement.Simulation;
using Cloud.Simulation.Tests.Support;
using Cloud.Simulator;
using Microsoft.Extensions.DependencyInjection;

namespace Cloud.Simulation.Tests.Catalogue;

/// <summary>Numbers of building-in-chunks, section 7: building and recovering, through the grains of three silos.</summary>
[Trait("Category", "Simulation")]
public sealed class RecoveryScenarios
{
    [Theory]
    [InlineData(TimingProfile.Continuous)]
    [InlineData(TimingProfile.Pipelined)]
    [InlineData(TimingProfile.Sequential)]
    public void Case_1_The_committee_builds_checkpoints_of_several_chunks_without_a_failure(TimingProfile profile) => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(18);
            await pipeline.UntilSlot(6);
            for (int silo = 0; silo < 3; silo++)
            {
                Assert.DoesNotContain(pipeline.Events(silo), happened => happened is ReplicaEvent.Pruned or ReplicaEvent.EvidenceFound or ReplicaEvent.StatusChanged { Change.Broken: not null });
            }

            // Every slot is on L1 that could be, each with several chunks.
            RollupChange.CheckpointLanded[] landed = [.. pipeline.Landed()];
            Assert.Equal(landed.Select((_, index) => (ulong)index), landed.Select(checkpoint => checkpoint.Header.Slot));
            Assert.True(landed.Length >= 3);
            Assert.All(landed.Skip(1), checkpoint => Assert.True(checkpoint.Header.Chunks >= 2));
            await pipeline.SettleAsync();
        },
        new PipelineSetup { Slot = TimeSpan.FromSeconds(24), Profile = profile });

    [Fact]
    public void Case_2_Under_load_every_slot_has_the_chunks_that_its_timetable_allows() => PipelineTest.Run(async pipeline =>
    {
        pipeline.Load(40);
        await pipeline.UntilSlot(6);
        Protocol.Time.Timetable timetable = pipeline.Settings.Timetable;
        Assert.True(pipeline.Landed().Count() >= 4, pipeline.Describe());
        Assert.All(pipeline.Landed().Skip(1), checkpoint => Assert.InRange((int)checkpoint.Header.Chunks, timetable.ChunksPerSlot - 1, timetable.ChunksPerSlot));
        await pipeline.SettleAsync();
    });

    [Fact]
    public void Case_3_The_first_two_slots_of_an_epoch_have_chunks() => PipelineTest.Run(async pipeline =>
    {
        pipeline.Load(6);
        ulong epoch = (ulong)pipeline.Genesis.Committee.SlotsPerEpoch;
        await pipeline.UntilSlot(epoch + 3);
        for (ulong slot = epoch - 1; slot <= epoch + 1; slot++)
        {
            Assert.Contains(pipeline.Events(0).OfType<ReplicaEvent.ChunkExecuted>(), executed => executed.Block.Slot == slot);
            Assert.Single(pipeline.Landed(), checkpoint => checkpoint.Header.Slot == slot);
        }

        await pipeline.SettleAsync();
    });

    [Fact]
    public void Case_4_Transactions_can_name_the_block_that_held_the_one_before() => PipelineTest.Run(async pipeline =>
    {
        pipeline.Load(6);
        await pipeline.UntilSlot(1);
        ulong last = 0;
        Hash256? anchor = null;
        Dictionary<ulong, HashSet<ulong>> numbers = [];
        for (int i = 0; i < 12; i++)
        {
            // Each is made against the block that held the one before.
            Hash256 sent = Assert.IsType<Hash256>(await pipeline.Submit(user: 3, silo: 0, anchor));
            await pipeline.Until(() => pipeline.Replica(0).View.Recent.Any(block => block.Transactions.Any(transaction => transaction.Hash == sent)), what: "the transaction in a chunk");
            Replica.Chains.ExecutedBlock block = pipeline.Replica(0).View.Recent.Last(block => block.Transactions.Any(transaction => transaction.Hash == sent));
            Assert.True(block.Number >= last);
            Assert.True(anchor is null || block.Number > last, "it was built below the block that it names");
            last = block.Number;
            anchor = block.Hash;
            (numbers.TryGetValue(block.Slot!.Value, out HashSet<ulong>? known) ? known : numbers[block.Slot!.Value] = []).Add(block.Number);
        }

        // Several of them in one slot: no need to wait for the checkpoint.
        Assert.Contains(numbers.Values, blocks => blocks.Count >= 2);

        // One that names a block that was never there is refused, and nothing of it stays.
        Hash256 unknown = new(Enumerable.Repeat((byte)9, 32).ToArray());
        Assert.IsType<SubmitOutcome.AnchorUnknown>(await pipeline.Replica(0).SubmitAsync(Array.Empty<byte>(), unknown));
        await pipeline.SettleAsync();
    });

    [Fact]
    public void Case_8_A_late_burst_fits_into_the_slots_last_chunks() => PipelineTest.Run(
        async pipeline =>
        {
            await pipeline.UntilSlot(3, TimeSpan.FromSeconds(5));
            List<Hash256> burst = [];
            for (int user = 0; user < 8; user++)
            {
                burst.Add(Assert.IsType<Hash256>(await pipeline.Submit(user, silo: 0)));
            }

            await pipeline.UntilSlot(4);
            Hash256[] built = [.. pipeline.Chunks(0, 3).SelectMany(chunk => chunk.Transactions).Select(transaction => transaction.Hash)];
            Assert.Equal(burst.Order(), built.Order());
            await pipeline.SettleAsync();
        },

        // As many as come: a chunk has room for its share of them only, and for what those before it left.
        new PipelineSetup { SlotTransactions = 8 });

    [Theory]
    [InlineData(TimingProfile.Continuous)]
    [InlineData(TimingProfile.Pipelined)]
    public void Case_11_and_13_A_slot_that_is_not_posted_is_pruned_with_the_one_above_it_and_the_chain_recovers(TimingProfile profile) => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(12);
            await pipeline.UntilSlot(2);
            pipeline.Lose = static message => message is { Interface: nameof(IPublisherGrain), Method: nameof(IPublisherGrain.Publish) }
                && message.Argument(0) is PublicationRequest { Proposal.Header.Slot: 2 };
            await pipeline.UntilSlot(6, TimeSpan.FromSeconds(4));
            Assert.DoesNotContain(pipeline.Landed(), checkpoint => checkpoint.Header.Slot is 2 or 3);
            Assert.Contains(pipeline.Landed(), checkpoint => checkpoint.Header.Slot >= 4);
            for (int silo = 0; silo < 3; silo++)
            {
                Assert.Empty(pipeline.Chunks(silo, 2));
                Assert.Contains(pipeline.Events(silo), happened => happened is ReplicaEvent.Pruned { Slot: 2, Reason: BreakReason.SlotUnpublished { Slot: 2 } });
                Assert.Contains(pipeline.Events(silo), happened => happened is ReplicaEvent.Pruned { Slot: 3, Reason: BreakReason.SlotUnpublished { Slot: 2 } });

                // Each broken promise is told, with its reason; SettleAsync finds its transactions on L1 in the end.
                Assert.Contains(pipeline.Events(silo), happened => happened is ReplicaEvent.StatusChanged { Change.Broken: not null });
            }

            await pipeline.SettleAsync();
        },
        new PipelineSetup { Profile = profile });

    [Theory]
    [InlineData(TimingProfile.Continuous)]
    [InlineData(TimingProfile.Pipelined)]
    public void A_checkpoint_that_misses_its_own_slot_lands_in_the_next_one_and_no_promise_is_broken(TimingProfile profile) => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(12);
            await pipeline.UntilSlot(2);
            DateTimeOffset late = pipeline.Timetable.SlotStart(3) + TimeSpan.FromSeconds(2);
            pipeline.Lose = message => pipeline.Now < late && message is { Interface: nameof(IPublisherGrain), Method: nameof(IPublisherGrain.Publish) }
                && message.Argument(0) is PublicationRequest { Proposal.Header.Slot: 2 };
            await pipeline.UntilSlot(8, TimeSpan.FromSeconds(4));
            RollupChange.CheckpointLanded[] landed = [.. pipeline.Landed()];
            Assert.Contains(landed, checkpoint => checkpoint.Header.Slot == 2);
            Assert.Contains(landed, checkpoint => checkpoint.Header.Slot == 3);
            Assert.True(landed.Count(checkpoint => checkpoint.Header.Slot >= 4) >= 2);
            for (int silo = 0; silo < 3; silo++)
            {
                Assert.DoesNotContain(pipeline.Events(silo), happened => happened is ReplicaEvent.Pruned or ReplicaEvent.StatusChanged { Change.Broken: not null });
            }

            await pipeline.SettleAsync();
        },
        new PipelineSetup { Profile = profile, InclusionWindow = 2 });

    [Fact]
    public void Several_checkpoints_in_a_row_that_are_late_hold_the_chain_up_and_cost_no_promise() => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(12);
            await pipeline.UntilSlot(2);

            // Each publication reaches L1 only when its own slot is over.
            pipeline.Lose = message => message is { Interface: nameof(IPublisherGrain), Method: nameof(IPublisherGrain.Publish) }
                && message.Argument(0) is PublicationRequest { Proposal.Header.Slot: var slot } && slot is >= 2 and <= 8
                && pipeline.Now < pipeline.Timetable.SlotStart(slot + 1) + TimeSpan.FromSeconds(2);
            await pipeline.UntilSlot(14);
            Assert.Contains(pipeline.Landed(), checkpoint => checkpoint.Header.Slot >= 10);
            for (int silo = 0; silo < 3; silo++)
            {
                Assert.DoesNotContain(pipeline.Events(silo), happened => happened is ReplicaEvent.Pruned or ReplicaEvent.StatusChanged { Change.Broken: not null });
            }

            await pipeline.SettleAsync();
        },
        new PipelineSetup { InclusionWindow = 2 });

    [Fact]
    public void After_a_checkpoint_that_never_lands_two_slots_are_lost_and_the_next_one_is_on_L1() => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(12);
            await pipeline.UntilSlot(2);
            pipeline.Lose = static message => message is { Interface: nameof(IPublisherGrain), Method: nameof(IPublisherGrain.Publish) }
                && message.Argument(0) is PublicationRequest { Proposal.Header.Slot: 2 };
            await pipeline.UntilSlot(7, TimeSpan.FromSeconds(4));

            // Slot 3 stood on slot 2 and is lost with it. Slot 4 waits for L1, and has what is left of its time when slot 2 is given up.
            Assert.DoesNotContain(pipeline.Landed(), checkpoint => checkpoint.Header.Slot is 2 or 3);
            Assert.Contains(pipeline.Landed(), checkpoint => checkpoint.Header.Slot == 4);
            Assert.Contains(pipeline.Landed(), checkpoint => checkpoint.Header is { Slot: 5, Chunks: 4 });
            for (int silo = 0; silo < 3; silo++)
            {
                Assert.All(pipeline.Events(silo).OfType<ReplicaEvent.Pruned>(), pruned => Assert.InRange(pruned.Slot, 2UL, 3UL));
            }

            await pipeline.SettleAsync();
        },
        new PipelineSetup { InclusionWindow = 2 });

    [Fact]
    public void Case_12_A_withheld_checkpoint_proposal_costs_the_slot_and_the_next_checkpoint_lands() => PipelineTest.Run(async pipeline =>
    {
        pipeline.Load(12);
        pipeline.RefuseToSign = static (_, duty) => duty == Duty.CheckpointProposal(2);
        await pipeline.UntilSlot(6);
        Assert.DoesNotContain(pipeline.Landed(), checkpoint => checkpoint.Header.Slot == 2);
        Assert.Contains(pipeline.Landed(), checkpoint => checkpoint.Header.Slot > 2);

        // Every node gives its chunks up by the clock, before L1 shows that the slot is over.
        for (int silo = 0; silo < 3; silo++)
        {
            Assert.All(pipeline.Events(silo).OfType<ReplicaEvent.Pruned>(), pruned => Assert.IsType<BreakReason.CheckpointMissing>(pruned.Reason));
            Assert.Contains(pipeline.Events(silo), happened => happened is ReplicaEvent.Pruned { Slot: 2 });
        }

        await pipeline.SettleAsync();
        Assert.Empty(await pipeline.Grains.Slasher().Faults());
    });

    [Fact]
    public void Case_21_A_proposer_whose_silo_dies_goes_on_in_another_one_within_two_seconds() => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(24);
            int handovers = 0;
            for (ulong slot = 1; slot < 7; slot++)
            {
                // In the middle of the slot's second chunk.
                await pipeline.UntilSlot(slot, TimeSpan.FromSeconds(4.5));
                string silo = (await pipeline.Grains.Validator(pipeline.ProposerOf(slot)).Wake(slot)).Silo;
                int home = silo[^1] - '0';
                int other = (home + 1) % 3;
                pipeline.Kill(home);
                DateTimeOffset died = pipeline.Now;
                Protocol.Flashblocks.FlashblockPayload[] emitted =
                    [.. pipeline.Events(other).OfType<ReplicaEvent.FlashblockShown>().Select(shown => shown.Flashblock.Payload).Where(payload => payload.Slot == slot)];
                await pipeline.Until(
                    () => pipeline.Events(other).Any(happened => happened.At > died && happened is ReplicaEvent.FlashblockShown shown && shown.Flashblock.Payload.Slot == slot),
                    TimeSpan.FromSeconds(2),
                    $"a flashblock of slot {slot} after its proposer's silo died");
                handovers++;
                await pipeline.UntilSlot(slot + 1, TimeSpan.FromSeconds(1));

                // What the dead silo emitted is what the other one went on with.
                Dictionary<uint, Replica.Chains.ExecutedBlock> chunks = pipeline.Events(other).OfType<ReplicaEvent.ChunkExecuted>().Select(executed => executed.Block)
                    .Where(block => block.Slot == slot).GroupBy(block => block.Proposal!.Header.Index).ToDictionary(group => group.Key, group => group.Last());
                foreach (IGrouping<uint, Protocol.Flashblocks.FlashblockPayload> shown in emitted.GroupBy(payload => payload.Chunk))
                {
                    Bytes[] promised = [.. shown.OrderBy(payload => payload.Index).SelectMany(payload => payload.Diff.Transactions)];
                    Assert.Equal(promised, chunks[shown.Key].Transactions.Take(promised.Length).Select(transaction => transaction.Raw));
                }

                await pipeline.Restart(home);
            }

            Assert.Equal(6, handovers);
            await pipeline.SettleAsync();
            Assert.Empty(await pipeline.Grains.Slasher().Faults());
        },
        new PipelineSetup { Options = new PipelineOptions { HasOtherSilos = true } });

    [Fact]
    public void Case_21_Flashblocks_that_a_dead_silo_had_signed_and_no_other_had_heard_are_sent_by_the_one_that_takes_over() => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(24);
            await pipeline.UntilSlot(3, TimeSpan.FromSeconds(3.5));
            string silo = (await pipeline.Grains.Validator(pipeline.ProposerOf(3)).Wake(3)).Silo;
            int home = silo[^1] - '0';
            int other = (home + 1) % 3;
            IEnumerable<Protocol.Flashblocks.FlashblockPayload> Shown(int node) =>
                pipeline.Events(node).OfType<ReplicaEvent.FlashblockShown>().Select(shown => shown.Flashblock.Payload).Where(payload => payload is { Slot: 3, Chunk: 1 });
            int heard = Shown(other).Count();

            // What they store together is all that the silos have in common now.
            pipeline.Lose = message => message.Stream is not null || (message.From != message.To && (message.From == silo || message.To == silo));
            await pipeline.UntilSlot(3, TimeSpan.FromSeconds(5.5));
            Protocol.Flashblocks.FlashblockPayload[] emitted = [.. Shown(home).OrderBy(payload => payload.Index)];
            Assert.Equal(heard, Shown(other).Count());
            Assert.True(emitted.Length > heard);
            pipeline.Kill(home);
            pipeline.Lose = null;
            await pipeline.Until(() => Shown(other).Count() >= emitted.Length, TimeSpan.FromSeconds(2), "the flashblocks that only the ledger had");
            Assert.Equal(emitted.Select(payload => payload.Hash), Shown(other).OrderBy(payload => payload.Index).Take(emitted.Length).Select(payload => payload.Hash));
            await pipeline.UntilSlot(5);
            Assert.Contains(pipeline.Landed(), checkpoint => checkpoint.Header.Slot == 3);
            await pipeline.Restart(home);
            await pipeline.SettleAsync();
        },
        new PipelineSetup { Options = new PipelineOptions { HasOtherSilos = true } });

    [Theory]
    [InlineData(-1.5, 0.5)]
    [InlineData(-0.5, 0.5)]
    [InlineData(0.5, 1)]
    [InlineData(2, 4)]
    public void A_slot_whose_processes_all_die_at_its_end_is_gone_on_with_and_lands(double diesAt, double startsAt) => PipelineTest.Run(
        async pipeline =>
        {
            // By the time that anything runs again the slot is too late to be begun.
            pipeline.Load(24);
            await pipeline.UntilSlot(3, TimeSpan.FromSeconds(diesAt));
            for (int silo = 0; silo < 3; silo++)
            {
                pipeline.Kill(silo);
            }

            await pipeline.UntilSlot(3, TimeSpan.FromSeconds(startsAt));
            for (int silo = 0; silo < 3; silo++)
            {
                await pipeline.Restart(silo);
            }

            await pipeline.UntilSlot(6);
            Assert.Contains(pipeline.Landed(), checkpoint => checkpoint.Header.Slot == 2);
            for (int silo = 0; silo < 3; silo++)
            {
                Assert.DoesNotContain(pipeline.Events(silo), happened => happened is ReplicaEvent.Pruned { Slot: 2 });
            }

            await pipeline.SettleAsync();
        },
        new PipelineSetup { InclusionWindow = 2, Grace = TimeSpan.FromSeconds(12) });

    [Fact]
    public void A_replica_that_was_away_for_some_chunks_gets_them_from_the_chunk_grains() => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(24);
            await pipeline.UntilSlot(3, TimeSpan.FromSeconds(1));
            pipeline.Kill(2);
            await pipeline.UntilSlot(3, TimeSpan.FromSeconds(8));
            ulong before = pipeline.Replica(0).View.Tips.Proposed.Number;
            await pipeline.Restart(2);
            await pipeline.Until(() => pipeline.Replica(2).View.Tips.Proposed.Number >= before, TimeSpan.FromSeconds(4), "the chunks that it missed");
            Assert.Equal(0, pipeline.L1.Reads);
            Assert.Equal(pipeline.Chunks(0, 3).Select(chunk => chunk.Hash).Take(2), pipeline.Chunks(2, 3).Select(chunk => chunk.Hash).Take(2));
            await pipeline.SettleAsync();
        },
        new PipelineSetup { InclusionWindow = 2, Grace = TimeSpan.FromSeconds(12) });

    [Fact]
    public void A_replica_that_was_away_for_slots_gets_them_from_L1_and_then_follows_the_chunks() => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(24);
            await pipeline.UntilSlot(2, TimeSpan.FromSeconds(1));
            pipeline.Kill(2);
            await pipeline.UntilSlot(7, TimeSpan.FromSeconds(6));
            ulong missed = pipeline.Replica(0).View.Tips.Checkpointed.Number;
            Assert.True(missed > pipeline.Replica(2).View.Tips.Proposed.Number);
            await pipeline.Restart(2);
            await pipeline.Until(() => pipeline.Replica(2).View.Tips.Checkpointed.Number >= missed, TimeSpan.FromSeconds(12), "the checkpoints that it missed");
            Assert.True(pipeline.L1.Reads > 0);

            // It is one of the others again: the same chunk at the same time.
            await pipeline.UntilSlot(10, TimeSpan.FromSeconds(2));
            Assert.Equal(pipeline.Replica(0).View.Tips.Proposed, pipeline.Replica(2).View.Tips.Proposed);
            await pipeline.SettleAsync();
        },
        new PipelineSetup { InclusionWindow = 2, Grace = TimeSpan.FromSeconds(12) });

    [Fact]
    public void Case_43_Two_activations_of_every_validator_sign_each_duty_once() => PipelineTest.Run(async pipeline =>
    {
        pipeline.Load(12);
        for (ulong slot = 1; slot < 6; slot++)
        {
            await pipeline.UntilSlot(slot, TimeSpan.FromSeconds(1));
            foreach (Address validator in pipeline.Validators)
            {
                pipeline.Context.Split(pipeline.Grains.Validator(validator));
            }
        }

        // Asked for two things at once, the two activations of a validator sign one of them.
        foreach (Address validator in pipeline.Validators)
        {
            IValidatorGrain grain = pipeline.Grains.Validator(validator);
            List<Task<SignReply>> calls = [];
            for (byte value = 1; value <= 8; value++)
            {
                Hash256 payload = new(Enumerable.Repeat(value, 32).ToArray());
                calls.Add(grain.SignPublication(6, payload, payload));
                pipeline.Context.Split(grain);
            }

            Assert.Single(await Task.WhenAll(calls), reply => reply.Signature.Length > 0);
        }

        // The invariant about signatures has looked at each of them.
        Assert.True(pipeline.Invariants.Signatures > 50);
        await pipeline.SettleAsync(slots: 10);
        Assert.Empty(await pipeline.Grains.Slasher().Faults());
    });

    [Fact]
    public void Case_44_A_fisherman_verifies_and_signs_nothing() => PipelineTest.Run(
        async pipeline =>
        {
            await pipeline.UntilSlot(2, TimeSpan.FromSeconds(2));

            // A right chunk, of a proposer elsewhere: it is executed in every silo.
            ChunkProposal chunk = ForgedChunks.OnHead(pipeline, 2, header => header);
            Assert.Equal(Grains.Interfaces.Feed.MessageOutcome.Accepted, (await pipeline.Grains.Chunk(2, 0).Propose(chunk)).Outcome);
            await pipeline.UntilSlot(3);
            for (int silo = 0; silo < 3; silo++)
            {
                Assert.Contains(pipeline.Events(silo), happened => happened is ReplicaEvent.ChunkExecuted { Block.Slot: 2 });
            }

            Assert.Equal(0, (await pipeline.Grains.Chunk(2, 0).Pull())!.Signers);
            Assert.Equal(0, pipeline.Invariants.Signatures);
        },
        new PipelineSetup { OptionsOf = _ => new Cloud.Grains.Hosting.PipelineOptions { Mode = AttestationMode.Fisherman, Heartbeat = TimeSpan.FromSeconds(1) } });

    [Fact]
    public void Case_44_A_fisherman_reports_an_invalid_chunk_and_signs_nothing_all_the_same() => PipelineTest.Run(
        async pipeline =>
        {
            Address bad = pipeline.ProposerOf(2);
            pipeline.Invariants.Misbehaving.Add(bad);
            await pipeline.UntilSlot(2, TimeSpan.FromSeconds(2));
            ChunkProposal forged = ForgedChunks.OnHead(
                pipeline, 2, header => header with { StateRoot = new Hash256(Enumerable.Repeat((byte)7, 32).ToArray()) });
            Assert.Equal(Grains.Interfaces.Feed.MessageOutcome.Accepted, (await pipeline.Grains.Chunk(2, 0).Propose(forged)).Outcome);
            await pipeline.UntilSlot(3);
            Assert.Equal(Offence.InvalidChunkProposal, Assert.Single(await pipeline.Grains.Slasher().Faults(bad)).Offence);
            Assert.Equal(0, (await pipeline.Grains.Chunk(2, 0).Pull())!.Signers);
            Assert.Equal(0, pipeline.Invariants.Signatures);
        },
        new PipelineSetup { OptionsOf = _ => new Cloud.Grains.Hosting.PipelineOptions { Mode = AttestationMode.Fisherman, Heartbeat = TimeSpan.FromSeconds(1) } });

    [Fact]
    public void Mode_CheckpointOnly_certifies_checkpoints_without_attesting_chunks() => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(12);
            await pipeline.UntilSlot(5);
            Assert.True(pipeline.Landed().Count() >= 3);
            Assert.DoesNotContain(pipeline.Events(0), happened => happened is ReplicaEvent.ChunkCertified);
            await pipeline.SettleAsync();
        },
        new PipelineSetup { OptionsOf = _ => new Cloud.Grains.Hosting.PipelineOptions { Mode = AttestationMode.CheckpointOnly, Heartbeat = TimeSpan.FromSeconds(1) } });

    [Fact]
    public void Mode_Isolated_lets_every_validator_execute_by_itself() => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(12);
            await pipeline.UntilSlot(4);
            Assert.True(pipeline.Landed().Count() >= 2);

            // Each attestation of a chunk stands on an execution of its own, beside the one that the silo's replica does for itself.
            int attested = pipeline.Signed.Where(signed => signed.Duty.Kind == MessageKind.ChunkAttestation).Select(signed => (signed.Validator, signed.Duty)).Distinct().Count();
            Assert.True(attested >= 8);
            Assert.True(Enumerable.Range(0, 3).Sum(silo => pipeline.Replica(silo).IsolatedExecutions) >= attested);
            await pipeline.SettleAsync();
        },
        new PipelineSetup { OptionsOf = _ => new Cloud.Grains.Hosting.PipelineOptions { Isolated = true, Heartbeat = TimeSpan.FromSeconds(1) } });

    [Fact]
    public void Case_48_Reorganisations_of_L1_leave_every_replica_with_what_L1_has() => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(12);
            await pipeline.UntilSlot(12);
            Assert.Contains(pipeline.L1.Log, update => update is L1Update.Reorged);
            await pipeline.SettleAsync(slots: 12);
        },
        new PipelineSetup { L1 = new SimulatedL1Options { Reorgs = 0.2, Delayed = 0.1, Lost = 0.1 } });

    [Fact]
    public void Case_49_Promotion_reads_no_data_of_checkpoints_whose_chunks_are_here() => PipelineTest.Run(async pipeline =>
    {
        pipeline.Load(12);
        await pipeline.UntilSlot(5);
        Assert.Equal(pipeline.Replica(0).View.Tips.Checkpointed, pipeline.Replica(2).View.Tips.Checkpointed);
        Assert.Equal(0, pipeline.L1.Reads);
        await pipeline.SettleAsync();
    });

    [Fact]
    public void Case_50_Orphans_are_given_up_after_their_deadline_and_not_before() => PipelineTest.Run(async pipeline =>
    {
        pipeline.Load(12);
        pipeline.RefuseToSign = static (_, duty) => duty == Duty.CheckpointProposal(2);
        DateTimeOffset deadline = pipeline.Settings.Timetable.Deadlines(2).Orphaned;
        await pipeline.Until(() => pipeline.Now > deadline - TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(3));
        int before = pipeline.Chunks(0, 2).Count;
        await pipeline.Delay(TimeSpan.FromMilliseconds(300));
        Assert.True(before > 0);
        Assert.Empty(pipeline.Chunks(0, 2));
        ReplicaEvent.Pruned pruned = pipeline.Events(0).OfType<ReplicaEvent.Pruned>().First(pruned => pruned.Slot == 2);
        Assert.Equal(new BreakReason.CheckpointMissing(2, deadline), pruned.Reason);
        await pipeline.SettleAsync();
    });

    [Fact]
    public void A_publication_lands_whose_store_was_slow_and_failed_while_the_proposer_asked_again()
    {
        int writes = 0;
        PipelineTest.Run(
            async pipeline =>
            {
                pipeline.Load(12);
                await pipeline.UntilSlot(4);
                Assert.True(writes > 1);
                Assert.Equal([0UL, 1UL], pipeline.Landed().Select(checkpoint => checkpoint.Header.Slot).Take(2));
                await pipeline.SettleAsync();
            },
            new PipelineSetup
            {
                // Longer than the proposer waits for an answer.
                StorageOf = (services, inner) => new SlowlyFailingStorage(
                    inner, "publications", () => Interlocked.Increment(ref writes) == 1, TimeSpan.FromSeconds(2), services.GetRequiredService<TimeProvider>()),
            });
    }

    [Theory]
    [InlineData(65_536)]
    [InlineData(16)]
    public void What_a_replica_tells_while_its_silo_is_too_slow_is_read_again_and_reaches_the_others(int kept)
    {
        const int Users = 40;
        PipelineSetup setup = new() { Users = Users };

        // Where the events are kept, nothing is sent a second time: all of them have to be read. Where they are not, the pool is what is left.
        PipelineOptions options = setup.Options with { MaxWaitingEvents = 1, ResendTransactionsAfter = kept > Users ? TimeSpan.Zero : setup.Options.ResendTransactionsAfter };
        PipelineTest.Run(
            async pipeline =>
            {
                await pipeline.UntilSlot(1, TimeSpan.FromSeconds(1));
                Hash256?[] sent = await Task.WhenAll(Enumerable.Range(0, Users).Select(user => pipeline.Submit(user, silo: 0)));
                Assert.DoesNotContain(null, sent);
                await pipeline.Until(
                    () => Enumerable.Range(1, 2).All(silo => sent.All(hash => pipeline.Events(silo).Any(happened => happened is ReplicaEvent.TransactionAccepted accepted && accepted.Transaction.Hash == hash))),
                    what: "all transactions in the other silos");
                await pipeline.SettleAsync();
            },
            setup with { Options = options, Replica = setup.Replica with { MaxEvents = kept } });
    }
}
