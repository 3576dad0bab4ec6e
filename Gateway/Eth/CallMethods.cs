using System.Text.Json;
using Cloud.Execution.Evm;
using Cloud.Execution.Processing;
using Cloud.Execution.Simulation;
using Cloud.Execution.State;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Gateway.Eth;

/// <summary>eth_ methods that run calls without a transaction.</summary>
/// <param name="chain">The chain.</param>
/// <param name="gate">Where they run.</param>
/// <param name="options">Bounds.</param>
internal sealed class CallMethods(ChainReader chain, CallGate gate, RpcOptions options)
{
    private const int CallCost = 10;
    private const int SearchCost = 20;

    /// <summary>The methods.</summary>
    /// <returns>One for each name.</returns>
    public IEnumerable<RpcMethod> All() =>
    [
        new("eth_call", 4, CallAsync) { Cost = CallCost, Duration = RpcDuration.Call },
        new("eth_estimateGas", 4, EstimateAsync) { Cost = SearchCost, Duration = RpcDuration.Call },
        new("eth_createAccessList", 3, CreateAccessListAsync) { Cost = SearchCost, Duration = RpcDuration.Call },
    ];

    /// <summary>Reads call, block and overrides, and finds the block.</summary>
    /// <param name="call">The request.</param>
    /// <param name="standard">The block where none is named.</param>
    /// <param name="prepared">What to run on what.</param>
    /// <returns>Why it cannot be run, or null.</returns>
    internal RpcError? Prepare(RpcCall call, BlockReference standard, out PreparedCall prepared) =>
        Prepare(call, standard, call.Parameters.Raw(2), call.Parameters.Raw(3), out prepared);

    /// <summary>Reads call and block, and finds the block; the overrides stand elsewhere.</summary>
    /// <param name="call">The request.</param>
    /// <param name="standard">The block where none is named.</param>
    /// <param name="stateOverrides">State overrides; undefined for none.</param>
    /// <param name="blockOverrides">Block overrides; undefined for none.</param>
    /// <param name="prepared">What to run on what.</param>
    /// <returns>Why it cannot be run, or null.</returns>
    internal RpcError? Prepare(RpcCall call, BlockReference standard, JsonElement stateOverrides, JsonElement blockOverrides, out PreparedCall prepared)
    {
        prepared = null!;
        RpcParameters parameters = call.Parameters;
        JsonElement request = parameters.Object(0);
        BlockReference reference = parameters.Block(1, standard);
        if (parameters.Error is { } error)
        {
            return error;
        }

        CallRequest wanted = CallRequest.Read(request, chain.Genesis.Chain.ChainId, out RpcError? fault);
        if (fault is not null)
        {
            return fault;
        }

        if (OverrideReader.TryReadState(stateOverrides, out Dictionary<Address, StateOverride> states) is { } stateFault)
        {
            return RpcError.InvalidArgument(2, stateFault);
        }

        if (OverrideReader.TryReadBlock(blockOverrides, out BlockOverride block) is { } blockFault)
        {
            return RpcError.InvalidArgument(3, blockFault);
        }

        if (chain.FindScene(chain.View, reference, out Scene scene) is { } missing)
        {
            return missing;
        }

        BlockContext context = block.Apply(scene.Block);
        IStateReader state = states.Count == 0 ? scene.State : new OverlaidState(scene.State, StateOverrides.ToChanges(scene.State, states));
        prepared = new PreparedCall(wanted, state, context, chain.Genesis.Chain.RulesAt(context.Timestamp));
        return null;
    }

    private static RpcError Refused(ExecutionRefusal refusal) => RpcError.Server(refusal.Message);

    /// <summary>The gas that a call gets: what it asks for, at most what one request may use.</summary>
    /// <param name="prepared">The call.</param>
    /// <returns>The gas limit.</returns>
    internal ulong GasOf(PreparedCall prepared)
    {
        ulong asked = prepared.Request.Fields.GasLimit;
        ulong most = Math.Min(options.CallGasLimit, prepared.Block.GasLimit);
        return asked == 0 ? most : Math.Min(asked, most);
    }

