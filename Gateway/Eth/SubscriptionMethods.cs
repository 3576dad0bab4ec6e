using System.Text.Json;
using Cloud.Execution.Blocks;
using Cloud.Gateway.JsonRpc;
using Cloud.Gateway.Subscriptions;

namespace Cloud.Gateway.Eth;

/// <summary>eth_subscribe and eth_unsubscribe.</summary>
/// <param name="hub">The subscriptions.</param>
/// <param name="options">Bounds.</param>
internal sealed class SubscriptionMethods(SubscriptionHub hub, RpcOptions options)
{
    private const int SubscribeCost = 10;

    /// <summary>The methods.</summary>
    /// <returns>One for each name.</returns>
    public IEnumerable<RpcMethod> All() =>
    [
        new("eth_subscribe", 2, Subscribe) { Cost = SubscribeCost, NeedsConnection = true },
        new("eth_unsubscribe", 1, Unsubscribe) { NeedsConnection = true },
    ];

    private static SubscriptionKind? KindOf(string name) => name switch
    {
        "newHeads" => SubscriptionKind.NewHeads,
        "logs" => SubscriptionKind.Logs,
        "newPendingTransactions" => SubscriptionKind.PendingTransactions,
        "newFlashblocks" => SubscriptionKind.Flashblocks,
        "newFlashblockTransactions" => SubscriptionKind.FlashblockTransactions,
        "pendingLogs" => SubscriptionKind.PendingLogs,
        "syncing" => SubscriptionKind.Syncing,
        _ => null,
    };

    private static ValueTask<RpcError?> Unsubscribe(RpcCall call)
    {
        string id = call.Parameters.Text(0);
        if (call.Parameters.Error is { } error)
        {
            return new(error);
        }

        if (!call.Session.Connection!.Subscriptions.Remove(id))
        {
            return new(RpcError.Server("subscription not found"));
        }

        call.Result.WriteBooleanValue(true);
        return default;
    }

    private ValueTask<RpcError?> Subscribe(RpcCall call)
    {
        RpcParameters parameters = call.Parameters;
        string name = parameters.Text(0);
        if (parameters.Error is { } error)
        {
            return new(error);
        }

        if (KindOf(name) is not { } kind)
        {
            return new(RpcError.InvalidParams($"no \"{name}\" subscription in eth namespace"));
        }

        (LogFilter? filter, bool isFull) = ReadArgument(parameters, kind);
        if (parameters.Error is { } fault)
        {
            return new(fault);
        }

        IPushConnection connection = call.Session.Connection!;
        if (connection.Subscriptions.TryReserve() is not { } id)
        {
            return new(RpcError.Limit($"too many subscriptions: at most {connection.Subscriptions.Limit} on one connection"));
        }

        Subscriber subscriber = new(kind, id, connection, filter, isFull);
        call.Session.AfterResponse.Add(() => connection.Subscriptions.Fill(id, hub.Add(subscriber)));
        call.Result.WriteStringValue(id);
        return default;
    }

    private (LogFilter? Filter, bool IsFull) ReadArgument(RpcParameters parameters, SubscriptionKind kind)
    {
        JsonElement argument = parameters.Raw(1);
        switch (kind)
        {
            case SubscriptionKind.Logs or SubscriptionKind.PendingLogs:
                return (ReadFilter(parameters, argument), false);
            case SubscriptionKind.FlashblockTransactions when argument.ValueKind == JsonValueKind.Object:
                return (ReadFilter(parameters, argument), true);
            case SubscriptionKind.PendingTransactions or SubscriptionKind.FlashblockTransactions:
                return (null, parameters.Boolean(1, false));
            default:
                if (parameters.Has(1) && argument.ValueKind != JsonValueKind.Object)
                {
                    parameters.Refuse(1, "no argument is expected");
                }

                return (null, false);
        }
    }

    private LogFilter ReadFilter(RpcParameters parameters, JsonElement argument)
    {
        if (LogFilterReader.TryRead(argument, options.MaxFilterItems, out LogQuery query) is { } fault)
        {
            parameters.Refuse(1, fault);
        }

        return query.Filter;
    }
}
