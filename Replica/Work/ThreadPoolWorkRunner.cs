namespace Cloud.Replica.Work;

/// <summary>Runs work on the thread pool: for real hosting.</summary>
/// <param name="maxThreads">Most threads that one piece of work may use; 0 for as many as there are processors.</param>
public sealed class ThreadPoolWorkRunner(int maxThreads = 0) : IWorkRunner
{
    /// <inheritdoc/>
    public int MaxThreads { get; } = maxThreads > 0 ? maxThreads : Environment.ProcessorCount;

    /// <inheritdoc/>
    public void Post(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        ThreadPool.UnsafeQueueUserWorkItem(static state => state(), work, preferLocal: false);
    }

    /// <inheritdoc/>
    public Task<T> RunAsync<T>(Func<Task<T>> work) => Task.Run(work);
}
