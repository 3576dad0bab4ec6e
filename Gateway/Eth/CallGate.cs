using System.Collections.Concurrent;
using Cloud.Execution.Processing;
using Cloud.Execution.State;
using Cloud.Gateway.JsonRpc;

namespace Cloud.Gateway.Eth;

/// <summary>Lets only so many calls run at once, and lends each a runner: reading must not starve building.</summary>
/// <param name="options">Bounds.</param>
internal sealed class CallGate(RpcOptions options) : IDisposable
{
    private readonly SemaphoreSlim _room = new(options.MaxConcurrentCalls);
    private readonly ConcurrentBag<BlockExecution> _idle = [];
    private int _waiting;

    /// <summary>Runs a call when there is room.</summary>
    /// <param name="work">What to run; it computes, and does not wait.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>What the work gave, or that too many wait.</returns>
    public async ValueTask<RpcError?> RunAsync(Func<BlockExecution, RpcError?> work, CancellationToken cancellationToken)
    {
        if (!_room.Wait(0, CancellationToken.None))
        {
            if (Interlocked.Increment(ref _waiting) > options.MaxWaitingCalls)
            {
                Interlocked.Decrement(ref _waiting);
                return RpcError.Limit($"server busy: {options.MaxWaitingCalls} calls wait already");
            }

            try
            {
                await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
            }
        }

        BlockExecution? runner = null;
        try
        {
            runner = _idle.TryTake(out BlockExecution? idle) ? idle : new BlockExecution();
            RpcError? error = work(runner);
            _idle.Add(runner);
            runner = null;
            return error;
        }
        catch (StateUnavailableException)
        {
            return new RpcError(RpcErrorCode.Pruned, "pruned history unavailable: the state was given up while it was read");
        }
        finally
        {
            // After an exception it may be in the middle of something.
            runner?.Dispose();
            _room.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_idle.TryTake(out BlockExecution? runner))
        {
            runner.Dispose();
        }

        _room.Dispose();
    }
}
