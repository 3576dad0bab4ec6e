using System.Globalization;
using System.Text.Json;
using Cloud.Execution.Pool;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Gateway.Eth;

/// <summary>txpool_ methods.</summary>
/// <param name="chain">The chain.</param>
internal sealed class PoolMethods(ChainReader chain)
{
    private const int ContentCost = 50;

    /// <summary>Most transactions in one answer.</summary>
    private const int MaxTransactions = 5_000;

    /// <summary>The methods.</summary>
    /// <returns>One for each name.</returns>
    public IEnumerable<RpcMethod> All() =>
    [
        new("txpool_status", 0, GetStatus),
        new("txpool_content", 0, call => GetContent(call, WriteFull)) { Cost = ContentCost, Duration = RpcDuration.Call },
        new("txpool_inspect", 0, call => GetContent(call, WriteSummary)) { Cost = ContentCost, Duration = RpcDuration.Call },
        new("txpool_contentFrom", 1, GetContentFrom),
    ];

    private static void WriteFull(Utf8JsonWriter writer, Transaction transaction) => BlockJson.WriteTransaction(writer, transaction);

    private static void WriteSummary(Utf8JsonWriter writer, Transaction transaction) => writer.WriteStringValue(string.Create(
        CultureInfo.InvariantCulture,
        $"{transaction.To?.ToString() ?? "contract creation"}: {transaction.Value} wei + {transaction.GasLimit} gas × {transaction.MaxFeePerGas} wei"));

    private static void WriteByNonce(Utf8JsonWriter writer, IEnumerable<Transaction> transactions, Action<Utf8JsonWriter, Transaction> write)
    {
        writer.WriteStartObject();
        foreach (Transaction transaction in transactions)
        {
            writer.WritePropertyName(transaction.Nonce.ToString(CultureInfo.InvariantCulture));
            write(writer, transaction);
        }

        writer.WriteEndObject();
    }

    private ValueTask<RpcError?> GetStatus(RpcCall call)
    {
        PoolCounts counts = chain.Node.Pool.Counts;
        call.Result.WriteStartObject();
        call.Result.WriteQuantity("pending"u8, (ulong)counts.Pending);
        call.Result.WriteQuantity("queued"u8, (ulong)counts.Queued);
        call.Result.WriteEndObject();
        return default;
    }

    private ValueTask<RpcError?> GetContentFrom(RpcCall call)
    {
        Address address = call.Parameters.Address(0);
        if (call.Parameters.Error is { } error)
        {
            return new(error);
        }

        (IReadOnlyList<Transaction> pending, IReadOnlyList<Transaction> queued) = chain.Node.Pool.Content(in address);
        call.Result.WriteStartObject();
        call.Result.WritePropertyName("pending"u8);
        WriteByNonce(call.Result, pending, WriteFull);
        call.Result.WritePropertyName("queued"u8);
        WriteByNonce(call.Result, queued, WriteFull);
        call.Result.WriteEndObject();
        return default;
    }

    private ValueTask<RpcError?> GetContent(RpcCall call, Action<Utf8JsonWriter, Transaction> write)
    {
        List<(Address Sender, IReadOnlyList<Transaction> Pending, IReadOnlyList<Transaction> Queued)> content = [];
        int count = 0;
        foreach (Address sender in chain.Node.Pool.Senders())
        {
            call.Cancellation.ThrowIfCancellationRequested();
            (IReadOnlyList<Transaction> pending, IReadOnlyList<Transaction> queued) = chain.Node.Pool.Content(in sender);
            content.Add((sender, pending, queued));
            count += pending.Count + queued.Count;
            if (count > MaxTransactions)
            {
                return new(RpcError.Limit($"the pool holds more than {MaxTransactions} transactions: ask with txpool_contentFrom"));
            }
        }

        call.Result.WriteStartObject();
        WriteAll("pending", part => part.Pending);
        WriteAll("queued", part => part.Queued);
        call.Result.WriteEndObject();
        return default;

        void WriteAll(string name, Func<(Address Sender, IReadOnlyList<Transaction> Pending, IReadOnlyList<Transaction> Queued), IReadOnlyList<Transaction>> select)
        {
            call.Result.WriteStartObject(name);
            foreach ((Address Sender, IReadOnlyList<Transaction> Pending, IReadOnlyList<Transaction> Queued) part in content)
            {
                if (select(part).Count > 0)
                {
                    call.Result.WritePropertyName(part.Sender.ToString());
                    WriteByNonce(call.Result, select(part), write);
                }
            }

            call.Result.WriteEndObject();
        }
    }
}
