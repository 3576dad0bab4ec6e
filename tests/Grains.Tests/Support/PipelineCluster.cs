using Cloud.Grains.Committees;
using Cloud.Grains.Faults;
using Cloud.Grains.Hosting;
using Cloud.Grains.Signing;
using Cloud.Protocol.Messages;
using Cloud.Replica.Work;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace Cloud.Grains.Tests.Support;

/// <summary>Three silos with the pipeline's grains, and no replica.</summary>
public sealed class PipelineCluster : IAsyncLifetime
{
    private InProcessTestCluster? _cluster;

    public PipelineCluster()
        : this(new TestRollup())
    {
    }

    internal PipelineCluster(TestRollup rollup) => Rollup = rollup;

    internal TestRollup Rollup { get; }

    internal InProcessTestCluster Cluster => _cluster!;

    internal IClusterClient Client => Cluster.Client;

    public async ValueTask InitializeAsync()
    {
        InProcessTestClusterBuilder builder = new(3);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddMemoryGrainStorage(GrainStates.Storage);
            silo.Services.AddSingleton(Rollup.Settings);
            silo.Services.AddSingleton(Rollup.Source);
            silo.Services.AddSingleton<IValidatorKeys>(Rollup.Keys);
            silo.Services.AddSingleton<CommitteeCache>();
            silo.Services.AddSingleton<IWorkRunner>(new ThreadPoolWorkRunner());
            silo.Services.AddSingleton<IReexecution, ScriptedReexecution>();
            silo.Services.AddSingleton(TimeProvider.System);
        });
        _cluster = builder.Build();
        await _cluster.DeployAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    /// <summary>Says what re-execution would give by the chunk's number.</summary>
    private sealed class ScriptedReexecution : IReexecution
    {
        public ValueTask<bool?> ConfirmAsync(Evidence evidence, CancellationToken cancellationToken = default) =>
            new(evidence is Evidence.InvalidChunk { Proposal.Header.Index: var index } ? (index % 3) switch { 0 => true, 1 => false, _ => null } : null);
    }
}
