using System.Collections.Concurrent;

namespace Cloud.Runtime.Tests.Support;

/// <summary>
/// Where a test and the grain code that it drives meet: named points that one side passes and the other waits for, and a list of notes in the
/// order in which they were made. Silos and tests share one process, so both find the stage by its name.
/// </summary>
/// <remarks>Every wait ends after <see cref="Deadline"/> with the name of what did not happen. No test sleeps.</remarks>
internal sealed class Stage
{
    /// <summary>How long a wait lasts before the test fails: long beside a turn, short beside the call time-out of 30 seconds.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static readonly ConcurrentDictionary<string, Stage> Stages = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _points = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly List<string> _notes = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiters = [];
    private readonly string _name;
    private int _number;

    private Stage(string name) => _name = name;

    /// <summary>What was noted so far.</summary>
    public IReadOnlyList<string> Notes
    {
        get
        {
            lock (_lock)
            {
                return [.. _notes];
            }
        }
    }

    /// <summary>The stage of a name; the first caller creates it.</summary>
    public static Stage At(string name) => Stages.GetOrAdd(name, static key => new Stage(key));

    /// <summary>A name that no other test uses.</summary>
    public static string NewKey() => Guid.NewGuid().ToString("N");

    /// <summary>Passes a point: whoever waits for it, now or later, goes on.</summary>
    public void Pass(string point) => Point(point).TrySetResult();

    /// <summary>Waits for a point to be passed.</summary>
    public Task Until(string point) => Within(Point(point).Task, point);

    /// <summary>True once the point was passed.</summary>
    public bool Passed(string point) => Point(point).Task.IsCompleted;

    /// <summary>Counts: 1 for the first call on this stage, and so on.</summary>
    public int Next() => Interlocked.Increment(ref _number);

    /// <summary>Adds a note.</summary>
    public void Note(string text)
    {
        List<TaskCompletionSource> reached = [];
        lock (_lock)
        {
            _notes.Add(text);
            foreach ((int count, TaskCompletionSource source) in _waiters)
            {
                if (count == _notes.Count)
                {
                    reached.Add(source);
                }
            }
        }

        foreach (TaskCompletionSource source in reached)
        {
            source.TrySetResult();
        }
    }

    /// <summary>Waits until at least <paramref name="count"/> notes were made, and returns them.</summary>
    public async Task<IReadOnlyList<string>> UntilNotes(int count)
    {
        TaskCompletionSource source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_notes.Count >= count)
            {
                return [.. _notes];
            }

            _waiters.Add((count, source));
        }

        await Within(source.Task, $"note {count}");
        return Notes;
    }

    private TaskCompletionSource Point(string point) =>
        _points.GetOrAdd(point, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    private async Task Within(Task task, string what)
    {
        try
        {
            await task.WaitAsync(Deadline);
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException($"'{what}' did not happen on stage {_name} within {Deadline}; notes: {string.Join(" | ", Notes)}");
        }
    }
}
