namespace Cloud.Gateway.JsonRpc;

/// <summary>Bounds of the JSON-RPC interface. Bound from the section <c>Gateway:Rpc</c>.</summary>
public sealed class RpcOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Gateway:Rpc";

    /// <summary>Longest request in bytes, over HTTP or in one WebSocket message, from 1 KiB to 64 MiB.</summary>
    public int MaxRequestBytes { get; set; } = 5 << 20;

    /// <summary>Longest response in bytes, of a batch altogether, from 64 KiB to 512 MiB.</summary>
    public int MaxResponseBytes { get; set; } = 32 << 20;

    /// <summary>Most requests in a batch, from 1 to 10,000.</summary>
    public int MaxBatch { get; set; } = 1000;

    /// <summary>Deepest nesting of a request, from 4 to 256.</summary>
    public int MaxDepth { get; set; } = 32;

    /// <summary>Longest time for one request, from 100 ms.</summary>
    public TimeSpan MethodTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest time for a trace, from 100 ms.</summary>
    public TimeSpan TraceTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest time for a batch altogether, from 100 ms.</summary>
    public TimeSpan BatchTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Most gas of eth_call, eth_estimateGas and the like together in one request, from 21,000.</summary>
    public ulong CallGasLimit { get; set; } = 50_000_000;

    /// <summary>Most of those that run at once, from 1: they use a core each.</summary>
    public int MaxConcurrentCalls { get; set; } = Environment.ProcessorCount;

    /// <summary>How many more may wait for a core before they are refused, from 0.</summary>
    public int MaxWaitingCalls { get; set; } = 256;

    /// <summary>Most instructions that a trace records, from 1.</summary>
    public int MaxTraceSteps { get; set; } = 200_000;

    /// <summary>Most blocks of one eth_getLogs, from 1.</summary>
    public ulong MaxLogBlocks { get; set; } = 10_000;

    /// <summary>Most logs of one eth_getLogs, from 1.</summary>
    public int MaxLogs { get; set; } = 10_000;

    /// <summary>Most addresses, and most topics at one place, of a log filter, from 1.</summary>
    public int MaxFilterItems { get; set; } = 1000;

    /// <summary>Most blocks of one eth_feeHistory, from 1.</summary>
    public int MaxFeeHistory { get; set; } = 1024;

    /// <summary>Most blocks, and the span of their numbers, of one eth_simulateV1, from 1.</summary>
    public int MaxSimulatedBlocks { get; set; } = 256;

    /// <summary>Most slots of one eth_getProof, from 1.</summary>
    public int MaxProofSlots { get; set; } = 1024;

    /// <summary>Longest wait of eth_sendRawTransactionSync that a caller may ask for.</summary>
    public TimeSpan MaxSyncWait { get; set; } = TimeSpan.FromSeconds(6);

    /// <summary>How long eth_sendRawTransactionSync waits where the caller does not say.</summary>
    public TimeSpan DefaultSyncWait { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>Most polled filters in the process, from 0.</summary>
    public int MaxFilters { get; set; } = 10_000;

    /// <summary>A filter that is not polled for so long is removed.</summary>
    public TimeSpan FilterLifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Most subscriptions of one connection, from 0.</summary>
    public int MaxSubscriptions { get; set; } = 128;

    /// <summary>Most requests of one WebSocket connection that run at once, from 1.</summary>
    public int MaxConcurrentPerConnection { get; set; } = 16;
}
