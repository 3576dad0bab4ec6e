using Cloud.Replica.Events;
using Cloud.Replica.Node;
using Cloud.Replica.Views;

namespace Cloud.Gateway.Events;

/// <summary>Lets callers wait until the node has come as far as they have seen another one come, so that a read behind a balancer never goes back in time.</summary>
/// <param name="node">The node.</param>
/// <param name="time">The clock.</param>
internal sealed class PositionGate(ReplicaNode node, TimeProvider time) : INodeEventSink
{
    private TaskCompletionSource _moved = New();

    /// <summary>Waits for a position.</summary>
    /// <param name="least">The position.</param>
    /// <param name="wait">At most so long.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False where the time is over.</returns>
    public async ValueTask<bool> WaitAsync(ViewPosition least, TimeSpan wait, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        while (true)
        {
            Task moved = Volatile.Read(ref _moved).Task;
            if (node.View.Position >= least)
            {
                return true;
            }

            TimeSpan left = wait - time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            try
            {
                await moved.WaitAsync(left, time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return node.View.Position >= least;
            }
        }
    }

    /// <inheritdoc/>
    public void Handle(ReplicaEvent nodeEvent)
    {
        if (nodeEvent is ReplicaEvent.FlashblockShown or ReplicaEvent.ChunkExecuted)
        {
            HandleGap();
        }
    }

    /// <inheritdoc/>
    public void HandleGap() => Interlocked.Exchange(ref _moved, New()).TrySetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
