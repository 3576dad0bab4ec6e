using Cloud.Protocol.Time;
using FsCheck;
using FsCheck.Fluent;
using static Cloud.Protocol.Tests.Time.TimingSettings;

namespace Cloud.Protocol.Tests.Time;

public sealed class ContinuousTimetableTests
{
    [Fact]
    public void Chunks_never_stop_and_stay_within_the_consensus_windows_whatever_the_settings()
    {
        int created = 0;
        int refused = 0;
        Gen<(ConsensusTiming Timing, LocalBudgets Budgets)> settings =
            from chunk in Gen.Choose(1, 8)
            from l1Slot in Gen.Choose(1, 12)
            from multiple in Gen.Choose(1, 5)
            from lead in Gen.Choose(1, l1Slot)
            from extraGrace in Gen.Choose(0, 5000)
            from propagation in Gen.Choose(0, 2500)
            from prepare in Gen.Choose(0, 2000)
            from init in Gen.Choose(0, 2000)
            from minChunk in Gen.Choose(1, chunk * 500)
            let slot = chunk * l1Slot / Gcd(chunk, l1Slot) * multiple
            select (
                Timing(TimingProfile.Continuous, slot, l1Slot, chunk) with
                {
                    Lead = TimeSpan.FromSeconds(lead),
                    Grace = TimeSpan.FromMilliseconds((2000 * chunk) + extraGrace),
                },
                LocalBudgets.Network with
                {
                    Propagation = TimeSpan.FromMilliseconds(propagation),
                    Prepare = TimeSpan.FromMilliseconds(prepare),
                    Init = TimeSpan.FromMilliseconds(init),
                    MinChunk = TimeSpan.FromMilliseconds(minChunk),
                });
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(settings.ToArbitrary(), s =>
        {
            if (Timetable.Create(s.Timing, s.Budgets) is not TimetableResult<Timetable>.Created { Timetable: Timetable table })
            {
                refused++;
                return;
            }

            created++;
            AssertNoDeadZone(table, firstSlot: 1_000_000, slots: 5);
        }));
        Assert.True(created > 200, $"only {created} settings were possible and {refused} were not: the property says too little");
    }

    [Theory]
    [InlineData(TimingProfile.Continuous, 12, 2, 2)]
    [InlineData(TimingProfile.Pipelined, 36, 12, 6)]
    [InlineData(TimingProfile.Sequential, 36, 12, 6)]
    public void Each_slot_of_the_inclusion_window_lets_attesting_last_a_slot_longer_and_moves_nothing_else(TimingProfile profile, int slot, int l1Slot, int chunk)
    {
        ConsensusTimetable one = Table(profile, slot, l1Slot, chunk, LocalBudgets.Cluster).Consensus;
        ConsensusTimetable three = Timetable.Create(one.Timing with { InclusionWindow = 3 }, LocalBudgets.Cluster).OrThrow().Consensus;
        Assert.Equal(one.AttestationDeadline(7) + TimeSpan.FromSeconds(2 * slot), three.AttestationDeadline(7));
        Assert.Equal(one.SlotStart(8), one.InclusionEnd(7));
        Assert.Equal(one.SlotStart(10), three.InclusionEnd(7));
        Assert.Equal(one.ReceiveDeadline(7), three.ReceiveDeadline(7));
        Assert.Equal(one.EarliestL1Send(7), three.EarliestL1Send(7));
        Assert.Equal(one.PlannedL1Send(7), three.PlannedL1Send(7));
        Assert.Equal(one.SyncedDeadline(7), three.SyncedDeadline(7));
    }

    [Fact]
    public void A_longer_grace_lets_proposals_arrive_until_one_chunk_before_its_end()
    {
        ConsensusTiming timing = Timing(TimingProfile.Continuous, 12, 2, 2);
        ConsensusTimetable usual = Timetable.Create(timing, LocalBudgets.Cluster).OrThrow().Consensus;
        ConsensusTimetable longer = Timetable.Create(timing with { Grace = TimeSpan.FromSeconds(8) }, LocalBudgets.Cluster).OrThrow().Consensus;
        Assert.Equal(usual.FrameEnd(3) + TimeSpan.FromSeconds(2), usual.ReceiveDeadline(3));
        Assert.Equal(usual.FrameEnd(3) + TimeSpan.FromSeconds(6), longer.ReceiveDeadline(3));
        Assert.Equal(usual.PlannedL1Send(3), longer.PlannedL1Send(3));
        Assert.Equal(TimetableRule.ReceiveBeforeAttestationDeadline, Assert.Single(Refusals(timing with { Grace = TimeSpan.FromSeconds(13) })).Rule);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65)]
    public void An_inclusion_window_out_of_its_range_is_refused(int window) =>
        Assert.Equal(TimetableRule.InclusionWindowRange, Refusals(Timing(TimingProfile.Continuous, 12, 2, 2) with { InclusionWindow = window })[0].Rule);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Presets_have_no_dead_zone_over_a_day(bool hosted)
    {
        Timetable table = hosted ? Timetable.Hosted(Genesis) : Timetable.Local(Genesis);
        AssertNoDeadZone(table, firstSlot: 0, slots: hosted ? 2400 : 7200);
        Assert.True(table.Budgets.Propagation + table.Budgets.Init <= table.Budgets.FlashblockInterval, "the handover takes longer than a flashblock");
    }

    [Fact]
    public void Hosted_instants_around_a_slot()
    {
        Timetable table = Timetable.Hosted(Genesis);
        ConsensusTimetable consensus = table.Consensus;
        DateTimeOffset slotStart = consensus.SlotStart(100);
        string FromSlot(DateTimeOffset instant) => Text(instant - slotStart);
        Assert.Equal(6, table.ChunksPerSlot);
        Assert.Equal("-42", FromSlot(consensus.FrameStart(100)));
        Assert.Equal("-6", FromSlot(consensus.FrameEnd(100)));
        Assert.Equal("-42", FromSlot(consensus.ChunkWindow(100, 0).Start));
        Assert.Equal("-12", FromSlot(consensus.ChunkWindow(100, 5).Start));
        Assert.Equal("0", FromSlot(consensus.ChunkWindow(100, 5).End));
        Assert.Equal("-12", FromSlot(consensus.ChunkAttestationWindow(100, 5).Start));
        Assert.Equal("-6", FromSlot(consensus.EarliestL1Send(100)));
        Assert.Equal("6", FromSlot(consensus.PlannedL1Send(100)));
        Assert.Equal("6", FromSlot(consensus.SyncedDeadline(100)));
        Assert.Equal("18", FromSlot(consensus.AttestationDeadline(100)));
        Assert.Equal("-5.5", FromSlot(table.Deadlines(100).CheckpointSend));
        Assert.Equal("-5.4", FromSlot(table.Deadlines(100).CheckpointReceived));
        Assert.Equal("0.6", FromSlot(table.Deadlines(100).ValidationDone));
        Assert.Equal("-7", FromSlot(table.Deadlines(100).Start));
        Assert.Equal("0", Text(table.DeadZone));
    }

    [Fact]
    public void The_next_proposer_builds_in_its_own_frame_from_the_first_moment()
    {
        Timetable table = Timetable.Hosted(Genesis);
        DateTimeOffset handover = table.Consensus.FrameEnd(7);
        NextChunk.Build first = Assert.IsType<NextChunk.Build>(table.ChooseNext(8, -1, handover.AddMilliseconds(200)));
        Assert.Equal((0, handover.AddMilliseconds(200), handover.AddSeconds(6)), (first.SubSlot, first.StartAt, first.Deadline));
        Assert.Equal(handover, Assert.IsType<NextChunk.Build>(table.ChooseNext(8, -1, handover.AddSeconds(-2))).StartAt);
    }

    [Fact]
    public void Block_timestamps_rise_strictly_and_are_never_in_the_future()
    {
        Timetable table = Timetable.Local(Genesis);
        ulong last = 0;
        for (ulong slot = 0; slot < 100; slot++)
        {
            for (int k = 0; k < table.ChunksPerSlot; k++)
            {
                ulong timestamp = table.Consensus.ChunkTimestamp(slot, (uint)k);
                Assert.True(timestamp > last);
                Assert.True(timestamp <= (ulong)table.BuildWindow(slot, k).Start.ToUnixTimeSeconds());
                last = timestamp;
            }
        }
    }

    private static void AssertNoDeadZone(Timetable table, ulong firstSlot, int slots)
    {
        ConsensusTimetable consensus = table.Consensus;
        Assert.Equal(TimeSpan.Zero, table.DeadZone);
        DateTimeOffset previousEnd = table.BuildWindow(firstSlot, 0).Start;
        for (ulong slot = firstSlot; slot < firstSlot + (ulong)slots; slot++)
        {
            for (int k = 0; k < table.ChunksPerSlot; k++)
            {
                TimeWindow window = table.BuildWindow(slot, k);
                Assert.Equal(previousEnd, window.Start);
                Assert.Equal(consensus.Timing.Chunk, window.End - window.Start);
                Assert.True(consensus.ChunkWindow(slot, (uint)k).Contains(new TimeWindow(window.Start, window.End + table.Budgets.Propagation)));
                Assert.True(consensus.ChunkAttestationWindow(slot, (uint)k).Contains(window.End + (2 * table.Budgets.Propagation)));
                Assert.Equal(slot, consensus.BuildingSlotAt(window.Start));
                previousEnd = window.End;
            }

            ProposerDeadlines plan = table.Deadlines(slot);
            Assert.True(consensus.CheckpointWindow(slot).Contains(plan.CheckpointReceived));
            Assert.True(consensus.CheckpointAttestationWindow(slot).Contains(plan.ValidationDone + table.Budgets.Propagation));
            Assert.True(plan.ValidationDone + table.Budgets.Propagation <= plan.L1Send);
            Assert.True(plan.L1Send <= consensus.AttestationDeadline(slot));
            Assert.True(consensus.ReceiveDeadline(slot) + consensus.Timing.Chunk <= consensus.SyncedDeadline(slot));
        }
    }

    private static int Gcd(int left, int right) => right == 0 ? left : Gcd(right, left % right);
}
