namespace Cloud.Grains.Hosting;

/// <summary>Calls with a deadline of their own: the runtime's time-outs are too coarse for slots.</summary>
internal static class CallLimits
{
    /// <summary>Waits for a call, but no longer than a limit.</summary>
    internal static Task<T> Within<T>(this Task<T> call, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken = default) =>
        call.IsCompleted ? call : call.WaitAsync(limit, time, cancellationToken);

    /// <summary>Waits for a call, but no longer than a limit.</summary>
    internal static Task Within(this Task call, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken = default) =>
        call.IsCompleted ? call : call.WaitAsync(limit, time, cancellationToken);
}
