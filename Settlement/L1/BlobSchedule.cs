using System.Collections.Immutable;
using System.Numerics;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Transactions;

namespace Cloud.Settlement.L1;

/// <summary>How L1 prices blob gas, now and after the forks that are planned. Pure: it forecasts from a block's header.</summary>
public sealed class BlobSchedule
{
    /// <summary>Execution gas whose price is the least that a blob is worth (EIP-7918).</summary>
    private const ulong BlobBaseCost = 8_192;

    private readonly ImmutableArray<BlobParameters> _forks;

    private BlobSchedule(ImmutableArray<BlobParameters> forks) => _forks = forks;

    /// <summary>Makes a schedule.</summary>
    /// <param name="forks">At least one; several of one time count once.</param>
    /// <returns>The schedule; null where there is none or a value is zero.</returns>
    public static BlobSchedule? Of(IEnumerable<BlobParameters> forks)
    {
        ImmutableArray<BlobParameters> sorted = [.. forks.DistinctBy(fork => fork.ActivationTime).OrderBy(fork => fork.ActivationTime)];
        return sorted.IsEmpty || sorted.Any(fork => fork.Target == 0 || fork.Max < fork.Target || fork.UpdateFraction == 0) ? null : new BlobSchedule(sorted);
    }

    /// <summary>The parameters in force.</summary>
    /// <param name="timestamp">A block's timestamp, Unix seconds.</param>
    /// <returns>Those of the newest fork that has begun; of the first one before all.</returns>
    public BlobParameters At(ulong timestamp)
    {
        BlobParameters at = _forks[0];
        foreach (BlobParameters fork in _forks)
        {
            if (fork.ActivationTime <= timestamp)
            {
                at = fork;
            }
        }

        return at;
    }

    /// <summary>The price of blob gas for some excess (EIP-4844, fake_exponential).</summary>
    /// <param name="excess">Excess blob gas of the block.</param>
    /// <param name="timestamp">The block's timestamp, Unix seconds.</param>
    /// <returns>Wei a unit of blob gas, at least 1.</returns>
    public UInt256 PriceOf(ulong excess, ulong timestamp)
    {
        BigInteger fraction = At(timestamp).UpdateFraction;
        BigInteger sum = 0;
        BigInteger term = fraction;
        for (int i = 1; term > 0; i++)
        {
            sum += term;
            term = term * excess / (fraction * i);
        }

        BigInteger price = sum / fraction;
        return price.GetBitLength() > 255 ? UInt256.MaxValue : (UInt256)price;
    }

    /// <summary>The excess of the block after one (EIP-4844, with the reserve price of EIP-7918).</summary>
    /// <param name="excess">The block's excess.</param>
    /// <param name="used">Blob gas of its transactions.</param>
    /// <param name="baseFee">Its base fee in wei.</param>
    /// <param name="timestamp">Its timestamp, Unix seconds.</param>
    /// <returns>The next block's excess.</returns>
    public ulong NextExcess(ulong excess, ulong used, in UInt256 baseFee, ulong timestamp)
    {
        BlobParameters parameters = At(timestamp);
        ulong target = parameters.Target * BlobSidecar.GasPerBlob;
        if (excess + used < target)
        {
            return 0;
        }

        bool belowReserve = baseFee * BlobBaseCost > PriceOf(excess, timestamp) * BlobSidecar.GasPerBlob;
        return belowReserve ? excess + (ulong)((UInt128)used * (parameters.Max - parameters.Target) / parameters.Max) : excess + used - target;
    }

    /// <summary>The price in the block after one.</summary>
    /// <param name="head">The block.</param>
    /// <param name="blockTime">Seconds to the next one.</param>
    /// <returns>Wei a unit of blob gas.</returns>
    public UInt256 NextPrice(L1Block head, ulong blockTime)
    {
        ArgumentNullException.ThrowIfNull(head);
        return PriceOf(NextExcess(head.ExcessBlobGas, head.BlobGasUsed, head.BaseFeePerGas, head.Timestamp), head.Timestamp + blockTime);
    }

    /// <summary>The price some blocks later, where each block from now on uses as much as recent ones did.</summary>
    /// <param name="head">The newest block.</param>
    /// <param name="blocks">How many blocks after it, from 1.</param>
    /// <param name="usedPerBlock">Blob gas that a block is expected to use.</param>
    /// <param name="blockTime">Seconds of an L1 slot.</param>
    /// <returns>Wei a unit of blob gas. A forecast: others decide how full blocks are.</returns>
    public UInt256 Forecast(L1Block head, int blocks, ulong usedPerBlock, ulong blockTime)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        ulong excess = head.ExcessBlobGas;
        ulong used = head.BlobGasUsed;
        ulong timestamp = head.Timestamp;
        for (int i = 0; i < blocks; i++)
        {
            excess = NextExcess(excess, used, head.BaseFeePerGas, timestamp);
            used = usedPerBlock;
            timestamp += blockTime;
        }

        return PriceOf(excess, timestamp);
    }
}
