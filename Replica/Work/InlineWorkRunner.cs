namespace Cloud.Replica.Work;

/// <summary>Runs work on a given scheduler, or where that is null at once on the caller's thread: for simulations and for tests that drive the time.</summary>
/// <param name="scheduler">One that runs one task at a time; a simulated silo's own. Null: in the caller, one piece of work after the other; then all callers must be on one thread.</param>
public sealed class InlineWorkRunner(TaskScheduler? scheduler = null) : IWorkRunner
{
    private readonly Queue<Action> _waiting = [];
    private bool _isRunning;

    /// <inheritdoc/>
    public int MaxThreads => 1;

    /// <summary>Whether work waits for a scheduler; otherwise it runs before the caller goes on.</summary>
    internal bool IsScheduled => scheduler is not null;

    /// <inheritdoc/>
    public void Post(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (scheduler is not null)
        {
            _ = Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler);
            return;
        }

        _waiting.Enqueue(work);
        if (_isRunning)
        {
            return;
        }

        _isRunning = true;
        try
        {
            while (_waiting.TryDequeue(out Action? next))
            {
                next();
            }
        }
        finally
        {
            _isRunning = false;
        }
    }

    /// <inheritdoc/>
    public Task<T> RunAsync<T>(Func<Task<T>> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return scheduler is null ? work() : Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler).Unwrap();
    }
}
