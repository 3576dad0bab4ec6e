namespace Cloud.Embedded.Runtime;

/// <summary>Decides on which thread and in which order groups run.</summary>
internal abstract class TurnRunner
{
    private int _groups;

    public virtual bool IsSimulated => false;

    /// <summary>The group has work and is not scheduled yet.</summary>
    public abstract void Schedule(WorkGroup group);

    /// <summary>An item was added to a group.</summary>
    public virtual void OnPosted(WorkGroup group, object item)
    {
    }

    public abstract Guid NewGuid();

    /// <summary>A random number below the limit.</summary>
    public abstract int NextRandom(int limit);

    public int NextGroupNumber() => Interlocked.Increment(ref _groups);
}
