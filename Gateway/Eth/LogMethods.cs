using System.Text.Json;
using Cloud.Execution.Blocks;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Views;

namespace Cloud.Gateway.Eth;

/// <summary>eth_getLogs.</summary>
/// <param name="chain">The chain.</param>
/// <param name="options">Bounds.</param>
internal sealed class LogMethods(ChainReader chain, RpcOptions options)
{
    private const int LogCost = 20;

    /// <summary>The methods.</summary>
    /// <returns>One for each name.</returns>
    public IEnumerable<RpcMethod> All() => [new("eth_getLogs", 1, GetLogs) { Cost = LogCost, Duration = RpcDuration.Call }];

    /// <summary>Searches and writes an array of logs.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="query">What to search.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>Why there is no result, or null.</returns>
    public RpcError? Search(Utf8JsonWriter writer, LogQuery query, CancellationToken cancellationToken)
    {
        ReplicaView view = chain.View;
        if (query.Block is { } hash)
        {
            if (ChainReader.FindBlock(view, new BlockReference.ByHash(hash)) is not { } block)
            {
                return RpcError.Server("unknown block");
            }

            return Write(writer, view, query.Filter, block.Number, block.Number, cancellationToken);
        }

        ulong from = ChainReader.NumberOf(view, query.From ?? BlockReference.Latest) ?? 0;
        BlockReference to = query.To ?? BlockReference.Latest;
        ulong last = ChainReader.NumberOf(view, to) ?? 0;
        if (to != BlockReference.Pending && query.From != BlockReference.Pending)
        {
            // Flashblocks are shown to those who ask for them only.
            last = Math.Min(last, view.Latest.Number);
        }

        // "pending" starts at the lowest block that is not sealed.
        if (query.From == BlockReference.Pending && view.Pending is not null)
        {
            from = view.Latest.Number + 1;
            last = Math.Max(last, view.Pending.Number);
        }

        if (query.From is not null && query.To is not null && from > (ChainReader.NumberOf(view, to) ?? 0) && from <= view.Latest.Number)
        {
            return RpcError.InvalidParams("invalid block range params: fromBlock is above toBlock");
        }

        if (last >= from && last - from >= options.MaxLogBlocks)
        {
            return RpcError.Limit($"query exceeds max block range {options.MaxLogBlocks}: from 0x{from:x} to 0x{last:x}");
        }

        return Write(writer, view, query.Filter, from, last, cancellationToken);
    }

    private ValueTask<RpcError?> GetLogs(RpcCall call)
    {
        JsonElement filter = call.Parameters.Object(0);
        if (call.Parameters.Error is { } error)
        {
            return new(error);
        }

        return LogFilterReader.TryRead(filter, options.MaxFilterItems, out LogQuery query) is { } fault
            ? new(RpcError.InvalidArgument(0, fault))
            : new(Search(call.Result, query, call.Cancellation));
    }

    private RpcError? Write(Utf8JsonWriter writer, ReplicaView view, LogFilter filter, ulong from, ulong last, CancellationToken cancellationToken)
    {
        if (from > last)
        {
            writer.WriteStartArray();
            writer.WriteEndArray();
            return null;
        }

        switch (view.FindLogs(filter, from, last, options.MaxLogs, cancellationToken))
        {
            case LogSearch.Found found:
                writer.WriteStartArray();
                ulong? number = null;
                BlockHeader? header = null;
                foreach (StoredLog log in found.Logs)
                {
                    if (number != log.BlockNumber)
                    {
                        number = log.BlockNumber;
                        header = view.FindHeader(log.BlockNumber);
                    }

                    Hash256 hash = log.BlockNumber > view.Latest.Number ? default : log.BlockHash;
                    BlockJson.WriteLog(
                        writer, log.Log, log.BlockNumber, in hash, header?.Timestamp, log.TransactionHash, log.TransactionIndex, log.LogIndex, isRemoved: false);
                }

                writer.WriteEndArray();
                return null;
            case LogSearch.TooMany tooMany:
                string hint = tooMany.NextBlock > from ? $" Try with this block range [0x{from:x}, 0x{tooMany.NextBlock - 1:x}]." : "";
                return RpcError.Limit($"query returned more than {tooMany.Limit} results.{hint}");
            default:
                throw new InvalidOperationException("Not a known result.");
        }
    }
}
