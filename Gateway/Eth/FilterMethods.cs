using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Cloud.Execution.Blocks;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Events;
using Cloud.Replica.Views;

namespace Cloud.Gateway.Eth;

/// <summary>Filters that are polled. Each remembers the sequence of the last event that it has told of, and reads on from there.</summary>
/// <param name="chain">The chain.</param>
/// <param name="logs">Searches.</param>
/// <param name="options">Bounds.</param>
/// <param name="time">The clock.</param>
internal sealed class FilterMethods(ChainReader chain, LogMethods logs, RpcOptions options, TimeProvider time)
{
    private const int PollCost = 5;
    private const int IdBytes = 16;

    private static readonly RpcError NotFound = RpcError.Server("filter not found");

    private readonly ConcurrentDictionary<string, Filter> _filters = new(StringComparer.Ordinal);

    /// <summary>The methods.</summary>
    /// <returns>One for each name.</returns>
    public IEnumerable<RpcMethod> All() =>
    [
        new("eth_newFilter", 1, NewLogFilter),
        new("eth_newBlockFilter", 0, call => Open(call, new Filter(null, IsBlocks: true, chain.Node.Events.Newest))),
        new("eth_newPendingTransactionFilter", 1, call => Open(call, new Filter(null, IsBlocks: false, chain.Node.Events.Newest))),
        new("eth_uninstallFilter", 1, Uninstall),
        new("eth_getFilterChanges", 1, GetChanges) { Cost = PollCost, Duration = RpcDuration.Call },
        new("eth_getFilterLogs", 1, GetLogs) { Cost = PollCost, Duration = RpcDuration.Call },
    ];

    private ValueTask<RpcError?> NewLogFilter(RpcCall call)
    {
        JsonElement element = call.Parameters.Object(0);
        if (call.Parameters.Error is { } error)
        {
            return new(error);
        }

        return LogFilterReader.TryRead(element, options.MaxFilterItems, out LogQuery query) is { } fault
            ? new(RpcError.InvalidArgument(0, fault))
            : query.Block is not null ? new(RpcError.InvalidArgument(0, "a filter that is polled has no blockHash"))
            : Open(call, new Filter(query, IsBlocks: false, chain.Node.Events.Newest));
    }

    private ValueTask<RpcError?> Open(RpcCall call, Filter filter)
    {
        Sweep();
        if (_filters.Count >= options.MaxFilters)
        {
            return new(RpcError.Limit($"too many filters: at most {options.MaxFilters} are kept"));
        }

        filter.PolledAt = time.GetTimestamp();
        string id = Hex.Encode(RandomNumberGenerator.GetBytes(IdBytes));
        _filters[id] = filter;
        call.Result.WriteStringValue(id);
        return default;
    }

    private void Sweep()
    {
        foreach ((string id, Filter filter) in _filters)
        {
            if (time.GetElapsedTime(filter.PolledAt) > options.FilterLifetime)
            {
                _filters.TryRemove(id, out _);
            }
        }
    }

    private ValueTask<RpcError?> Uninstall(RpcCall call)
    {
        string id = call.Parameters.Text(0);
        if (call.Parameters.Error is { } error)
        {
            return new(error);
        }

        call.Result.WriteBooleanValue(_filters.TryRemove(id, out _));
        return default;
    }

    private ValueTask<RpcError?> GetLogs(RpcCall call)
    {
        string id = call.Parameters.Text(0);
        if (call.Parameters.Error is { } error)
        {
            return new(error);
        }

        if (!_filters.TryGetValue(id, out Filter? filter) || filter.Logs is not { } query)
        {
            return new(NotFound);
        }

        filter.PolledAt = time.GetTimestamp();
        return new(logs.Search(call.Result, query, call.Cancellation));
    }

    private ValueTask<RpcError?> GetChanges(RpcCall call)
    {
        string id = call.Parameters.Text(0);
        if (call.Parameters.Error is { } error)
        {
            return new(error);
        }

        if (!_filters.TryGetValue(id, out Filter? filter))
        {
            return new(NotFound);
        }

        lock (filter)
        {
            if (chain.Node.Events.Subscribe(filter.Sequence, capacity: 1) is not Subscribing.Subscribed { Subscription: var subscription })
            {
                // What came since is not kept any more: a filter that would skip some of it is worse than none.
                _filters.TryRemove(id, out _);
                return new(NotFound);
            }

            using (subscription)
            {
                call.Result.WriteStartArray();
                while (subscription.Reader.TryRead(out ReplicaEvent? nodeEvent))
                {
                    filter.Sequence = nodeEvent.Sequence;
                    Write(call.Result, filter, nodeEvent);
                }

                call.Result.WriteEndArray();
            }

            filter.PolledAt = time.GetTimestamp();
        }

        return default;
    }

    private void Write(Utf8JsonWriter writer, Filter filter, ReplicaEvent nodeEvent)
    {
        switch (nodeEvent)
        {
            case ReplicaEvent.TransactionAccepted accepted when filter is { Logs: null, IsBlocks: false }:
                writer.WriteHash(accepted.Transaction.Hash);
                break;
            case ReplicaEvent.ChunkExecuted executed when filter.IsBlocks:
                writer.WriteHash(executed.Block.Hash);
                break;
            case ReplicaEvent.ChunkExecuted executed when filter.Logs is { } query && IsInRange(query, executed.Block.Number):
                WriteLogs(writer, query.Filter, BlockJson.ViewOf(executed.Block));
                break;
            default:
                break;
        }
    }

    private bool IsInRange(LogQuery query, ulong number)
    {
        ReplicaView view = chain.View;
        bool isAfter = query.From is not BlockReference.ByNumber from || number >= from.Number;
        bool isBefore = query.To is not BlockReference.ByNumber to || number <= to.Number;
        return isAfter && isBefore && number <= view.NumberOf(Replica.Views.BlockTag.Pending);
    }

    private static void WriteLogs(Utf8JsonWriter writer, LogFilter filter, BlockView block)
    {
        int logIndex = 0;
        for (int i = 0; i < block.Receipts.Length; i++)
        {
            foreach (Log log in block.Receipts[i].Logs)
            {
                if (filter.Matches(log))
                {
                    BlockJson.WriteLog(writer, log, block.Number, block.Hash, block.Header.Timestamp, block.Transactions[i].Hash, i, logIndex, isRemoved: false);
                }

                logIndex++;
            }
        }
    }

    private sealed record Filter(LogQuery? Logs, bool IsBlocks, long Start)
    {
        public long Sequence { get; set; } = Start;

        public long PolledAt { get; set; }
    }
}
