namespace Cloud.Bench.Execution;

/// <summary>./bench.sh building.</summary>
internal sealed class BuildingSubject : ISubject
{
    /// <inheritdoc/>
    public string Name => "building";

    /// <inheritdoc/>
    public string Summary => "the part of execution without the EVM's contracts: pool, builder, verifier, what the state root adds, lateness, memory";

    /// <inheritdoc/>
    public Task RunAsync(BenchRun bench, CancellationToken cancellation) => BuildingMeasurements.MeasureAsync(bench, cancellation);
}
