using System.Buffers;
using System.Text.Json;
using Cloud.Gateway.Eth;
using Cloud.Gateway.Events;
using Cloud.Gateway.JsonRpc;
using Cloud.Gateway.Metrics;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Chains;
using Cloud.Replica.Events;
using Cloud.Replica.Views;

namespace Cloud.Gateway.Subscriptions;

/// <summary>All subscriptions of eth_subscribe. Each message is written once, however many get it.</summary>
/// <param name="metrics">Counts.</param>
internal sealed class SubscriptionHub(GatewayMetrics metrics) : INodeEventSink
{
    private const string Metric = "subscription";
    private static readonly SubscriptionKind[] Kinds = Enum.GetValues<SubscriptionKind>();

    private readonly Lock _gate = new();
    private readonly Subscriber[][] _byKind = [.. Kinds.Select(_ => Array.Empty<Subscriber>())];
    private readonly RecentBlocks _recent = new();

    /// <summary>Begins a subscription.</summary>
    /// <param name="subscriber">Who.</param>
    /// <returns>Ends it when disposed.</returns>
    public IDisposable Add(Subscriber subscriber)
    {
        lock (_gate)
        {
            ref Subscriber[] list = ref _byKind[(int)subscriber.Kind];
            list = [.. list, subscriber];
        }

        return new Entry(this, subscriber);
    }

    /// <summary>How many subscriptions there are of a kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <returns>The number.</returns>
    public int Count(SubscriptionKind kind) => Of(kind).Length;

    /// <inheritdoc/>
    public void Handle(ReplicaEvent nodeEvent)
    {
        switch (nodeEvent)
        {
            case ReplicaEvent.TransactionAccepted accepted:
                PushTransaction(accepted);
                break;
            case ReplicaEvent.FlashblockShown shown:
                PushFlashblock(shown.Pending);
                break;
            case ReplicaEvent.ChunkExecuted executed:
                _recent.Add(executed.Block);
                PushHead(executed.Block);
                break;
            case ReplicaEvent.Stored stored:
                _recent.ForgetThrough(stored.Through.Number);
                break;
            case ReplicaEvent.Pruned pruned:
                for (int i = pruned.Blocks.Length - 1; i >= 0; i--)
                {
                    if (_recent.Find(pruned.Blocks[i].Hash) is { } block)
                    {
                        PushLogs(block, SubscriptionKind.Logs, 0, isRemoved: true);
                    }
                }

                break;
            default:
                break;
        }
    }

    /// <inheritdoc/>
    public void HandleGap()
    {
        foreach (SubscriptionKind kind in Kinds)
        {
            foreach (Subscriber subscriber in Of(kind))
            {
                subscriber.Close("events were missed: connect again and read the present state");
            }
        }
    }

    private Subscriber[] Of(SubscriptionKind kind) => Volatile.Read(ref _byKind[(int)kind]);

    private void Push(Subscriber[] subscribers, Action<Utf8JsonWriter> write, Func<Subscriber, bool> wants)
    {
        foreach (Subscriber subscriber in subscribers)
        {
            if (wants(subscriber))
            {
                metrics.Pushed(Metric, FanOut.Give<Subscriber, (byte[] Body, Func<Subscriber, bool> Wants)>(subscribers, (ToJson(write, Subscriber.Tail), wants), static (one, message) =>
                {
                    bool isWanted = message.Wants(one);
                    if (isWanted)
                    {
                        one.Push(message.Body);
                    }

                    return isWanted;
                }, static one => one.Touch()));
                return;
            }
        }
    }

    private void PushTransaction(ReplicaEvent.TransactionAccepted accepted)
    {
        Subscriber[] subscribers = Of(SubscriptionKind.PendingTransactions);
        Push(subscribers, writer => writer.WriteHash(accepted.Transaction.Hash), subscriber => !subscriber.IsFull);
        Push(subscribers, writer => BlockJson.WriteTransaction(writer, accepted.Transaction), subscriber => subscriber.IsFull);
    }

    private void PushHead(ExecutedBlock executed)
    {
        BlockView block = BlockJson.ViewOf(executed);
        Push(Of(SubscriptionKind.NewHeads), writer => BlockJson.WriteHeader(writer, block), _ => true);
        PushLogs(block, SubscriptionKind.Logs, 0, isRemoved: false);
    }

