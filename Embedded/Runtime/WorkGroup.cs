namespace Cloud.Embedded.Runtime;

/// <summary>Runs work items one at a time, and the continuations of what they await: an activation, an observer, or a part of a silo.</summary>
/// <remarks>It is a <see cref="TaskScheduler"/>, so that an await inside a turn comes back as a turn of the same group.</remarks>
internal abstract class WorkGroup : TaskScheduler, IThreadPoolWorkItem
{
    private const int QuantumMilliseconds = 100;
    private const int ItemsBetweenClockReads = 32;
    private static readonly Action<object?> RunLoopAction = static state => ((WorkGroup)state!).RunLoop();
    private static readonly Action<object?> RunStepAction = static state => ((WorkGroup)state!).RunStep();

    [ThreadStatic]
    private static WorkGroup? _current;

    private readonly Lock _gate = new();
    private Queue<object> _inbox = new();
    private Queue<object> _batch = new();
    private bool _scheduled;
    private volatile bool _dead;

    // What the simulator runs now.
    private object? _step;

    protected WorkGroup(TurnRunner runner)
    {
        Runner = runner;
        Number = runner.NextGroupNumber();
    }

    /// <summary>The group whose turn this thread runs.</summary>
    public static new WorkGroup? Current => _current;

    public TurnRunner Runner { get; }

    public bool IsDead => _dead;

    /// <summary>Creation order; names the group in a simulation's log.</summary>
    public int Number { get; }

    /// <summary>The runtime that calls made in this group's turns leave through.</summary>
    public abstract RuntimeClient Runtime { get; }

    public sealed override int MaximumConcurrencyLevel => 1;

    /// <summary>Adds a work item: a <see cref="Task"/>, an <see cref="Action"/> or what <see cref="RunItem"/> knows.</summary>
    public void Post(object item)
    {
        if (_dead)
        {
            return;
        }

        bool start;
        lock (_gate)
        {
            _inbox.Enqueue(item);
            start = !_scheduled;
            _scheduled = true;
        }

        if (Runner.IsSimulated)
        {
            Runner.OnPosted(this, item);
        }

        if (start)
        {
            Runner.Schedule(this);
        }
    }

    /// <summary>From now on nothing runs any more, not even continuations: what a process that died would do.</summary>
    public void Kill()
    {
        _dead = true;
        lock (_gate)
        {
            _inbox.Clear();
        }
    }

    public void Execute()
    {
        _current = this;
        try
        {
            new Task(RunLoopAction, this).RunSynchronously(this);
        }
        finally
        {
            _current = null;
        }
    }

    /// <summary>Runs one item, for the simulator.</summary>
    /// <returns>Whether there is more.</returns>
    public bool ExecuteStep()
    {
        object? item;
        lock (_gate)
        {
            _ = _inbox.TryDequeue(out item);
        }

        WorkGroup? outer = _current;
        _current = this;
        try
        {
            // A task knows its scheduler by itself; anything else needs one around it.
            if (item is Task task)
            {
                Run(task, ExecutionContext.Capture());
            }
            else if (item is not null)
            {
                _step = item;
                new Task(RunStepAction, this).RunSynchronously(this);
            }
        }
        finally
        {
            _current = outer;
        }

        lock (_gate)
        {
            return _scheduled = _inbox.Count > 0 && !_dead;
        }
    }

    /// <summary>Runs an action as a turn, now, for the simulator.</summary>
    public void ExecuteInline(Action action) => ExecuteInline(static state => ((Action)state!)(), action);

    /// <summary>Runs an action as a turn, now, for the simulator.</summary>
    public void ExecuteInline(Action<object?> action, object? state)
    {
        WorkGroup? outer = _current;
        _current = this;
        try
        {
            Task task = new(action, state);
            task.RunSynchronously(this);
            if (task.Exception is { } failure)
            {
                OnUnhandledException(failure.InnerException!);
            }
        }
        finally
        {
            _current = outer;
        }
    }

    /// <summary>Runs an item that is neither task nor action.</summary>
    protected virtual void RunItem(object item) => throw new NotSupportedException($"{item.GetType()} is no work item.");

    protected abstract void OnUnhandledException(Exception exception);

    protected sealed override void QueueTask(Task task) => Post(task);

    // The group's own loop runs even when the group is dead: what refuses to be run here would be waited for.
    protected sealed override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        _current == this && (!_dead || ReferenceEquals(task.AsyncState, this)) && TryExecuteTask(task);

    protected sealed override IEnumerable<Task> GetScheduledTasks() => [];

    private void RunLoop()
    {
        ExecutionContext? baseline = ExecutionContext.Capture();
        long start = Environment.TickCount64;
        int items = 0;
        while (true)
        {
            while (_batch.TryDequeue(out object? item))
            {
                Run(item, baseline);
                if (++items % ItemsBetweenClockReads == 0 && Environment.TickCount64 - start > QuantumMilliseconds)
                {
                    Runner.Schedule(this);
                    return;
                }
            }

            lock (_gate)
            {
                if (_inbox.Count == 0)
                {
                    _scheduled = false;
                    return;
                }

                (_inbox, _batch) = (_batch, _inbox);
            }
        }
    }

    private void RunStep()
    {
        object item = _step!;
        _step = null;
        Run(item, ExecutionContext.Capture());
    }

    private void Run(object item, ExecutionContext? baseline)
    {
        if (_dead)
        {
            return;
        }

        try
        {
            if (item is Task task)
            {
                TryExecuteTask(task);
                return;
            }

            if (item is Action action)
            {
                action();
            }
            else
            {
                RunItem(item);
            }
        }
        catch (Exception exception)
        {
            OnUnhandledException(exception);
        }

        // What an item set in async locals must not reach the next one.
        if (baseline is not null && ExecutionContext.Capture() != baseline)
        {
            ExecutionContext.Restore(baseline);
        }
    }
}
