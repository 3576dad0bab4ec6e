using System.Collections.Immutable;
using System.Numerics;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.L1;
using Cloud.Settlement.Transactions;

namespace Cloud.Settlement.Publishing;

/// <summary>Chooses between posting now and waiting for lower prices by the cost of delay. Pure.</summary>
/// <remarks>
/// A checkpoint's blobs are fixed when its proposer signs them, so waiting cannot fill them; what waiting can do inside the checkpoint's window is let a spike pass. Blob gas is forecast from its
/// excess and the schedule, with blocks as full as recent ones; the base fee is taken to fall back to its recent mean by an eighth of the distance with each block.
/// </remarks>
public static class PostingChoice
{
    /// <summary>The transaction's usual use of gas.</summary>
    public const ulong TypicalGas = 60_000;

    /// <summary>Decides.</summary>
    /// <param name="job">The publication.</param>
    /// <param name="recent">The newest blocks of L1, oldest first, at least one.</param>
    /// <param name="market">What L1 charges now.</param>
    /// <param name="schedule">How L1 prices blob gas.</param>
    /// <param name="policy">The cost of delay, and the margin before the deadline.</param>
    /// <returns>Post or wait.</returns>
    public static PostingDecision Decide(PublicationJob job, ImmutableArray<L1Block> recent, in MarketFees market, BlobSchedule schedule, PublishingPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(policy);
        L1Block head = recent[^1];
        ulong margin = policy.MarginBlocks * policy.L1BlockTime;
        ulong latest = job.Deadline > margin ? job.Deadline - margin : 0;
        ulong blocks = head.Timestamp < latest ? Math.Min((latest - head.Timestamp) / policy.L1BlockTime, policy.MaxWaitBlocks + 1) : 0;
        if (blocks < 2 || policy.MaxWaitBlocks == 0)
        {
            return new PostingDecision.Post();
        }

        BigInteger meanFee = 0;
        ulong meanBlobGas = 0;
        foreach (L1Block block in recent)
        {
            meanFee += (BigInteger)block.BaseFeePerGas;
            meanBlobGas += block.BlobGasUsed / (ulong)recent.Length;
        }

        meanFee /= recent.Length;
        BigInteger now = Cost(job, (BigInteger)market.BaseFee, market, market.BlobBaseFee);
        BigInteger best = now;
        int bestBlocks = 0;
        BigInteger baseFee = (BigInteger)market.BaseFee;
        for (int wait = 1; wait < (int)blocks; wait++)
        {
            // Only falls are counted on: a mean above the present fee is no reason to hurry or to wait.
            baseFee = baseFee > meanFee ? baseFee - ((baseFee - meanFee) / 8) : baseFee;
            UInt256 blobFee = schedule.Forecast(head, wait + 1, meanBlobGas, policy.L1BlockTime);
            BigInteger cost = Cost(job, baseFee, market, blobFee) + ((BigInteger)policy.DelayCost * policy.L1BlockTime * (ulong)wait);
            if (cost < best)
            {
                best = cost;
                bestBlocks = wait;
            }
        }

        // A saving that is small is not worth the risk that the forecast is wrong.
        BigInteger saving = now - best;
        return bestBlocks > 0 && saving * 10 >= now ? new PostingDecision.Wait(bestBlocks, (UInt256)saving) : new PostingDecision.Post();
    }

    /// <summary>What a publication costs at given prices.</summary>
    /// <param name="job">The publication.</param>
    /// <param name="market">The prices.</param>
    /// <returns>Wei.</returns>
    public static UInt256 Cost(PublicationJob job, in MarketFees market)
    {
        ArgumentNullException.ThrowIfNull(job);
        return (UInt256)Cost(job, (BigInteger)market.BaseFee, market, market.BlobBaseFee);
    }

    private static BigInteger Cost(PublicationJob job, BigInteger baseFee, in MarketFees market, in UInt256 blobFee) =>
        (TypicalGas * (baseFee + (BigInteger)market.Tip)) + ((BigInteger)blobFee * BlobSidecar.GasPerBlob * (ulong)job.Blobs);
}
