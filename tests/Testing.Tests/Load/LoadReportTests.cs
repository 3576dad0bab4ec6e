using System.Collections.Immutable;
using Cloud.Testing.Load;

namespace Cloud.Testing.Tests.Load;

public sealed class LoadReportTests
{
    private static readonly LoadReport Good = new()
    {
        Submitted = 100,
        Lost = 0,
        Unfinalized = 3,
        Broken = 0,
        Chunks = 12,
        CheckpointsLanded = 2,
        Slots = 2,
        SlotsWithoutCheckpoint = [],
        L1GasPerPropose = 50_000,
        L1GasPerTx = 1_000,
        L1WeiPerTx = "1",
        Blobs = 2,
        BlobFill = 0.5,
        MaxChunkGapMs = 10,
        RssMiB = 100,
        MemoryGrowth = [],
        CpuPercent = 10,
        Reorgs = 0,
        Refused = 0,
        Refusals = ImmutableSortedDictionary<string, int>.Empty,
        LostStatuses = ImmutableSortedDictionary<string, int>.Empty,
        DurationSeconds = 24,
        IsComplete = true,
    };

    [Fact]
    public void A_run_is_good_where_nothing_was_lost_broken_missed_or_grew() => Assert.Empty(Good.Failures());

    [Fact]
    public void Each_thing_that_went_wrong_is_a_sentence_of_its_own()
    {
        Assert.Equal(["no transaction was accepted"], (Good with { Submitted = 0 }).Failures());
        Assert.Equal(["of 100 accepted transactions 2 are lost, and 0 promises are broken"], (Good with { Lost = 2 }).Failures());
        Assert.Equal(["of 100 accepted transactions 0 are lost, and 1 promises are broken: pruned"], (Good with { Broken = 1, BrokenWhy = "pruned" }).Failures());
        Assert.Equal(["of 2 slots 1 have no checkpoint on L1: 7"], (Good with { SlotsWithoutCheckpoint = [7] }).Failures());
        Assert.Equal(["memory is not flat: it grew"], (Good with { MemoryGrowth = ["it grew"] }).Failures());
        Assert.Equal(["the report is not complete: the meter could not follow the chain's events"], (Good with { IsComplete = false }).Failures());
        Assert.False((Good with { SlotsWithoutCheckpoint = [7] }).IsGood);
    }
}
