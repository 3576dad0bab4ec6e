using Cloud.Protocol.Time;
using static Cloud.Protocol.Tests.Time.TimingSettings;

namespace Cloud.Protocol.Tests.Time;

/// <summary>Every worked example of building-in-chunks 1.2 and 1.3.</summary>
public sealed class TimetableTableTests
{
    [Theory]
    [InlineData(72, 12, 8, 12, 2, "2", 5, "10 18 26 34 42", "56", "60")]
    [InlineData(72, 12, 6, 12, 1, "1", 8, "7 13 19 25 31 37 43 49", "56", "60")]
    [InlineData(72, 12, 6, 36, 1, "1", 4, "7 13 19 25", "32", "36")]
    [InlineData(36, 12, 6, 12, 1, "1", 2, "7 13", "20", "24")]
    [InlineData(36, 12, 3, 12, 1, "1", 5, "4 7 10 13 16", "20", "24")]
    [InlineData(36, 4, 6, 4, 1, "0.5", 4, "6.5 12.5 18.5 24.5", "32", "32")]
    [InlineData(24, 12, 3, 12, 1, "1", 1, "4", "8", "12")]
    public void Sequential_rows(
        int slot, int l1Slot, int chunk, int l1Publishing, int initBudget, string init, int max, string deadlines, string attestGate, string publishGate)
    {
        LocalBudgets budgets = LocalBudgets.Network with { L1Publishing = TimeSpan.FromSeconds(l1Publishing), Init = TimeSpan.FromSeconds(initBudget) };
        Timetable table = Table(TimingProfile.Sequential, slot, l1Slot, chunk, budgets);
        const ulong number = 1000;
        DateTimeOffset start = table.Consensus.SlotStart(number);
        Assert.Equal(init, Text(table.Budgets.Init));
        Assert.Equal(max, table.ChunksPerSlot);
        Assert.Equal(deadlines, BuildDeadlines(table, number, start));
        Assert.Equal(attestGate, Text(table.Deadlines(number).CollectBy - start));
        Assert.Equal(publishGate, Text(table.Deadlines(number).PublishBy - start));
        Assert.Equal(publishGate, Text(table.Deadlines(number).L1Send - start));
    }

    [Theory]
    [InlineData(72, 12, 6, "6", 10, "7 13 19 25 31 37 43 49 55 61", "59", "61", "62", "64", "66", "-12", "72", "67", "84", "6", "132", "54", "11")]
    [InlineData(
        72, 12, 3, "6", 21, "4 7 10 13 16 19 22 25 28 31 34 37 40 43 46 49 52 55 58 61 64", "62", "64", "65", "67", "69", "-9", "72", "70", "78", "0", "132", "54", "8")]
    [InlineData(72, 12, 12, "6", 4, "13 25 37 49", "53", "55", "56", "58", "60", "-18", "72", "61", "96", "18", "132", "54", "17")]
    [InlineData(36, 12, 6, "6", 4, "7 13 19 25", "23", "25", "26", "28", "30", "-12", "36", "31", "48", "6", "60", "18", "11")]
    [InlineData(36, 12, 3, "6", 9, "4 7 10 13 16 19 22 25 28", "26", "28", "29", "31", "33", "-9", "36", "34", "42", "0", "60", "18", "8")]
    [InlineData(36, 4, 6, "2", 4, "7 13 19 25", "27.5", "28.5", "29", "29.5", "30", "-8", "36", "31", "48", "10", "68", "30", "7.5")]
    [InlineData(36, 4, 8, "2", 3, "9 17 25", "25.5", "26.5", "27", "27.5", "28", "-10", "36", "29", "52", "14", "68", "30", "9.5")]
    [InlineData(24, 4, 4, "2", 4, "5 9 13 17", "17.5", "18.5", "19", "19.5", "20", "-6", "24", "21", "32", "6", "44", "18", "5.5")]
    [InlineData(24, 12, 3, "6", 5, "4 7 10 13 16", "14", "16", "17", "19", "21", "-9", "24", "22", "30", "0", "36", "6", "8")]
    public void Pipelined_rows(
        int slot,
        int l1Slot,
        int chunk,
        string lead,
        int max,
        string deadlines,
        string startDeadline,
        string lastChunk,
        string send,
        string received,
        string receiveDeadline,
        string receiveDeadlineFromSlot,
        string l1Send,
        string orphaned,
        string synced,
        string syncedFromSlot,
        string attestation,
        string attestationFromSlot,
        string deadZone)
    {
        Timetable table = Table(TimingProfile.Pipelined, slot, l1Slot, chunk);
        const ulong number = 1000;
        ConsensusTimetable consensus = table.Consensus;
        DateTimeOffset slotStart = consensus.SlotStart(number);
        DateTimeOffset frame = consensus.FrameStart(number);
        ProposerDeadlines plan = table.Deadlines(number);
        Assert.Equal(lead, Text(consensus.Timing.Lead));
        Assert.Equal(slot, (slotStart - frame - consensus.Timing.Lead).TotalSeconds);
        Assert.Equal(frame, plan.FrameStart);
        Assert.Equal(max, table.ChunksPerSlot);
        Assert.Equal(deadlines, BuildDeadlines(table, number, frame));
        Assert.Equal(startDeadline, Text(plan.Start - frame));
        Assert.Equal(lastChunk, Text(plan.LastChunk - frame));
        Assert.Equal(send, Text(plan.CheckpointSend - frame));
        Assert.Equal(received, Text(plan.CheckpointReceived - frame));
        Assert.Equal(receiveDeadline, Text(consensus.ReceiveDeadline(number) - frame));
        Assert.Equal(receiveDeadlineFromSlot, Text(consensus.ReceiveDeadline(number) - slotStart));
        Assert.Equal(consensus.FrameStart(number), consensus.ChunkWindow(number, 3).Start);
        Assert.Equal(consensus.ReceiveDeadline(number), consensus.ChunkWindow(number, 3).End);
        Assert.Equal(consensus.ChunkWindow(number, 3), consensus.CheckpointWindow(number));
        Assert.Equal(l1Send, Text(plan.L1Send - frame));
        Assert.Equal(plan.L1Send, consensus.PlannedL1Send(number));
        Assert.Equal(plan.L1Send, consensus.EarliestL1Send(number));
        Assert.Equal(orphaned, Text(plan.Orphaned - frame));
        Assert.Equal(synced, Text(consensus.SyncedDeadline(number) - frame));
        Assert.Equal(syncedFromSlot, Text(consensus.SyncedDeadline(number) - slotStart));
        Assert.Equal(attestation, Text(consensus.AttestationDeadline(number) - frame));
        Assert.Equal(attestationFromSlot, Text(consensus.AttestationDeadline(number) - slotStart));
        Assert.Equal(deadZone, Text(table.DeadZone));
        Assert.Equal(new TimeWindow(frame, consensus.AttestationDeadline(number)), consensus.CheckpointAttestationWindow(number));
    }

