namespace Cloud.Grains.Hosting;

/// <summary>Work on the thread pool.</summary>
public sealed class ThreadPoolRunner : IWorkRunner
{
    /// <inheritdoc/>
    public Task<T> Run<T>(Func<T> work) => Task.Run(work);
}
