using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Cloud.Replica.Tests.Node;

/// <summary>Runs asynchronous code on one thread in virtual time: where nothing is ready, the clock moves to the next timer.</summary>
internal static class VirtualRun
{
    public static void Run(ManualTime time, Func<Task> body)
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        Context context = new();
        SynchronizationContext.SetSynchronizationContext(context);
        try
        {
            Task task = body();
            DateTimeOffset limit = time.GetUtcNow() + TimeSpan.FromHours(2);
            while (!task.IsCompleted)
            {
                if (context.RunOne())
                {
                    continue;
                }

                Assert.True(time.AdvanceToNextTimer(), "Everything waits, and nothing will happen.");
                Assert.True(time.GetUtcNow() < limit, "Two virtual hours were not enough.");
            }

            if (task.Exception is { } exception)
            {
                ExceptionDispatchInfo.Throw(exception.InnerException!);
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private sealed class Context : SynchronizationContext
    {
        private readonly ConcurrentQueue<(SendOrPostCallback Callback, object? State)> _queue = new();

        public override void Post(SendOrPostCallback d, object? state) => _queue.Enqueue((d, state));

        public bool RunOne()
        {
            if (!_queue.TryDequeue(out (SendOrPostCallback Callback, object? State) item))
            {
                return false;
            }

            item.Callback(item.State);
            return true;
        }
    }
}
