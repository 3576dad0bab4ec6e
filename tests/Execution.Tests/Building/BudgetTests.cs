using Cloud.Execution.Building;
using Cloud.Protocol.Primitives;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Execution.Tests.Building;

public sealed class BudgetTests
{
    private static readonly ChunkLimits Unbounded = new(ulong.MaxValue, int.MaxValue, long.MaxValue);

    [Theory]
    [InlineData(0, 18_750_000)]
    [InlineData(1, 37_500_000)]
    [InlineData(4, 93_750_000)]
    [InlineData(9, 187_500_000)]
    public void Flashblocks_share_gas_and_data_cumulatively(int number, ulong gas)
    {
        ChunkLimits budget = FlashblockBudget.Through(new ChunkLimits(187_500_000, 7, 187_500_000), number, 10);
        Assert.Equal(new ChunkLimits(gas, 7, (long)gas), budget);
    }

    [Fact]
    public void The_last_flashblock_may_use_everything_and_budgets_never_shrink() =>
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(ArbMap.Default.ArbFor<(ulong Gas, uint Data, byte Count)>(), input =>
        {
            ChunkLimits chunk = new(input.Gas, 5, input.Data);
            int count = input.Count + 1;
            ChunkLimits before = default;
            for (int i = 0; i < count; i++)
            {
                ChunkLimits budget = FlashblockBudget.Through(chunk, i, count);
                Assert.True(budget.Gas >= before.Gas && budget.Data >= before.Data);
                before = budget;
            }

            Assert.Equal(chunk, before);
        }));

    [Theory]
    [InlineData(0, 10, 18_000_000)]
    [InlineData(0, 9, 20_000_000)]
    [InlineData(18_000_000, 9, 17_600_000)]
    [InlineData(100_000_000, 1, 50_000_000)]
    [InlineData(0, 0, 150_000_000)]
    [InlineData(150_000_000, 5, 0)]
    [InlineData(160_000_000, 5, 0)]
    public void A_chunk_takes_at_most_its_share_of_what_the_checkpoint_has_left(ulong used, int chunksLeft, ulong gas)
    {
        ChunkLimits next = CheckpointBudget.Next(new ChunkLimits(150_000_000, 1000, 1000), new ChunkLimits(used, 0, 0), chunksLeft, Unbounded);
        Assert.Equal(gas, next.Gas);
    }

    [Fact]
    public void Data_has_a_larger_multiplier_and_shares_are_rounded_up() =>
        Assert.Equal(new ChunkLimits(12, 9, 113), CheckpointBudget.Next(new ChunkLimits(100, 72, 750), default, 10, Unbounded));

    [Fact]
    public void The_cap_of_a_chunk_holds_in_any_case() =>
        Assert.Equal(new ChunkLimits(5, 6, 7), CheckpointBudget.Next(new ChunkLimits(1000, 1000, 1000), default, 1, new ChunkLimits(5, 6, 7)));

    [Fact]
    public void Chunks_that_take_their_whole_share_leave_exactly_nothing_at_the_end() =>
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(ArbMap.Default.ArbFor<(uint Gas, ushort Transactions, uint Data, byte Count)>(), input =>
        {
            ChunkLimits checkpoint = new(input.Gas, input.Transactions, input.Data);
            ChunkLimits used = default;
            for (int left = input.Count + 1; left > 0; left--)
            {
                ChunkLimits next = CheckpointBudget.Next(checkpoint, used, left, Unbounded);
                used = new ChunkLimits(used.Gas + next.Gas, used.Transactions + next.Transactions, used.Data + next.Data);
            }

            Assert.Equal(checkpoint, used);
        }));

    [Theory]
    [InlineData(1_000_000_000, 15_000_000, 1_000_000_000)]
    [InlineData(1_000_000_000, 30_000_000, 1_125_000_000)]
    [InlineData(1_000_000_000, 0, 875_000_000)]
    [InlineData(1_000_000_000, 22_500_000, 1_062_500_000)]
    [InlineData(1, 15_000_001, 2)]
    [InlineData(7, 0, 7)]
    [InlineData(0, 30_000_000, 1)]
    public void The_base_fee_follows_the_gas_used(ulong parent, ulong used, ulong next) =>
        Assert.Equal((UInt256)next, BaseFee.Next(parent, used, 30_000_000));
}
