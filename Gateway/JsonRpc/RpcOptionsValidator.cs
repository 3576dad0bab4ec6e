using Microsoft.Extensions.Options;

namespace Cloud.Gateway.JsonRpc;

/// <summary>Names the option and the rule that it breaks.</summary>
internal sealed class RpcOptionsValidator : IValidateOptions<RpcOptions>
{
    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, RpcOptions options)
    {
        List<string> faults = [];
        Range(faults, nameof(RpcOptions.MaxRequestBytes), options.MaxRequestBytes, 1 << 10, 64 << 20);
        Range(faults, nameof(RpcOptions.MaxResponseBytes), options.MaxResponseBytes, 64 << 10, 512 << 20);
        Range(faults, nameof(RpcOptions.MaxBatch), options.MaxBatch, 1, 10_000);
        Range(faults, nameof(RpcOptions.MaxDepth), options.MaxDepth, 4, 256);
        AtLeast(faults, nameof(RpcOptions.MethodTimeout), options.MethodTimeout);
        AtLeast(faults, nameof(RpcOptions.TraceTimeout), options.TraceTimeout);
        AtLeast(faults, nameof(RpcOptions.BatchTimeout), options.BatchTimeout);
        Range(faults, nameof(RpcOptions.CallGasLimit), options.CallGasLimit, 21_000UL, (ulong)long.MaxValue);
        Range(faults, nameof(RpcOptions.MaxConcurrentCalls), options.MaxConcurrentCalls, 1, int.MaxValue);
        Range(faults, nameof(RpcOptions.MaxWaitingCalls), options.MaxWaitingCalls, 0, int.MaxValue);
        Range(faults, nameof(RpcOptions.MaxTraceSteps), options.MaxTraceSteps, 1, int.MaxValue);
        Range(faults, nameof(RpcOptions.MaxLogBlocks), options.MaxLogBlocks, 1UL, ulong.MaxValue);
        Range(faults, nameof(RpcOptions.MaxLogs), options.MaxLogs, 1, int.MaxValue);
        Range(faults, nameof(RpcOptions.MaxFilterItems), options.MaxFilterItems, 1, int.MaxValue);
        Range(faults, nameof(RpcOptions.MaxFeeHistory), options.MaxFeeHistory, 1, int.MaxValue);
        Range(faults, nameof(RpcOptions.MaxSimulatedBlocks), options.MaxSimulatedBlocks, 1, 10_000);
        Range(faults, nameof(RpcOptions.MaxProofSlots), options.MaxProofSlots, 1, 100_000);
        Range(faults, nameof(RpcOptions.MaxFilters), options.MaxFilters, 0, int.MaxValue);
        Range(faults, nameof(RpcOptions.MaxSubscriptions), options.MaxSubscriptions, 0, int.MaxValue);
        Range(faults, nameof(RpcOptions.MaxConcurrentPerConnection), options.MaxConcurrentPerConnection, 1, 1024);
        if (options.DefaultSyncWait > options.MaxSyncWait || options.DefaultSyncWait <= TimeSpan.Zero)
        {
            faults.Add($"{RpcOptions.Section}:{nameof(RpcOptions.DefaultSyncWait)} must be above zero and at most {nameof(RpcOptions.MaxSyncWait)}.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static void Range<T>(List<string> faults, string option, T value, T least, T most)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
        {
            faults.Add($"{RpcOptions.Section}:{option} is {value}, and must be from {least} to {most}.");
        }
    }

    private static void AtLeast(List<string> faults, string option, TimeSpan value)
    {
        if (value < ShortestTimeout)
        {
            faults.Add($"{RpcOptions.Section}:{option} is {value}, and must be at least {ShortestTimeout}.");
        }
    }
}
