namespace Cloud.Bench.Execution;

/// <summary>./bench.sh state.</summary>
internal sealed class StateSubject : ISubject
{
    /// <inheritdoc/>
    public string Name => "state";

    /// <inheritdoc/>
    public string Summary => "the world state at 1,000,000 accounts: roots, reads, flattens, memory of a fork";

    /// <inheritdoc/>
    public Task RunAsync(BenchRun bench, CancellationToken cancellation)
    {
        StateMeasurements.Run(bench, cancellation);
        return Task.CompletedTask;
    }
}