    private ValueTask<RpcError?> CallAsync(RpcCall call) => Prepare(call, BlockReference.Latest, out PreparedCall prepared) is { } error
        ? new(error)
        : gate.RunAsync(
            execution =>
            {
                execution.Open(prepared.State, prepared.Rules, prepared.Block);
                TransactionFields fields = prepared.Request.Fields with { GasLimit = GasOf(prepared) };
                switch (execution.Simulate(fields, prepared.Request.Sender))
                {
                    case TransactionResult.Included { Execution: ExecutionResult.Succeeded succeeded }:
                        call.Result.WriteHex(succeeded.Output.Span);
                        return null;
                    case TransactionResult.Included included:
                        return CallErrors.Of(included.Execution);
                    case TransactionResult.Refused refused:
                        return Refused(refused.Refusal);
                    default:
                        throw new InvalidOperationException("A simulation is included or refused.");
                }
            },
            call.Cancellation);

    /// <summary>About what the block after a block is like, as far as calls can see.</summary>
    private BlockContext NextAfter(BlockContext block) => block with
    {
        Number = block.Number + 1,
        Timestamp = block.Timestamp + Math.Max(1, (ulong)chain.Genesis.Timing.Chunk.TotalSeconds),
    };

    private ValueTask<RpcError?> EstimateAsync(RpcCall call)
    {
        bool isNow = call.Parameters.Block(1, BlockReference.Pending) == BlockReference.Pending && !call.Parameters.Has(3);
        return Prepare(call, BlockReference.Pending, out PreparedCall prepared) is { } error ? new(error) : gate.RunAsync(
            execution =>
            {
                GasEstimate Estimate(BlockContext block) => GasEstimator.Estimate(
                    execution, prepared.State, prepared.Rules, block, prepared.Request.Fields, prepared.Request.Sender, options.CallGasLimit);
                switch (Estimate(prepared.Block))
                {
                    case GasEstimate.Found found:
                        // A transaction that is sent now may come into this block or the next: contracts that look at the clock can need more gas there.
                        ulong gas = found.Gas > IntrinsicGas.Base && isNow && Estimate(NextAfter(prepared.Block)) is GasEstimate.Found later ? Math.Max(found.Gas, later.Gas) : found.Gas;
                        call.Result.WriteQuantity(gas);
                        return null;
                    case GasEstimate.Reverted reverted:
                        return CallErrors.Reverted(reverted.Output);
                    case GasEstimate.Halted halted:
                        return RpcError.Server(CallErrors.TextOf(halted.Reason));
                    case GasEstimate.ExceedsAllowance exceeds:
                        return RpcError.Server($"gas required exceeds allowance ({exceeds.Allowance})");
                    case GasEstimate.Refused refused:
                        return Refused(refused.Refusal);
                    default:
                        throw new InvalidOperationException("Not a known estimate.");
                }
            },
            call.Cancellation);
    }

    private ValueTask<RpcError?> CreateAccessListAsync(RpcCall call) => Prepare(call, BlockReference.Pending, out PreparedCall prepared) is { } error
        ? new(error)
        : gate.RunAsync(
            execution =>
            {
                TransactionFields fields = prepared.Request.Fields with { GasLimit = GasOf(prepared) };
                switch (AccessListCreator.Create(execution, prepared.State, prepared.Rules, prepared.Block, fields, prepared.Request.Sender))
                {
                    case AccessListResult.Found found:
                        call.Result.WriteStartObject();
                        BlockJson.WriteAccessList(call.Result, found.AccessList);
                        if (CallErrors.Of(found.Execution) is { } fault)
                        {
                            call.Result.WriteString("error"u8, fault.Message);
                        }

                        call.Result.WriteQuantity("gasUsed"u8, found.GasUsed);
                        call.Result.WriteEndObject();
                        return null;
                    case AccessListResult.Refused refused:
                        return Refused(refused.Refusal);
                    default:
                        throw new InvalidOperationException("Not a known result.");
                }
            },
            call.Cancellation);
}
