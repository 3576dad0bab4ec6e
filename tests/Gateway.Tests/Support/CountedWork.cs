using Cloud.Replica.Work;

namespace Cloud.Gateway.Tests.Support;

/// <summary>Runs a node's work on the thread pool and knows whether any is under way: a clock that a test moves must not overtake it.</summary>
internal sealed class CountedWork : TaskScheduler, IWorkRunner
{
    private int _underWay;

    /// <summary>Whether all that was started waits for something else: the disk, the clock, the test.</summary>
    public bool IsIdle => Volatile.Read(ref _underWay) == 0;

    public int MaxThreads => Environment.ProcessorCount;

    public void Post(Action work) => _ = Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this);

    public Task<T> RunAsync<T>(Func<Task<T>> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();

    protected override void QueueTask(Task task)
    {
        Interlocked.Increment(ref _underWay);
        ThreadPool.UnsafeQueueUserWorkItem(
            static state =>
            {
                state.Runner.TryExecuteTask(state.Task);
                Interlocked.Decrement(ref state.Runner._underWay);
            },
            (Runner: this, Task: task),
            preferLocal: false);
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => [];
}