    private void PushFlashblock(PendingBlock pending)
    {
        BlockView block = BlockJson.ViewOf(pending);
        int first = pending.Counts.Length > 1 ? pending.Counts[^2] : 0;
        Push(Of(SubscriptionKind.Flashblocks), writer => BlockJson.WriteBlock(writer, block, isFull: true), _ => true);
        Subscriber[] subscribers = Of(SubscriptionKind.FlashblockTransactions);
        if (subscribers.Length > 0)
        {
            int log = BlockJson.FirstLogOf(block, first);
            for (int i = first; i < block.Transactions.Length; i++)
            {
                int index = i;
                int firstLog = log;
                Push(subscribers, writer => writer.WriteHash(block.Transactions[index].Hash), subscriber => !subscriber.IsFull && Wants(subscriber, block.Receipts[index]));
                Push(subscribers, writer => WriteFlashblockTransaction(writer, block, index, firstLog), subscriber => subscriber.IsFull && Wants(subscriber, block.Receipts[index]));
                log += block.Receipts[i].Logs.Length;
            }
        }

        PushLogs(block, SubscriptionKind.PendingLogs, first, isRemoved: false);
    }

    private static bool Wants(Subscriber subscriber, Receipt receipt)
    {
        if (subscriber.Filter is not { } filter)
        {
            return true;
        }

        foreach (Log log in receipt.Logs)
        {
            if (filter.Matches(log))
            {
                return true;
            }
        }

        return false;
    }

    private static void WriteFlashblockTransaction(Utf8JsonWriter writer, BlockView block, int index, int firstLog)
    {
        // The transaction's own keys, then the receipt's that it does not have.
        using JsonDocument transaction = JsonDocument.Parse(ToJson(inner => BlockJson.WriteTransaction(inner, block, index)));
        using JsonDocument receipt = JsonDocument.Parse(ToJson(inner => BlockJson.WriteReceipt(inner, block, index, firstLog)));
        writer.WriteStartObject();
        foreach (JsonProperty property in transaction.RootElement.EnumerateObject())
        {
            property.WriteTo(writer);
        }

        foreach (JsonProperty property in receipt.RootElement.EnumerateObject())
        {
            if (property.Name is "logs" or "status" or "gasUsed" or "cumulativeGasUsed" or "contractAddress" or "logsBloom" or "effectiveGasPrice")
            {
                property.WriteTo(writer);
            }
        }

        writer.WriteEndObject();
    }

    private static byte[] ToJson(Action<Utf8JsonWriter> write, ReadOnlySpan<byte> tail = default)
    {
        ArrayBufferWriter<byte> buffer = new(1024);
        using (Utf8JsonWriter writer = new(buffer, RpcJson.WriterOptions))
        {
            write(writer);
        }

        buffer.Write(tail);
        return buffer.WrittenSpan.ToArray();
    }

    private void PushLogs(BlockView block, SubscriptionKind kind, int firstTransaction, bool isRemoved)
    {
        Subscriber[] subscribers = Of(kind);
        if (subscribers.Length == 0)
        {
            return;
        }

        int logIndex = BlockJson.FirstLogOf(block, firstTransaction);
        Hash256 hash = block.IsPending ? default : block.Hash;
        for (int i = firstTransaction; i < block.Receipts.Length; i++)
        {
            foreach (Log log in block.Receipts[i].Logs)
            {
                int transaction = i;
                int index = logIndex++;
                Push(
                    subscribers,
                    writer => BlockJson.WriteLog(writer, log, block.Number, in hash, block.Header.Timestamp, block.Transactions[transaction].Hash, transaction, index, isRemoved),
                    subscriber => subscriber.Filter?.Matches(log) ?? true);
            }
        }
    }

    private void Remove(Subscriber subscriber)
    {
        lock (_gate)
        {
            ref Subscriber[] list = ref _byKind[(int)subscriber.Kind];
            list = [.. list.Where(other => !ReferenceEquals(other, subscriber))];
        }
    }

    private sealed class Entry(SubscriptionHub hub, Subscriber subscriber) : IDisposable
    {
        public void Dispose() => hub.Remove(subscriber);
    }
}
