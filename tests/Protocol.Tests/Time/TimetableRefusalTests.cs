using Cloud.Protocol.Time;
using static Cloud.Protocol.Tests.Time.TimingSettings;

namespace Cloud.Protocol.Tests.Time;

public sealed class TimetableRefusalTests
{
    private static readonly ConsensusTiming Continuous = Timing(TimingProfile.Continuous, 36, 12, 6);
    private static readonly ConsensusTiming Pipelined = Timing(TimingProfile.Pipelined, 36, 12, 6);
    private static readonly ConsensusTiming Sequential = Timing(TimingProfile.Sequential, 36, 12, 6);

    [Fact]
    public void The_settings_that_the_other_tests_break_are_possible()
    {
        foreach (ConsensusTiming timing in new[] { Continuous, Pipelined, Sequential })
        {
            Assert.Empty(Refusals(timing));
        }

        foreach (TimingProfile profile in Enum.GetValues<TimingProfile>())
        {
            Assert.True(Timetable.Hosted(Genesis, profile).ChunksPerSlot >= 2);
            Assert.True(Timetable.Local(Genesis, profile).ChunksPerSlot >= 2);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(86_400_001)]
    public void Durations_outside_the_range_are_refused(int milliseconds) =>
        AssertRefused(Continuous with { Chunk = TimeSpan.FromMilliseconds(milliseconds) }, TimetableRule.DurationRange, "Chunk");

    [Fact]
    public void A_fraction_of_a_millisecond_is_refused() =>
        AssertRefused(Continuous with { Grace = TimeSpan.FromTicks(120_000_001) }, TimetableRule.DurationRange, "Grace");

    [Fact]
    public void An_unknown_profile_is_refused() => AssertRefused(Continuous with { Profile = (TimingProfile)7 }, TimetableRule.DurationRange, "Profile");

    [Fact]
    public void Fractions_of_a_second_are_refused_where_L1_has_none()
    {
        AssertRefused(Continuous with { Genesis = Genesis.AddMilliseconds(1) }, TimetableRule.WholeSeconds, "Genesis");
        AssertRefused(Continuous with { Slot = TimeSpan.FromMilliseconds(36_500) }, TimetableRule.WholeSeconds, "Slot");
        AssertRefused(Continuous with { L1Slot = TimeSpan.FromMilliseconds(1_500) }, TimetableRule.WholeSeconds, "L1Slot");
    }

    [Fact]
    public void A_slot_that_is_no_multiple_of_the_L1_slot_is_refused() =>
        AssertRefused(Pipelined with { Slot = TimeSpan.FromSeconds(40) }, TimetableRule.SlotIsMultipleOfL1Slot, "Slot");

    [Theory]
    [InlineData(999)]
    [InlineData(36_001)]
    public void A_chunk_under_a_second_or_over_a_slot_is_refused(int milliseconds) =>
        AssertRefused(Pipelined with { Chunk = TimeSpan.FromMilliseconds(milliseconds) }, TimetableRule.ChunkDuration, "Chunk");

    [Theory]
    [InlineData(0)]
    [InlineData(12_001)]
    public void A_lead_outside_the_L1_slot_is_refused(int milliseconds)
    {
        AssertRefused(Pipelined with { Lead = TimeSpan.FromMilliseconds(milliseconds) }, TimetableRule.LeadWithinL1Slot, "Lead");
        Assert.Empty(Refusals(Sequential with { Lead = TimeSpan.FromMilliseconds(milliseconds) }));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1025)]
    public void Case_29_A_cap_outside_its_range_is_refused(int cap) =>
        AssertRefused(Pipelined with { MaxChunksPerSlot = cap }, TimetableRule.MaxChunksRange, "MaxChunksPerSlot");

    [Fact]
    public void Continuous_refuses_what_would_leave_a_gap()
    {
        AssertRefused(Continuous with { Chunk = TimeSpan.FromSeconds(5) }, TimetableRule.ContinuousSlotIsMultipleOfChunk, "Chunk");
        AssertRefused(Continuous with { MaxChunksPerSlot = 5 }, TimetableRule.ContinuousCapCoversSlot, "MaxChunksPerSlot");
        AssertRefused(Continuous with { Grace = TimeSpan.FromMilliseconds(11_999) }, TimetableRule.ContinuousGraceCoversAttesting, "Grace");
        Assert.Empty(Refusals(Pipelined with { Chunk = TimeSpan.FromSeconds(5) }));
    }

    [Fact]
    public void Continuous_refuses_a_slot_that_leaves_no_time_for_L1() =>
        AssertRefused(Timing(TimingProfile.Continuous, 12, 12, 4), TimetableRule.L1SendBeforeAttestationDeadline, "Slot");

    [Fact]
    public void A_slot_of_one_L1_slot_leaves_a_sequential_proposer_nothing() =>
        AssertRefused(Timing(TimingProfile.Sequential, 12, 12, 4), TimetableRule.ReceiveWindowNotEmpty, "Slot");

    [Fact]
    public void A_chunk_as_long_as_the_slot_leaves_a_pipelined_proposer_nothing() =>
        AssertRefused(Timing(TimingProfile.Pipelined, 36, 12, 36), TimetableRule.ReceiveWindowNotEmpty, "Slot");

