using Cloud.Protocol.Time;
using static Cloud.Protocol.Tests.Time.TimingSettings;

namespace Cloud.Protocol.Tests.Time;

/// <summary>What happens when something is late (building-in-chunks 1.4): slots of 72 s, chunks of 8 s, so seven chunks that end 9, 17 ... 57 s into the frame.</summary>
public sealed class TimetableLatenessTests
{
    private const ulong Slot = 40;
    private static readonly Timetable Table = TimingSettings.Table(TimingProfile.Pipelined, 72, 12, 8);

    [Fact]
    public void Case_25_A_proposer_on_time_builds_all_seven_chunks()
    {
        Assert.Equal(7, Table.ChunksPerSlot);
        Assert.Equal("9 17 25 33 41 49 57", Run("1", _ => TimeSpan.FromSeconds(8)));
    }

    [Fact]
    public void An_early_start_lengthens_the_first_chunk_and_moves_no_deadline()
    {
        NextChunk.Build first = Assert.IsType<NextChunk.Build>(Choose(-1, "0.2"));
        Assert.Equal((0, "0.2", "7", "9", false), Short(first));
        NextChunk.Build tooEarly = Assert.IsType<NextChunk.Build>(Choose(-1, "-3"));
        Assert.Equal((0, "0", "7", "9", false), Short(tooEarly));
    }

    [Theory]
    [InlineData("6.9", 0, "9")]
    [InlineData("7", 0, "9")]
    [InlineData("7.001", 1, "17")]
    [InlineData("40", 5, "49")]
    [InlineData("55", 6, "57")]
    public void A_late_start_builds_a_shorter_chunk_or_skips_the_window(string now, int subSlot, string deadline)
    {
        NextChunk.Build build = Assert.IsType<NextChunk.Build>(Choose(-1, now));
        Assert.Equal((subSlot, now, deadline), (build.SubSlot, At(build.StartAt), At(build.Deadline)));
        Assert.Equal(subSlot == 6, build.IsLast);
    }

    [Theory]
    [InlineData("55.001")]
    [InlineData("58")]
    [InlineData("100")]
    public void Case_26_With_no_window_left_the_slot_is_closed(string now) => Assert.IsType<NextChunk.Stop>(Choose(-1, now));

    [Fact]
    public void Case_26_A_start_at_forty_seconds_gives_two_chunks() => Assert.Equal("49 57", Run("40", _ => TimeSpan.FromSeconds(1)));

    [Fact]
    public void Case_26_A_chunk_that_ends_early_waits_for_its_deadline()
    {
        NextChunk.Build second = Assert.IsType<NextChunk.Build>(Choose(0, "4"));
        Assert.Equal((1, "9", "15", "17", false), Short(second));
    }

    [Theory]
    [InlineData(10, "9 17 25 33 41 49 57")]
    [InlineData(49, "9 57")]
    [InlineData(60, "9")]
    public void Case_27_An_overrun_of_the_first_chunk_skips_what_is_past_and_does_not_cascade(int firstTakes, string deadlines) =>
        Assert.Equal(deadlines, Run("1", subSlot => TimeSpan.FromSeconds(subSlot == 0 ? firstTakes : 6)));

    [Fact]
    public void Case_27_Chunks_that_each_take_a_second_too_long_lose_at_most_one_window()
    {
        string deadlines = Run("1", _ => TimeSpan.FromSeconds(9));
        Assert.InRange(deadlines.Split(' ').Length, 6, 7);
    }

    [Fact]
    public void Case_28_After_the_last_chunk_a_chunk_of_time_is_left_for_its_re_execution_before_the_planned_send()
    {
        ProposerDeadlines plan = Table.Deadlines(Slot);
        Assert.Equal(Table.Consensus.Timing.Chunk, plan.ValidationDone - plan.CheckpointReceived);
        Assert.True(plan.ValidationDone < Table.Consensus.AttestationDeadline(Slot));
    }

