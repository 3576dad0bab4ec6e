using System.Collections.Concurrent;

namespace Cloud.Settlement.Work;

/// <summary>Runs what computes for a tenth of a second or more on a few threads of its own: proofs of blobs, and the execution of what is on L1. Safe for several threads.</summary>
/// <remarks>
/// The thread pool has as many threads as the machine has processors, and adds others slowly. Two blobs whose cells are proven there keep all timers and turns of a small machine waiting
/// for a second, and with them the flashblock that is due.
/// </remarks>
public static class BackgroundWork
{
    private static readonly Runner Shared = new(Math.Max(2, Environment.ProcessorCount / 2));

    /// <summary>How many pieces one caller should run at a time, from 1: half of the processors, so that the other half is left to what has deadlines.</summary>
    public static int Share { get; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>Runs a computation.</summary>
    /// <typeparam name="T">What it gives.</typeparam>
    /// <param name="compute">Does not wait for anything that runs here.</param>
    /// <param name="cancellationToken">Takes it back where it has not begun.</param>
    /// <returns>The result, or what was thrown. Whoever awaits it goes on where it was, not here.</returns>
    public static Task<T> RunAsync<T>(Func<T> compute, CancellationToken cancellationToken = default) =>
        Task.Factory.StartNew(compute, cancellationToken, TaskCreationOptions.DenyChildAttach | TaskCreationOptions.RunContinuationsAsynchronously, Shared);

    private sealed class Runner : TaskScheduler
    {
        private readonly BlockingCollection<Task> _waiting = [];

        internal Runner(int threads)
        {
            MaximumConcurrencyLevel = threads;
            for (int i = 0; i < threads; i++)
            {
                new Thread(Run) { IsBackground = true, Name = "background work" }.Start();
            }
        }

        public override int MaximumConcurrencyLevel { get; }

        protected override void QueueTask(Task task) => _waiting.Add(task);

        // Not on the thread of whoever waits for it.
        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

        protected override IEnumerable<Task> GetScheduledTasks() => _waiting;

        private void Run()
        {
            foreach (Task task in _waiting.GetConsumingEnumerable())
            {
                TryExecuteTask(task);
            }
        }
    }
}