    [Fact]
    public void Negative_budgets_are_refused()
    {
        AssertRefused(Continuous, TimetableRule.DurationRange, "Propagation", LocalBudgets.Cluster with { Propagation = TimeSpan.FromMilliseconds(-1) });
        AssertRefused(Continuous, TimetableRule.DurationRange, "MinChunk", LocalBudgets.Cluster with { MinChunk = TimeSpan.Zero });
    }

    [Fact]
    public void A_shortest_chunk_longer_than_a_chunk_is_refused() =>
        AssertRefused(Pipelined, TimetableRule.MinChunkWithinChunk, "MinChunk", LocalBudgets.Cluster with { MinChunk = TimeSpan.FromMilliseconds(6001) });

    [Theory]
    [InlineData(9)]
    [InlineData(6001)]
    public void A_flashblock_interval_outside_its_range_is_refused(int milliseconds) => AssertRefused(
        Pipelined, TimetableRule.FlashblockInterval, "FlashblockInterval", LocalBudgets.Cluster with { FlashblockInterval = TimeSpan.FromMilliseconds(milliseconds) });

    [Fact]
    public void Budgets_that_leave_no_chunk_are_refused() =>
        AssertRefused(Pipelined, TimetableRule.OneChunkFits, "Slot", LocalBudgets.Network with { Propagation = TimeSpan.FromSeconds(12) });

    [Fact]
    public void Budgets_that_leave_no_time_to_start_are_refused() =>
        AssertRefused(Pipelined, TimetableRule.StartWithinFrame, "MinChunk", LocalBudgets.Network with { Propagation = TimeSpan.FromSeconds(14) });

    [Fact]
    public void Publishing_shorter_than_an_L1_slot_is_refused() => AssertRefused(
        Sequential, TimetableRule.L1PublishingCoversL1Slot, "L1Publishing", LocalBudgets.Cluster with { L1Publishing = TimeSpan.FromMilliseconds(11_999) });

    [Fact]
    public void A_handover_longer_than_a_chunk_is_refused() =>
        AssertRefused(Continuous, TimetableRule.ContinuousHandoverFitsChunk, "Init", LocalBudgets.Cluster with { Init = TimeSpan.FromMilliseconds(4_901) });

    [Fact]
    public void A_round_trip_longer_than_a_chunk_is_refused() => AssertRefused(
        Continuous, TimetableRule.ContinuousRoundTripFitsChunk, "Propagation", LocalBudgets.Cluster with { Propagation = TimeSpan.FromMilliseconds(2_751) });

    [Fact]
    public void A_checkpoint_received_after_the_deadline_is_refused()
    {
        AssertRefused(Continuous, TimetableRule.ReceiveBeforeDeadline, "Propagation", LocalBudgets.Cluster with { Prepare = TimeSpan.FromMilliseconds(5_901) });
        ConsensusTiming late = Sequential with { L1Slot = TimeSpan.FromSeconds(18), Slot = TimeSpan.FromSeconds(36) };
        Assert.Contains(Refusals(late, LocalBudgets.Cluster), r => r.Rule == TimetableRule.L1PublishingCoversL1Slot);
    }

    [Fact]
    public void All_broken_rules_are_listed_and_the_exception_names_them()
    {
        ConsensusTiming timing = Continuous with { Chunk = TimeSpan.FromSeconds(5), Grace = TimeSpan.Zero, Lead = TimeSpan.FromSeconds(13) };
        TimetableRefusal[] refusals = Refusals(timing);
        Assert.Equal(
            [TimetableRule.LeadWithinL1Slot, TimetableRule.ContinuousSlotIsMultipleOfChunk, TimetableRule.ContinuousGraceCoversAttesting],
            refusals.Select(r => r.Rule));
        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => Timetable.Create(timing, LocalBudgets.Cluster).OrThrow());
        Assert.Contains("LeadWithinL1Slot (Lead): 13 s", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Budgets_are_capped_only_on_a_fast_L1()
    {
        Assert.Equal(LocalBudgets.Network, LocalBudgets.Network.CappedFor(TimingProfile.Pipelined, TimeSpan.FromSeconds(8)));
        LocalBudgets capped = LocalBudgets.Network.CappedFor(TimingProfile.Pipelined, TimeSpan.FromMilliseconds(7_999));
        Assert.Equal(("0.5", "0.5", "1", "1"), (Text(capped.Propagation), Text(capped.Prepare), Text(capped.MinChunk), Text(capped.Init)));
        LocalBudgets short1 = LocalBudgets.Cluster with { Prepare = TimeSpan.FromMilliseconds(20), MinChunk = TimeSpan.FromMilliseconds(300) };
        Assert.Equal(short1, short1.CappedFor(TimingProfile.Continuous, TimeSpan.FromSeconds(1)));
    }

    private static void AssertRefused(ConsensusTiming timing, TimetableRule rule, string option, LocalBudgets? budgets = null)
    {
        TimetableRefusal[] refusals = Refusals(timing, budgets);
        Assert.Contains(refusals, r => r.Rule == rule && r.Option == option && r.Message.Length > 10);
    }
}