    [Fact]
    public void A_lead_of_a_whole_L1_slot_moves_the_frame_and_nothing_in_it()
    {
        ConsensusTiming timing = Timing(TimingProfile.Pipelined, 72, 12, 6);
        Timetable whole = Timetable.Create(timing with { Lead = TimeSpan.FromSeconds(12) }, LocalBudgets.Network).OrThrow();
        Timetable half = Timetable.Create(timing, LocalBudgets.Network).OrThrow();
        DateTimeOffset slotStart = whole.Consensus.SlotStart(9);
        Assert.Equal("-20", Text(whole.Consensus.ReceiveDeadline(9) - slotStart - TimeSpan.FromSeconds(2)));
        Assert.Equal("-18", Text(whole.Consensus.ReceiveDeadline(9) - slotStart));
        Assert.Equal("-12", Text(whole.Deadlines(9).L1Send - slotStart));
        Assert.Equal("48", Text(whole.Consensus.AttestationDeadline(9) - slotStart));
        Assert.Equal(half.Deadlines(9).Start - half.Consensus.FrameStart(9), whole.Deadlines(9).Start - whole.Consensus.FrameStart(9));
        Assert.Equal(half.DeadZone, whole.DeadZone);
    }

    [Theory]
    [InlineData(4, 2)]
    [InlineData(8, 4)]
    [InlineData(12, 6)]
    [InlineData(1, 1)]
    [InlineData(30, 6)]
    public void Case_24_Default_lead_is_half_an_L1_slot_between_one_and_six_seconds(int l1Slot, int lead) =>
        Assert.Equal(TimeSpan.FromSeconds(lead), ConsensusTiming.DefaultLead(TimeSpan.FromSeconds(l1Slot)));

    [Fact]
    public void Case_24_Synced_deadline_is_rounded_up_to_a_whole_second()
    {
        ConsensusTiming timing = Timing(TimingProfile.Pipelined, 36, 12, 6) with { Grace = TimeSpan.FromMilliseconds(12_001) };
        ConsensusTimetable table = ConsensusTimetable.Create(timing).OrThrow();
        Assert.Equal("7", Text(table.SyncedDeadline(5) - table.SlotStart(5)));
    }

    [Fact]
    public void Sequential_start_deadline_leaves_two_short_chunks_and_the_end_of_the_slot()
    {
        Timetable table = Table(TimingProfile.Sequential, 72, 12, 6);

        // init 1 + 2 x 2 + prepare 1 + 2 x 2 propagation + L1 12 = 22 before the end.
        Assert.Equal("50", Text(table.Deadlines(3).Start - table.Consensus.SlotStart(3)));
    }

    private static string BuildDeadlines(Timetable table, ulong slot, DateTimeOffset from) =>
        string.Join(' ', Enumerable.Range(0, table.ChunksPerSlot).Select(k => Text(table.BuildWindow(slot, k).End - from)));
}
