using System.Text.Json;
using Cloud.Execution.Pool;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Views;

namespace Cloud.Gateway.Eth;

/// <summary>eth_ methods about fees.</summary>
/// <param name="chain">The chain.</param>
/// <param name="options">Bounds.</param>
internal sealed class FeeMethods(ChainReader chain, RpcOptions options)
{
    private const int HistoryCost = 10;
    private const int SampledBlocks = 20;
    private const int Percentile = 60;
    private const int MaxPercentiles = 100;

    /// <summary>What is suggested while blocks have room: a thousandth of a gwei, as on other rollups.</summary>
    private static readonly UInt256 LeastTip = 1_000_000;

    private static readonly UInt256 HighestTip = 500_000_000_000;

    /// <summary>The methods.</summary>
    /// <returns>One for each name.</returns>
    public IEnumerable<RpcMethod> All() =>
    [
        new("eth_gasPrice", 0, GetGasPrice),
        new("eth_maxPriorityFeePerGas", 0, GetTip),
        new("eth_baseFee", 0, GetBaseFee),
        new("eth_blobBaseFee", 0, GetBlobBaseFee),
        new("eth_feeHistory", 3, GetHistory) { Cost = HistoryCost, Duration = RpcDuration.Call },
    ];

    private static ValueTask<RpcError?> GetBlobBaseFee(RpcCall call)
    {
        // There are no blobs on this chain; 1 wei is what its opcode gives.
        call.Result.WriteQuantity(1);
        return default;
    }

    private static UInt256 SuggestTip(ReplicaView view)
    {
        BlockView? newest = view.FindBlock(view.Latest.Number);
        if (newest is null || newest.Header.GasUsed < newest.Header.GasLimit / 2)
        {
            return LeastTip;
        }

        List<UInt256> tips = [];
        ulong number = view.Latest.Number;
        for (int i = 0; i < SampledBlocks && number > view.Oldest; i++, number--)
        {
            if (view.FindBlock(number) is not { } block)
            {
                break;
            }

            foreach (Transaction transaction in block.Transactions)
            {
                if (transaction.Type != TransactionType.Deposit && EffectiveTip.TryGet(transaction, block.Header.BaseFeePerGas, out UInt256 tip))
                {
                    tips.Add(tip);
                }
            }
        }

        tips.Sort();
        return tips.Count == 0 ? LeastTip : UInt256.Min(HighestTip, UInt256.Max(LeastTip, tips[(tips.Count - 1) * Percentile / 100]));
    }

    private ValueTask<RpcError?> GetGasPrice(RpcCall call)
    {
        ReplicaView view = chain.View;
        call.Result.WriteQuantity(chain.NextBaseFee(view) + SuggestTip(view));
        return default;
    }

    private ValueTask<RpcError?> GetTip(RpcCall call)
    {
        call.Result.WriteQuantity(SuggestTip(chain.View));
        return default;
    }

    private ValueTask<RpcError?> GetBaseFee(RpcCall call)
    {
        call.Result.WriteQuantity(chain.NextBaseFee(chain.View));
        return default;
    }

    private ValueTask<RpcError?> GetHistory(RpcCall call)
    {
        ulong count = ReadCount(call.Parameters);
        BlockReference reference = call.Parameters.RequiredBlock(1);
        double[] percentiles = ReadPercentiles(call.Parameters);
        if (call.Parameters.Error is { } error)
        {
            return new(error);
        }

        ReplicaView view = chain.View;
        if (ChainReader.NumberOf(view, reference) is not { } newest || newest > view.NumberOf(Replica.Views.BlockTag.Pending))
        {
            return new(RpcError.Server($"request beyond head block: requested {(reference as BlockReference.ByNumber)?.Number ?? 0}, head {view.Latest.Number}"));
        }

        count = Math.Min(Math.Min(count, (ulong)options.MaxFeeHistory), newest - Math.Min(newest, view.Oldest) + 1);
        List<BlockView> blocks = [];
        for (ulong number = newest - count + 1; count > 0 && number <= newest; number++)
        {
            call.Cancellation.ThrowIfCancellationRequested();
            if (view.FindBlock(number) is { } block)
            {
                blocks.Add(block);
            }
        }

        Write(call.Result, view, blocks, percentiles);
        return default;
    }

