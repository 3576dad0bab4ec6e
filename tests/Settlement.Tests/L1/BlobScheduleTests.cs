using Cloud.Protocol.Primitives;
using Cloud.Settlement.L1;
using Cloud.Settlement.Tests.Support;

namespace Cloud.Settlement.Tests.L1;

[Collection(AnvilCollection.Name)]
public sealed class BlobScheduleTests(Anvil anvil)
{
    private static readonly BlobSchedule Main = BlobSchedule.Of(
    [
        new BlobParameters(0, 3, 6, 3_338_477), new BlobParameters(1_746_612_311, 6, 9, 5_007_716), new BlobParameters(1_765_290_071, 10, 15, 8_346_193),
    ])!;

    [Theory]
    [InlineData(0UL, 1UL)]
    [InlineData(2_314_058UL, 2UL)]
    [InlineData(10_000_000UL, 19UL)]
    [InlineData(100_000_000UL, 10_203_769_476_395UL)]
    public void The_price_rises_exponentially_with_the_excess(ulong excess, ulong price) => Assert.Equal((UInt256)price, Main.PriceOf(excess, 0));

    [Fact]
    public void The_fork_in_force_is_told_by_the_time()
    {
        Assert.Equal(3UL, Main.At(0).Target);
        Assert.Equal(6UL, Main.At(1_746_612_311).Target);
        Assert.Equal(10UL, Main.At(1_800_000_000).Target);
    }

    [Fact]
    public void Excess_falls_by_the_target_and_under_the_reserve_price_it_does_not()
    {
        const ulong Blob = 131_072;
        Assert.Equal(0UL, Main.NextExcess(Blob, Blob, UInt256.One, 0));
        Assert.Equal(100 * Blob, Main.NextExcess(100 * Blob, 3 * Blob, UInt256.One, 0));
        Assert.Equal(98 * Blob, Main.NextExcess(100 * Blob, Blob, UInt256.One, 0));
        Assert.Equal((100 * Blob) + (Blob / 2), Main.NextExcess(100 * Blob, Blob, 1_000_000_000_000UL, 0));
    }

    [Fact]
    public void Nonsense_is_no_schedule()
    {
        Assert.Null(BlobSchedule.Of([]));
        Assert.Null(BlobSchedule.Of([new BlobParameters(0, 6, 3, 5)]));
        Assert.Null(BlobSchedule.Of([new BlobParameters(0, 3, 6, 0)]));
    }

    [Fact]
    [Trait("Category", "EndToEnd")]
    public async Task A_nodes_configuration_is_read()
    {
        BlobSchedule read = (await anvil.Client.GetBlobScheduleAsync(TestContext.Current.CancellationToken)).Require();
        Assert.Equal((6UL, 9UL, 5_007_716UL), (read.At(ulong.MaxValue).Target, read.At(ulong.MaxValue).Max, read.At(ulong.MaxValue).UpdateFraction));
    }
}
