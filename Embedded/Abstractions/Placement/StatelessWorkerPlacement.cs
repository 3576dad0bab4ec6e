namespace Orleans.Runtime;

/// <summary>Several activations on each silo.</summary>
internal sealed class StatelessWorkerPlacement(int maxLocal) : PlacementStrategy
{
    public int MaxLocal { get; } = maxLocal;
}
