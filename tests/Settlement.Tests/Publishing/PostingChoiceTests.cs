using System.Collections.Immutable;
using Cloud.Settlement.L1;
using Cloud.Settlement.Publishing;

namespace Cloud.Settlement.Tests.Publishing;

public sealed class PostingChoiceTests
{
    private const ulong Gwei = 1_000_000_000;
    private static readonly BlobSchedule Schedule = BlobSchedule.Of([new BlobParameters(0, 6, 9, 5_007_716)])!;
    private static readonly PublicationJob Job = new(default, 1, Deadline: 1_000_240, GasLimit: 200_000, Blobs: 3);

    [Fact]
    public void Usual_prices_are_paid_at_once() => Assert.IsType<PostingDecision.Post>(Decide(Gwei, new PublishingPolicy()));

    [Fact]
    public void A_spike_is_waited_out_while_there_is_time()
    {
        PostingDecision.Wait wait = Assert.IsType<PostingDecision.Wait>(Decide(80 * Gwei, new PublishingPolicy()));
        Assert.True(wait.Blocks > 1 && !wait.Saving.IsZero);
    }

    [Fact]
    public void A_delay_that_costs_more_than_it_saves_is_not_taken() =>
        Assert.IsType<PostingDecision.Post>(Decide(80 * Gwei, new PublishingPolicy { DelayCost = Gwei * Gwei }));

    [Fact]
    public void Near_the_deadline_every_price_is_paid() =>
        Assert.IsType<PostingDecision.Post>(Decide(80 * Gwei, new PublishingPolicy(), Job with { Deadline = 1_000_036 }));

    [Fact]
    public void An_operator_can_switch_waiting_off() => Assert.IsType<PostingDecision.Post>(Decide(80 * Gwei, new PublishingPolicy { MaxWaitBlocks = 0 }));

    private static PostingDecision Decide(ulong baseFee, PublishingPolicy policy, PublicationJob? job = null)
    {
        ImmutableArray<L1Block> recent = [.. Enumerable.Range(0, 32).Select(i => new L1Block(
            (ulong)i, default, default, 1_000_000 - (12 * (ulong)(31 - i)), i == 31 ? baseFee : Gwei, 30_000_000, 6 * 131_072, 0))];
        return PostingChoice.Decide(job ?? Job, recent, new MarketFees(baseFee, Gwei, Schedule.NextPrice(recent[^1], 12)), Schedule, policy);
    }
}
