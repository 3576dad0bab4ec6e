using Cloud.Protocol.Primitives;
using Cloud.Replica.Chain;
using Cloud.Replica.Node;
using Cloud.Replica.Statuses;

namespace Cloud.Grains.Tests.Pipeline;

[Trait("Category", "EndToEnd")]
public sealed class RealTimePipelineTests
{
    [Fact]
    public async Task A_transaction_becomes_preconfirmed_attested_and_checkpointed_in_real_time()
    {
        await using RealTimePipeline pipeline = new(validators: 4);
        await pipeline.StartAsync();
        ReplicaNode replica = pipeline.Node().Replica;
        List<Hash256> sent = [];
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(40));
        for (ulong nonce = 0; nonce < 100; nonce++)
        {
            for (int user = 0; user < 4; user++)
            {
                sent.Add(Assert.IsType<SubmitOutcome.Accepted>(await replica.SubmitAsync(pipeline.Transfer(user, nonce).Memory)).Hash);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }

        while (!sent.TrueForAll(hash => replica.FindReport(in hash)?.Status is TransactionStatus.Checkpointed or TransactionStatus.Proven or TransactionStatus.Finalized))
        {
            if (limit.IsCancellationRequested)
            {
                Assert.Fail(string.Join("\n", sent.GroupBy(hash => replica.FindReport(in hash)?.Status.GetType().Name).Select(group => $"{group.Key}: {group.Count()}"))
                    + $"\ntips {replica.View.Tips}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        TipSet tips = replica.View.Tips;
        Assert.True(tips.Checkpointed.Number > 0);
    }
}
