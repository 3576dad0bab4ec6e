using Cloud.Execution.Tests.Pool;

namespace Cloud.Execution.Tests.Building;

/// <summary>A clock for one waiter: whoever waits moves it to the end of the wait at once.</summary>
internal sealed class LeapingTime : ManualTime
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ThreadPool.UnsafeQueueUserWorkItem(
            _ =>
            {
                Advance(dueTime);
                callback(state);
            },
            null);
        return new Leap();
    }

    private sealed class Leap : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
