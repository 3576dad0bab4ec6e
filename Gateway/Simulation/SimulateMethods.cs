using System.Text.Json;
using Cloud.Execution.Evm;
using Cloud.Gateway.Eth;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Blocks;
using Cloud.Replica.Views;

namespace Cloud.Gateway.Simulation;

/// <summary>eth_simulateV1.</summary>
/// <param name="chain">The chain.</param>
/// <param name="gate">Where it runs.</param>
/// <param name="options">Bounds.</param>
internal sealed class SimulateMethods(ChainReader chain, CallGate gate, RpcOptions options)
{
    private const int SimulateCost = 50;

    /// <summary>The methods.</summary>
    /// <returns>One for each name.</returns>
    public IEnumerable<RpcMethod> All() => [new("eth_simulateV1", 2, SimulateAsync) { Cost = SimulateCost, Duration = RpcDuration.Call }];

    private ValueTask<RpcError?> SimulateAsync(RpcCall call)
    {
        JsonElement element = call.Parameters.Object(0);
        BlockReference reference = call.Parameters.Block(1);
        if (call.Parameters.Error is { } error)
        {
            return new(error);
        }

        if (SimulationRequest.TryRead(element, chain.Genesis.Chain.ChainId, options.MaxSimulatedBlocks, out SimulationRequest request) is { } fault)
        {
            return new(fault);
        }

        if (chain.FindScene(chain.View, reference, out Scene scene) is { } missing)
        {
            return new(missing);
        }

        return gate.RunAsync(
            execution =>
            {
                Simulator simulator = new(chain, scene, request, options, call.Cancellation);
                if (simulator.Run(execution) is { } refusal)
                {
                    return refusal;
                }

                call.Result.WriteStartArray();
                foreach (SimulatedBlock block in simulator.Blocks)
                {
                    Write(call.Result, block, request.ReturnsFull);
                }

                call.Result.WriteEndArray();
                return null;
            },
            call.Cancellation);
    }

    private static void Write(Utf8JsonWriter writer, SimulatedBlock block, bool isFull)
    {
        writer.WriteStartObject();
        BlockJson.WriteBlockFields(writer, new BlockView(block.Header, block.Hash, block.Transactions, block.Receipts), isFull);
        writer.WriteStartArray("calls"u8);
        int logIndex = 0;
        for (int i = 0; i < block.Calls.Length; i++)
        {
            SimulatedCall call = block.Calls[i];
            writer.WriteStartObject();
            writer.WriteHex("returnData"u8, call.Output.Span);
            writer.WriteStartArray("logs"u8);
            foreach (Log log in call.Logs)
            {
                BlockJson.WriteLog(
                    writer, log, block.Header.Number, block.Hash, block.Header.Timestamp, block.Transactions[i].Hash, i, logIndex++, isRemoved: false);
            }

            writer.WriteEndArray();
            writer.WriteQuantity("gasUsed"u8, call.GasUsed);
            writer.WriteQuantity("status"u8, call.Execution is ExecutionResult.Succeeded ? 1UL : 0);
            WriteError(writer, call);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteError(Utf8JsonWriter writer, SimulatedCall call)
    {
        if (CallErrors.Of(call.Execution) is not { } error)
        {
            return;
        }

        writer.WriteStartObject("error"u8);
        writer.WriteNumber("code"u8, call.Execution is ExecutionResult.Halted ? SimulationErrors.Halted : error.Code);
        writer.WriteString("message"u8, error.Message);
        if (error.Data is { } data)
        {
            writer.WriteString("data"u8, data);
        }

        writer.WriteEndObject();
    }
}
