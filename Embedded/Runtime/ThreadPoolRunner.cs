namespace Cloud.Embedded.Runtime;

/// <summary>Groups run on the thread pool; no thread waits for anything.</summary>
internal sealed class ThreadPoolRunner : TurnRunner
{
    public override void Schedule(WorkGroup group) => ThreadPool.UnsafeQueueUserWorkItem(group, preferLocal: true);

    public override Guid NewGuid() => Guid.NewGuid();

    public override int NextRandom(int limit) => Random.Shared.Next(limit);
}
