using System.Globalization;
using System.Text.Json;
using Cloud.Execution.Pool;
using Cloud.Gateway.Events;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Node;

namespace Cloud.Gateway.Eth;

/// <summary>eth_ methods that send transactions.</summary>
/// <param name="chain">The chain.</param>
/// <param name="waiters">Who waits for a transaction.</param>
/// <param name="options">Bounds.</param>
/// <param name="time">The clock.</param>
internal sealed class SubmitMethods(ChainReader chain, TransactionWaiters waiters, RpcOptions options, TimeProvider time)
{
    private const int SubmitCost = 5;

    /// <summary>The methods.</summary>
    /// <returns>One for each name.</returns>
    public IEnumerable<RpcMethod> All() =>
    [
        new("eth_sendRawTransaction", 2, SendAsync) { Cost = SubmitCost },
        new("eth_sendRawTransactionSync", 3, SendSyncAsync) { Cost = 2 * SubmitCost, Duration = RpcDuration.Own },
        new("base_transactionStatus", 1, GetPoolStatus),
    ];

    private static RpcError? ErrorOf(SubmitOutcome outcome) => outcome switch
    {
        SubmitOutcome.Accepted => null,
        SubmitOutcome.Refused refused => RpcError.Server(refused.Reason.Message),
        SubmitOutcome.AnchorUnknown unknown => RpcError.Server($"anchor not in the chain: {unknown.Anchor}"),
        SubmitOutcome.Overloaded overloaded => RpcError.Limit($"server busy: {overloaded.Limit} is reached"),
        SubmitOutcome.StorageFailed failed => new RpcError(RpcErrorCode.Internal, $"the node cannot store transactions: {failed.Message}"),
        _ => throw new InvalidOperationException("Not a known outcome."),
    };

    private async ValueTask<RpcError?> SendAsync(RpcCall call)
    {
        Bytes raw = call.Parameters.Bytes(0);
        Hash256? anchor = ReadAnchor(call.Parameters, 1);
        if (call.Parameters.Error is { } error)
        {
            return error;
        }

        SubmitOutcome outcome = await chain.Node.SubmitAsync(raw.Memory, anchor).WaitAsync(call.Cancellation).ConfigureAwait(false);
        if (outcome is SubmitOutcome.Accepted accepted)
        {
            call.Result.WriteHash(accepted.Hash);
        }

        return ErrorOf(outcome);
    }

    private async ValueTask<RpcError?> SendSyncAsync(RpcCall call)
    {
        Bytes raw = call.Parameters.Bytes(0);
        TimeSpan wait = ReadWait(call.Parameters);
        Hash256? anchor = ReadAnchor(call.Parameters, 2);
        if (call.Parameters.Error is { } error)
        {
            return error;
        }

        TransactionRules rules = new() { ChainId = chain.Genesis.Chain.ChainId };
        if (Transaction.Decode(raw.Span, rules) is not TransactionDecoding.Decoded decoded)
        {
            return RpcError.Server(((TransactionDecoding.Refused)Transaction.Decode(raw.Span, rules)).Reason.Message);
        }

        Hash256 hash = decoded.Transaction.Hash;

        // Wait first, then send, then look once: however fast it is included, it is noticed.
        using TransactionWaiters.Waiting waiting = waiters.Wait(in hash);
        SubmitOutcome outcome = await chain.Node.SubmitAsync(raw.Memory, anchor).WaitAsync(call.Cancellation).ConfigureAwait(false);
        if (outcome is not SubmitOutcome.Accepted and not SubmitOutcome.Refused { Reason: PoolRefusal.AlreadyKnown })
        {
            return ErrorOf(outcome);
        }

        if (chain.View.FindTransaction(in hash) is { } included)
        {
            BlockJson.WriteReceipt(call.Result, included.Block, included.Index);
            return null;
        }

        try
        {
            WaitOutcome result = await waiting.Outcome.WaitAsync(wait, time, call.Cancellation).ConfigureAwait(false);
            if (result.Found is { } found)
            {
                BlockJson.WriteReceipt(call.Result, found.Block, found.Index);
                return null;
            }

            return new RpcError(RpcErrorCode.Server, $"transaction dropped: {result.Dropped}", hash.ToString());
        }
        catch (TimeoutException)
        {
            if (chain.View.FindTransaction(in hash) is { } late)
            {
                BlockJson.WriteReceipt(call.Result, late.Block, late.Index);
                return null;
            }

            string text = string.Create(CultureInfo.InvariantCulture, $"transaction confirmation timeout: it was added to the pool but was in no flashblock within {wait.TotalMilliseconds} ms");
            return new RpcError(RpcErrorCode.ConfirmationTimeout, text, hash.ToString());
        }
    }

    /// <summary>Reads <c>{"anchor": HASH}</c>: the block, or the state's root, that the transaction was made against. Where the chain has neither any more, it is refused rather than run on something else.</summary>
    private static Hash256? ReadAnchor(RpcParameters parameters, int position)
    {
        if (!parameters.Has(position))
        {
            return null;
        }

        CallRequest.Reader reader = new(parameters.Raw(position));
        Hash256? anchor = reader.Hash("anchor"u8);
        if (reader.Fault is { } fault)
        {
            parameters.Refuse(position, fault);
        }

        return anchor;
    }

    private TimeSpan ReadWait(RpcParameters parameters)
    {
        if (!parameters.Has(1))
        {
            return options.DefaultSyncWait;
        }

        JsonElement element = parameters.Raw(1);
        ulong milliseconds = element.ValueKind == JsonValueKind.Number && element.TryGetUInt64(out ulong number) ? number : parameters.UInt64(1);
        if (milliseconds > options.MaxSyncWait.TotalMilliseconds || milliseconds == 0)
        {
            parameters.Refuse(1, string.Create(CultureInfo.InvariantCulture, $"timeout must be from 1 to {options.MaxSyncWait.TotalMilliseconds} ms"));
            return options.DefaultSyncWait;
        }

        return TimeSpan.FromMilliseconds(milliseconds);
    }

    private ValueTask<RpcError?> GetPoolStatus(RpcCall call)
    {
        Hash256 hash = call.Parameters.Hash(0);
        if (call.Parameters.Error is { } error)
        {
            return new(error);
        }

        bool isKnown = chain.Node.Pool.TryGet(in hash, out _) || chain.View.FindTransaction(in hash) is not null;
        call.Result.WriteStartObject();
        call.Result.WriteString("status"u8, isKnown ? "Known"u8 : "Unknown"u8);
        call.Result.WriteEndObject();
        return default;
    }
}
