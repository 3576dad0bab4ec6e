using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Cloud.Execution.Simulation;
using Cloud.Gateway.Eth;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Simulation;

/// <summary>What eth_simulateV1 is asked (execution-apis).</summary>
/// <param name="Blocks">The blocks, lowest first.</param>
/// <param name="TraceTransfers">Whether transfers of wei are told as logs.</param>
/// <param name="Validates">Whether calls are held to what a transaction is held to: nonce, fee cap, balance.</param>
/// <param name="ReturnsFull">Whether transactions are told in full.</param>
internal sealed record SimulationRequest(ImmutableArray<SimulationRequest.Block> Blocks, bool TraceTransfers, bool Validates, bool ReturnsFull)
{
    private const int MaxCalls = 5_000;

    /// <summary>Reads the request.</summary>
    /// <param name="element">The object.</param>
    /// <param name="chainId">The chain.</param>
    /// <param name="maxBlocks">Most blocks.</param>
    /// <param name="request">The request.</param>
    /// <returns>What is wrong, or null.</returns>
    public static RpcError? TryRead(JsonElement element, ulong chainId, int maxBlocks, out SimulationRequest request)
    {
        request = null!;
        CallRequest.Reader reader = new(element);
        bool traces = reader.Boolean("traceTransfers"u8);
        bool validates = reader.Boolean("validation"u8);
        bool isFull = reader.Boolean("returnFullTransactions"u8);
        if (reader.Fault is { } fault)
        {
            return RpcError.InvalidArgument(0, fault);
        }

        if (!element.TryGetProperty("blockStateCalls"u8, out JsonElement blocks) || blocks.ValueKind != JsonValueKind.Array)
        {
            return RpcError.InvalidArgument(0, "blockStateCalls: an array is expected");
        }

        if (blocks.GetArrayLength() == 0)
        {
            return RpcError.InvalidParams("empty input");
        }

        if (blocks.GetArrayLength() > maxBlocks)
        {
            return new RpcError(SimulationErrors.ClientLimit, string.Create(CultureInfo.InvariantCulture, $"too many blocks: at most {maxBlocks} are allowed"));
        }

        ImmutableArray<Block>.Builder read = ImmutableArray.CreateBuilder<Block>();
        int calls = 0;
        foreach (JsonElement item in blocks.EnumerateArray())
        {
            if (TryReadBlock(item, chainId, ref calls, out Block block) is { } error)
            {
                return error;
            }

            read.Add(block);
        }

        request = new SimulationRequest(read.DrainToImmutable(), traces, validates, isFull);
        return null;
    }

    private static RpcError? TryReadBlock(JsonElement item, ulong chainId, ref int calls, out Block block)
    {
        block = null!;
        CallRequest.Reader reader = new(item);
        if (reader.Fault is { } fault)
        {
            return RpcError.InvalidArgument(0, $"blockStateCalls: {fault}");
        }

        if (OverrideReader.TryReadBlock(reader.Has("blockOverrides"u8) ? item.GetProperty("blockOverrides"u8) : default, out BlockOverride overrides) is { } blockFault)
        {
            return RpcError.InvalidArgument(0, $"blockOverrides: {blockFault}");
        }

        if (OverrideReader.TryReadState(reader.Has("stateOverrides"u8) ? item.GetProperty("stateOverrides"u8) : default, out Dictionary<Address, StateOverride> states) is { } stateFault)
        {
            return RpcError.InvalidArgument(0, $"stateOverrides: {stateFault}");
        }

        ImmutableArray<CallRequest>.Builder requests = ImmutableArray.CreateBuilder<CallRequest>();
        if (reader.Has("calls"u8))
        {
            JsonElement array = item.GetProperty("calls"u8);
            if (array.ValueKind != JsonValueKind.Array)
            {
                return RpcError.InvalidArgument(0, "calls: an array is expected");
            }

            calls += array.GetArrayLength();
            if (calls > MaxCalls)
            {
                return new RpcError(SimulationErrors.ClientLimit, string.Create(CultureInfo.InvariantCulture, $"too many calls: at most {MaxCalls} are allowed"));
            }

            foreach (JsonElement call in array.EnumerateArray())
            {
                CallRequest wanted = CallRequest.Read(call, chainId, out RpcError? error);
                if (error is not null)
                {
                    return error;
                }

                requests.Add(wanted);
            }
        }

        block = new Block(overrides, states, requests.DrainToImmutable());
        return null;
    }

    /// <summary>One block of a simulation.</summary>
    /// <param name="Overrides">What is pretended of the block.</param>
    /// <param name="States">What is pretended of the state before it.</param>
    /// <param name="Calls">What is run in it.</param>
    internal sealed record Block(BlockOverride Overrides, Dictionary<Address, StateOverride> States, ImmutableArray<CallRequest> Calls);
}
