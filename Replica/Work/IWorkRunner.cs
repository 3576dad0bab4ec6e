namespace Cloud.Replica.Work;

/// <summary>Where a node's work runs: the one place that knows about threads, so that a simulation can run everything in an order of its own.</summary>
public interface IWorkRunner
{
    /// <summary>Most threads that one piece of work may use by itself, from 1.</summary>
    int MaxThreads { get; }

    /// <summary>Runs work soon, beside the caller or after it.</summary>
    /// <param name="work">Must not throw.</param>
    void Post(Action work);

    /// <summary>Starts asynchronous work that computes for long stretches.</summary>
    /// <typeparam name="T">What it gives.</typeparam>
    /// <param name="work">The work. Its awaits come back to where it was started.</param>
    /// <returns>A task for the result.</returns>
    Task<T> RunAsync<T>(Func<Task<T>> work);
}
