using Cloud.Protocol.Time;

namespace Cloud.Protocol.Tests.Time;

public sealed class FlashblockScheduleTests
{
    private static readonly DateTimeOffset End = TimingSettings.Genesis;

    [Theory]
    [InlineData(880, 200, "80 280 480 680 880")]
    [InlineData(300, 200, "100 300")]
    [InlineData(1000, 200, "200 400 600 800 1000")]
    [InlineData(1, 200, "1")]
    [InlineData(200, 200, "200")]
    [InlineData(201, 200, "1 201")]
    [InlineData(0, 200, "0")]
    public void Flashblocks_are_counted_backwards_from_the_end(int remaining, int interval, string expected)
    {
        DateTimeOffset start = End.AddMilliseconds(-remaining);
        FlashblockSchedule schedule = new(start, End, TimeSpan.FromMilliseconds(interval));
        Assert.Equal(expected, string.Join(' ', Enumerable.Range(0, schedule.Count).Select(i => (schedule.ClosesAt(i) - start).TotalMilliseconds)));
        Assert.Equal(End, schedule.ClosesAt(schedule.Count - 1));
    }

    [Fact]
    public void A_start_after_the_end_still_has_one_flashblock_at_the_end()
    {
        FlashblockSchedule schedule = new(End.AddSeconds(1), End, TimeSpan.FromMilliseconds(200));
        Assert.Equal(1, schedule.Count);
        Assert.Equal(End, schedule.ClosesAt(0));
        Assert.Null(schedule.NextAfter(End));
    }

    [Fact]
    public void A_late_start_means_fewer_flashblocks()
    {
        int[] counts = [.. Enumerable.Range(0, 9).Select(lag => new FlashblockSchedule(End.AddMilliseconds(-1000 + (lag * 100)), End, TimeSpan.FromMilliseconds(200)).Count)];
        Assert.Equal([5, 5, 4, 4, 3, 3, 2, 2, 1], counts);
    }

    [Fact]
    public void The_next_flashblock_is_the_first_that_closes_after_now()
    {
        FlashblockSchedule schedule = new(End.AddMilliseconds(-880), End, TimeSpan.FromMilliseconds(200));
        Assert.Equal(0, schedule.NextAfter(End.AddMilliseconds(-2000)));
        Assert.Equal(0, schedule.NextAfter(End.AddMilliseconds(-801)));
        Assert.Equal(1, schedule.NextAfter(End.AddMilliseconds(-800)));
        Assert.Equal(4, schedule.NextAfter(End.AddMilliseconds(-1)));
        Assert.Null(schedule.NextAfter(End));
        for (int i = 0; i < schedule.Count; i++)
        {
            Assert.Equal(i, schedule.NextAfter(schedule.ClosesAt(i).AddTicks(-1)));
        }
    }

    [Theory]
    [InlineData(1000, "100 200 400 600 800 1000")]
    [InlineData(920, "100 120 320 520 720 920")]
    [InlineData(880, "80 280 480 680 880")]
    [InlineData(90, "90")]
    public void One_more_flashblock_closes_early_where_the_first_is_not_earlier_anyway(int remaining, string expected)
    {
        DateTimeOffset start = End.AddMilliseconds(-remaining);
        FlashblockSchedule schedule = new(start, End, TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(100));
        Assert.Equal(expected, string.Join(' ', Enumerable.Range(0, schedule.Count).Select(i => (schedule.ClosesAt(i) - start).TotalMilliseconds)));
        Assert.Equal(0, schedule.NextAfter(start.AddSeconds(-1)));
        for (int i = 0; i < schedule.Count; i++)
        {
            Assert.Equal(i, schedule.NextAfter(schedule.ClosesAt(i).AddTicks(-1)));
            Assert.Equal(i + 1 < schedule.Count ? i + 1 : null, schedule.NextAfter(schedule.ClosesAt(i)));
        }
    }

    [Fact]
    public void A_slot_that_is_handed_over_without_a_pause_begins_with_one_more_flashblock()
    {
        Timetable continuous = Timetable.Local(End);
        TimeWindow chunk = continuous.BuildWindow(12, 0);
        Assert.Equal(chunk.Start.AddMilliseconds(100), continuous.Flashblocks(chunk.Start, chunk.End, isFirstOfSlot: true).ClosesAt(0));
        Assert.Equal(chunk.Start.AddMilliseconds(200), continuous.Flashblocks(chunk.Start, chunk.End).ClosesAt(0));
        Timetable pipelined = Timetable.Local(End, TimingProfile.Pipelined);
        chunk = pipelined.BuildWindow(12, 0);
        Assert.Equal(chunk.Start.AddMilliseconds(200), pipelined.Flashblocks(chunk.Start, chunk.End, isFirstOfSlot: true).ClosesAt(0));
    }

    [Fact]
    public void A_chunk_of_two_seconds_has_ten_flashblocks_on_both_presets()
    {
        Timetable local = Timetable.Local(End);
        TimeWindow chunk = local.BuildWindow(12, 3);
        Assert.Equal(10, local.Flashblocks(chunk.Start, chunk.End).Count);
        Timetable hosted = Timetable.Hosted(End);
        chunk = hosted.BuildWindow(12, 3);
        Assert.Equal(30, hosted.Flashblocks(chunk.Start, chunk.End).Count);
    }
}
