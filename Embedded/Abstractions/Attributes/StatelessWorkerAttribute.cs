using Orleans.Placement;
using Orleans.Runtime;

namespace Orleans.Concurrency;

/// <summary>The grain has several activations on each silo, and calls go to an idle one on the caller's silo.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class StatelessWorkerAttribute : PlacementAttribute
{
    /// <summary>As many activations as the machine has processors.</summary>
    public StatelessWorkerAttribute()
        : this(-1)
    {
    }

    /// <summary>A limit of its own.</summary>
    /// <param name="maxLocalWorkers">Activations per silo, at least 1; below that the number of processors.</param>
    public StatelessWorkerAttribute(int maxLocalWorkers)
        : this(maxLocalWorkers, true)
    {
    }

    /// <summary>A limit of its own.</summary>
    /// <param name="maxLocalWorkers">Activations per silo, at least 1; below that the number of processors.</param>
    /// <param name="removeIdleWorkers">Not used here: idle workers go at the collection age.</param>
    public StatelessWorkerAttribute(int maxLocalWorkers, bool removeIdleWorkers)
        : base(new StatelessWorkerPlacement(maxLocalWorkers > 0 ? maxLocalWorkers : Environment.ProcessorCount))
    {
        MaxLocalWorkersSaid = maxLocalWorkers > 0;
    }

    internal bool MaxLocalWorkersSaid { get; }

    internal int MaxLocalWorkers => ((StatelessWorkerPlacement)PlacementStrategy).MaxLocal;
}
