using System.Text.Json;
using Cloud.Execution.Evm;
using Cloud.Execution.Processing;
using Cloud.Execution.Simulation;
using Cloud.Execution.State;
using Cloud.Gateway.Eth;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Views;

namespace Cloud.Gateway.Tracing;

/// <summary>debug_ methods that run transactions and calls again and tell what they do.</summary>
/// <param name="chain">The chain.</param>
/// <param name="calls">Reads calls.</param>
/// <param name="gate">Where they run.</param>
/// <param name="options">Bounds.</param>
internal sealed class TraceMethods(ChainReader chain, CallMethods calls, CallGate gate, RpcOptions options)
{
    private const int TraceCost = 50;
    private const int BlockCost = 200;

    /// <summary>The methods.</summary>
    /// <returns>One for each name.</returns>
    public IEnumerable<RpcMethod> All() =>
    [
        new("debug_traceTransaction", 2, TraceTransactionAsync) { Cost = TraceCost, Duration = RpcDuration.Trace },
        new("debug_traceCall", 3, TraceCallAsync) { Cost = TraceCost, Duration = RpcDuration.Trace },
        new("debug_traceBlockByNumber", 2, TraceBlockAsync) { Cost = BlockCost, Duration = RpcDuration.Trace },
        new("debug_traceBlockByHash", 2, TraceBlockAsync) { Cost = BlockCost, Duration = RpcDuration.Trace },
    ];

    private ValueTask<RpcError?> TraceTransactionAsync(RpcCall call)
    {
        Hash256 hash = call.Parameters.Hash(0);
        if (call.Parameters.Error is { } error)
        {
            return new(error);
        }

        if (TraceRequest.TryRead(call.Parameters.Raw(1), out TraceRequest request) is { } fault)
        {
            return new(RpcError.InvalidArgument(1, fault));
        }

        ReplicaView view = chain.View;
        return view.FindTransaction(in hash) is { } found
            ? gate.RunAsync(execution => Replay(execution, view, found.Block, found.Index, request, call), call.Cancellation)
            : new(RpcError.Server("transaction not found"));
    }

    private ValueTask<RpcError?> TraceBlockAsync(RpcCall call)
    {
        BlockReference reference = call.Parameters.RequiredBlock(0);
        if (call.Parameters.Error is { } error)
        {
            return new(error);
        }

        if (TraceRequest.TryRead(call.Parameters.Raw(1), out TraceRequest request) is { } fault)
        {
            return new(RpcError.InvalidArgument(1, fault));
        }

        ReplicaView view = chain.View;
        return ChainReader.FindBlock(view, reference) is not { } block ? new(RpcError.Server("block not found"))
            : block.Number == 0 ? new(RpcError.Server("genesis is not traceable"))
            : gate.RunAsync(execution => Replay(execution, view, block, only: null, request, call), call.Cancellation);
    }

    private ValueTask<RpcError?> TraceCallAsync(RpcCall call)
    {
        JsonElement settings = call.Parameters.Raw(2);
        if (TraceRequest.TryRead(settings, out TraceRequest request) is { } fault)
        {
            return new(RpcError.InvalidArgument(2, fault));
        }

        JsonElement states = default;
        JsonElement blocks = default;
        if (settings.ValueKind == JsonValueKind.Object)
        {
            _ = settings.TryGetProperty("stateOverrides"u8, out states);
            _ = settings.TryGetProperty("blockOverrides"u8, out blocks);
        }

        return calls.Prepare(call, BlockReference.Latest, states, blocks, out PreparedCall prepared) is { } error
            ? new(error)
            : gate.RunAsync(
                execution =>
                {
                    execution.Open(prepared.State, prepared.Rules, prepared.Block);
                    TransactionFields fields = prepared.Request.Fields with { GasLimit = calls.GasOf(prepared) };
                    TraceRecorder tracer = TraceRecorder.Create(request, new TraceBudget(options, call.Cancellation));
                    switch (execution.Simulate(fields, prepared.Request.Sender, tracer, keep: true))
                    {
                        case TransactionResult.Included included:
                            tracer.Write(call.Result, new TraceSubject(included, fields.GasLimit, prepared.State, execution.TakeChanges(), prepared.Block.Coinbase));
                            return null;
                        case TransactionResult.Refused refused:
                            return RpcError.Server(refused.Refusal.Message);
                        default:
                            throw new InvalidOperationException("A simulation is included or refused.");
                    }
                },
                call.Cancellation);
    }

    /// <summary>Runs a block's transactions again, and writes the trace of one of them, or an array with that of each.</summary>
    private RpcError? Replay(BlockExecution execution, ReplicaView view, BlockView block, int? only, TraceRequest request, RpcCall call)
    {
        if (ChainReader.FindState(view, new BlockReference.ByNumber(block.Number - 1), out IStateReader state) is { } missing)
        {
            return missing;
        }

        BlockContext context = chain.ContextOf(block.Header, view);
        ForkRules rules = chain.Genesis.Chain.RulesAt(block.Header.Timestamp);
        TraceBudget budget = new(options, call.Cancellation);
        execution.Open(state, rules, context);
        execution.RunSystemCalls(block.Header.ParentHash, block.Header.ParentBeaconBlockRoot);
        int first = only ?? 0;
        for (int i = 0; i < first; i++)
        {
            call.Cancellation.ThrowIfCancellationRequested();
            execution.Execute(block.Transactions[i]);
        }

        StateChanges earlier = execution.TakeChanges();
        if (only is null)
        {
            call.Result.WriteStartArray();
        }

        for (int i = first; i <= (only ?? (block.Transactions.Length - 1)); i++)
        {
            call.Cancellation.ThrowIfCancellationRequested();
            Transaction transaction = block.Transactions[i];
            TraceRecorder tracer = TraceRecorder.Create(request, budget);
            if (execution.Execute(transaction, tracer) is not TransactionResult.Included included)
            {
                throw new InvalidOperationException($"Transaction {transaction.Hash} of block {block.Number} is refused when it is run again.");
            }

            StateChanges changes = execution.TakeChanges();
            if (only is null)
            {
                call.Result.WriteStartObject();
                call.Result.WriteHash("txHash"u8, transaction.Hash);
                call.Result.WritePropertyName("result"u8);
            }

            tracer.Write(call.Result, new TraceSubject(included, transaction.GasLimit, new OverlaidState(state, earlier), changes, context.Coinbase));
            if (only is null)
            {
                call.Result.WriteEndObject();
            }

            earlier.Append(changes);
        }

        if (only is null)
        {
            call.Result.WriteEndArray();
        }

        return null;
    }
}