    [Fact]
    public void Case_29_The_network_cap_limits_the_chunks_and_shows_that_it_binds()
    {
        ConsensusTiming timing = Timing(TimingProfile.Pipelined, 72, 12, 8);
        Timetable below = Timetable.Create(timing with { MaxChunksPerSlot = 3 }, LocalBudgets.Network).OrThrow();
        Timetable above = Timetable.Create(timing with { MaxChunksPerSlot = 24 }, LocalBudgets.Network).OrThrow();
        Assert.Equal((3, 7), (below.ChunksPerSlot, below.ChunksThatFit));
        Assert.Equal((7, 7), (above.ChunksPerSlot, above.ChunksThatFit));
        Assert.True(Assert.IsType<NextChunk.Build>(below.ChooseNext(Slot, 1, below.Consensus.FrameStart(Slot))).IsLast);
    }

    [Fact]
    public void Case_29_Local_budgets_do_not_change_what_is_accepted()
    {
        ConsensusTiming timing = Timing(TimingProfile.Pipelined, 72, 12, 8);
        ConsensusTimetable slow = Timetable.Create(timing, LocalBudgets.Network).OrThrow().Consensus;
        ConsensusTimetable fast = Timetable.Create(timing, LocalBudgets.Cluster).OrThrow().Consensus;
        Assert.Equal(slow.ChunkWindow(7, 2), fast.ChunkWindow(7, 2));
        Assert.Equal(slow.AttestationDeadline(7), fast.AttestationDeadline(7));
        Assert.Equal(slow.SyncedDeadline(7), fast.SyncedDeadline(7));
    }

    [Fact]
    public void Instants_beyond_the_calendar_are_clamped()
    {
        Assert.Equal(DateTimeOffset.MaxValue, Table.Consensus.SlotStart(ulong.MaxValue));
        Assert.Equal(DateTimeOffset.MaxValue, Table.Deadlines(ulong.MaxValue).Orphaned);
        Assert.Equal(DateTimeOffset.MaxValue, Table.Consensus.SyncedDeadline(ulong.MaxValue));
        Assert.Equal(DateTimeOffset.MaxValue, Table.Consensus.ChunkAttestationWindow(ulong.MaxValue, uint.MaxValue).Start);
        Assert.True(Table.Consensus.FrameStart(0) < Genesis);
    }

    [Theory]
    [InlineData("-6.001", null, 0ul)]
    [InlineData("-6", null, 1ul)]
    [InlineData("0", 0ul, 1ul)]
    [InlineData("65.999", 0ul, 1ul)]
    [InlineData("66", 0ul, 2ul)]
    [InlineData("72", 1ul, 2ul)]
    public void The_running_slot_and_the_building_slot(string sinceGenesis, ulong? running, ulong? building)
    {
        DateTimeOffset now = Genesis + Seconds(sinceGenesis);
        Assert.Equal(running, Table.Consensus.SlotAt(now));
        Assert.Equal(building, Table.Consensus.BuildingSlotAt(now));
    }

    [Fact]
    public void Case_24_No_slot_is_built_before_the_first_frame()
    {
        DateTimeOffset first = Table.Consensus.FrameStart(0);
        Assert.Null(Table.Consensus.BuildingSlotAt(first.AddTicks(-1)));
        Assert.Equal(0ul, Table.Consensus.BuildingSlotAt(first));
    }

    private static NextChunk Choose(int previous, string now) => Table.ChooseNext(Slot, previous, Table.Consensus.FrameStart(Slot) + Seconds(now));

    private static string At(DateTimeOffset instant) => Text(instant - Table.Consensus.FrameStart(Slot));

    private static (int SubSlot, string StartAt, string WaitUntil, string Deadline, bool IsLast) Short(NextChunk.Build build) =>
        (build.SubSlot, At(build.StartAt), At(build.WaitForTransactionsUntil), At(build.Deadline), build.IsLast);

    // Builds until no window is left; each chunk takes as long as the function says, counted from its start.
    private static string Run(string start, Func<int, TimeSpan> takes)
    {
        List<string> deadlines = [];
        DateTimeOffset now = Table.Consensus.FrameStart(Slot) + Seconds(start);
        int previous = -1;
        while (Table.ChooseNext(Slot, previous, now) is NextChunk.Build build)
        {
            deadlines.Add(At(build.Deadline));
            now = build.StartAt + takes(build.SubSlot);
            previous = build.SubSlot;
        }

        return string.Join(' ', deadlines);
    }
}