    private void Write(Utf8JsonWriter writer, ReplicaView view, List<BlockView> blocks, double[] percentiles)
    {
        writer.WriteStartObject();
        writer.WriteQuantity("oldestBlock"u8, blocks.Count > 0 ? blocks[0].Number : 0);
        writer.WriteStartArray("baseFeePerGas"u8);
        foreach (BlockView block in blocks)
        {
            writer.WriteQuantity(block.Header.BaseFeePerGas);
        }

        if (blocks.Count > 0)
        {
            BlockView last = blocks[^1];
            writer.WriteQuantity(view.FindHeader(last.Number + 1)?.BaseFeePerGas ?? chain.Rules.BaseFeeAfter(last.Header));
        }

        writer.WriteEndArray();
        writer.WriteStartArray("gasUsedRatio"u8);
        foreach (BlockView block in blocks)
        {
            writer.WriteNumberValue((double)block.Header.GasUsed / Math.Max(1, block.Header.GasLimit));
        }

        writer.WriteEndArray();
        writer.WriteStartArray("baseFeePerBlobGas"u8);
        for (int i = 0; i <= blocks.Count && blocks.Count > 0; i++)
        {
            writer.WriteQuantity(1);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("blobGasUsedRatio"u8);
        for (int i = 0; i < blocks.Count; i++)
        {
            writer.WriteNumberValue(0);
        }

        writer.WriteEndArray();
        if (percentiles.Length > 0)
        {
            writer.WriteStartArray("reward"u8);
            foreach (BlockView block in blocks)
            {
                WriteRewards(writer, block, percentiles);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    /// <summary>Tips at percentiles of the block's gas.</summary>
    private static void WriteRewards(Utf8JsonWriter writer, BlockView block, double[] percentiles)
    {
        List<(UInt256 Tip, ulong Gas)> tips = [];
        ulong before = 0;
        for (int i = 0; i < block.Transactions.Length; i++)
        {
            ulong gas = block.Receipts[i].CumulativeGasUsed - before;
            before = block.Receipts[i].CumulativeGasUsed;
            UInt256 tip = UInt256.Zero;
            _ = block.Transactions[i].Type != TransactionType.Deposit && EffectiveTip.TryGet(block.Transactions[i], block.Header.BaseFeePerGas, out tip);
            tips.Add((tip, gas));
        }

        tips.Sort((left, right) => left.Tip.CompareTo(right.Tip));
        writer.WriteStartArray();
        int at = 0;
        ulong sum = tips.Count > 0 ? tips[0].Gas : 0;
        foreach (double percentile in percentiles)
        {
            ulong threshold = (ulong)(before * percentile / 100);
            while (at < tips.Count - 1 && sum < threshold)
            {
                sum += tips[++at].Gas;
            }

            writer.WriteQuantity(tips.Count > 0 ? tips[at].Tip : UInt256.Zero);
        }

        writer.WriteEndArray();
    }

    private static ulong ReadCount(RpcParameters parameters)
    {
        // A plain number is what some clients send, and what the specification once said.
        JsonElement element = parameters.Raw(0);
        return element.ValueKind == JsonValueKind.Number && element.TryGetUInt64(out ulong number) ? number : parameters.UInt64(0);
    }

    private static double[] ReadPercentiles(RpcParameters parameters)
    {
        if (!parameters.Has(2))
        {
            return [];
        }

        JsonElement array = parameters.Raw(2);
        if (array.ValueKind != JsonValueKind.Array || array.GetArrayLength() > MaxPercentiles)
        {
            parameters.Refuse(2, $"an array of at most {MaxPercentiles} percentiles is expected");
            return [];
        }

        List<double> percentiles = [];
        foreach (JsonElement element in array.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.Number || !element.TryGetDouble(out double percentile) || percentile is not (>= 0 and <= 100))
            {
                parameters.Refuse(2, "invalid reward percentile: a number from 0 to 100 is expected");
                return [];
            }

            if (percentiles.Count > 0 && percentile < percentiles[^1])
            {
                parameters.Refuse(2, "invalid reward percentile: percentiles must rise");
                return [];
            }

            percentiles.Add(percentile);
        }

        return [.. percentiles];
    }
}
