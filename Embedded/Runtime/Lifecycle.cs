using Orleans;
using Orleans.Runtime;

namespace Cloud.Embedded.Runtime;

/// <summary>Runs observers stage by stage: up in ascending order, down in descending order, those of one stage together.</summary>
internal sealed class Lifecycle : ISiloLifecycle, IGrainLifecycle
{
    private readonly List<Entry> _entries = [];
    private int _highest = int.MinValue;

    public int HighestCompletedStage => _highest;

    public int LowestStoppedStage { get; private set; } = int.MaxValue;

    public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        Entry entry = new(this, stage, observer);
        lock (_entries)
        {
            _entries.Add(entry);
        }

        return entry;
    }

    public async Task OnStart(CancellationToken cancellationToken)
    {
        foreach ((int stage, List<Entry> entries) in Stages())
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (Entry entry in entries)
            {
                entry.Started = true;
            }

            await WhenAll(entries, entry => entry.Observer.OnStart(cancellationToken));
            _highest = stage;
        }
    }

    /// <summary>Stops what was started; goes on after a failure and throws the first one at the end.</summary>
    public async Task OnStop(CancellationToken cancellationToken)
    {
        List<(int Stage, List<Entry> Entries)> stages = Stages();
        Exception? failure = null;
        for (int i = stages.Count - 1; i >= 0; i--)
        {
            try
            {
                await WhenAll(stages[i].Entries.FindAll(entry => entry.Started), entry => entry.Observer.OnStop(cancellationToken));
            }
            catch (Exception exception)
            {
                failure ??= exception;
            }

            LowestStoppedStage = stages[i].Stage;
        }

        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }

    private static async Task WhenAll(List<Entry> entries, Func<Entry, Task> run)
    {
        if (entries.Count == 1)
        {
            await run(entries[0]);
            return;
        }

        List<Task> tasks = [];
        foreach (Entry entry in entries)
        {
            tasks.Add(Run(entry, run));
        }

        await Task.WhenAll(tasks);

        static async Task Run(Entry entry, Func<Entry, Task> run) => await run(entry);
    }

    private List<(int Stage, List<Entry> Entries)> Stages()
    {
        SortedDictionary<int, List<Entry>> stages = [];
        lock (_entries)
        {
            foreach (Entry entry in _entries)
            {
                if (!stages.TryGetValue(entry.Stage, out List<Entry>? list))
                {
                    stages.Add(entry.Stage, list = []);
                }

                list.Add(entry);
            }
        }

        List<(int, List<Entry>)> result = [];
        foreach ((int stage, List<Entry> list) in stages)
        {
            result.Add((stage, list));
        }

        return result;
    }

    private sealed class Entry(Lifecycle owner, int stage, ILifecycleObserver observer) : IDisposable
    {
        public int Stage { get; } = stage;

        public ILifecycleObserver Observer { get; } = observer;

        public bool Started { get; set; }

        public void Dispose()
        {
            lock (owner._entries)
            {
                owner._entries.Remove(this);
            }
        }
    }
}
