using Cloud.Grains.Committees;
using Cloud.Grains.Faults;
using Cloud.Grains.Feed;
using Cloud.Grains.Publishing;
using Cloud.Grains.Signing;
using Cloud.Replica.Work;
using Cloud.Settlement.L1Events;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cloud.Grains.Hosting;

/// <summary>Adds the slot pipeline to a silo.</summary>
public static class PipelineSiloBuilderExtensions
{
    /// <summary>Adds what the pipeline's grains need. Storage <see cref="GrainStates.Storage"/> and streams <see cref="Interfaces.Feed.FeedStreams.Provider"/> come from the caller.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="rollup">The rollup.</param>
    /// <param name="committees">Where committees come from.</param>
    /// <param name="keys">The validators' keys that this process may use.</param>
    /// <param name="replica">Gives the process's replica.</param>
    /// <param name="l1">L1.</param>
    /// <param name="options">What this process decides by itself; null for the defaults.</param>
    /// <returns>The same silo.</returns>
    public static ISiloBuilder AddSlotPipeline(
        this ISiloBuilder silo,
        RollupSettings rollup,
        ICommitteeSource committees,
        IValidatorKeys keys,
        ReplicaOpener replica,
        Func<IServiceProvider, IL1> l1,
        PipelineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(silo);
        IServiceCollection services = silo.Services;
        services.AddSingleton(rollup);
        services.AddSingleton(committees);
        services.AddSingleton(keys);
        services.AddSingleton(replica);
        services.AddSingleton(l1);
        services.AddSingleton(options ?? new PipelineOptions());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IWorkRunner>(static _ => new ThreadPoolWorkRunner());
        services.TryAddSingleton<CommitteeCache>();
        services.AddSingleton<IReexecution, SiloReexecution>();
        services.TryAddSingleton<PublisherPresence>();
        services.AddSingleton<SiloNode>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(static provider => provider.GetRequiredService<SiloNode>());
        return silo;
    }
}
