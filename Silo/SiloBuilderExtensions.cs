using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
#if ORLEANS
using Orleans.Configuration;
#endif

namespace Cloud.Silo;

/// <summary>Sets a silo up for the product's grains, on either grain runtime.</summary>
public static class SiloBuilderExtensions
{
    /// <summary>Name of the storage provider for grain state that must survive; also the default one.</summary>
    public const string StateStorage = "state";

    /// <summary>Name of the stream provider of the chunk feed. Streams are gossip: what they lose, readers pull.</summary>
    public const string FeedStreams = "feed";

    internal const string SubscriptionStorage = "PubSubStore";

    /// <summary>Adds clustering, storage, streams and reminders as the options say.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="options">Options that the validator has accepted.</param>
    /// <returns>The same silo.</returns>
    public static ISiloBuilder AddPreconfCloud(this ISiloBuilder silo, SiloOptions options)
    {
        ArgumentNullException.ThrowIfNull(silo);
        ArgumentNullException.ThrowIfNull(options);
        silo.Services.AddSingleton<IValidateOptions<SiloOptions>, SiloOptionsValidator>();
        silo.AddMemoryStreams(FeedStreams);
        if (options.GrainStorage == GrainStorageKind.Memory)
        {
            silo.AddMemoryGrainStorage(SubscriptionStorage).AddMemoryGrainStorage(StateStorage).AddMemoryGrainStorageAsDefault().UseInMemoryReminderService();
#if ORLEANS
            silo.UseLocalhostClustering(options.SiloPort, options.ClientPort, serviceId: options.ServiceId, clusterId: options.ClusterId);
#endif
            return silo;
        }

#if ORLEANS
        ConfigureCluster(silo, options);
        silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (options.ClusterId, options.ServiceId));
        _ = options.AdvertisedAddress.Length == 0
            ? silo.ConfigureEndpoints(options.SiloPort, options.ClientPort)
            : silo.ConfigureEndpoints(System.Net.IPAddress.Parse(options.AdvertisedAddress), options.SiloPort, options.ClientPort, listenOnAnyHostAddress: true);
#if AZURE_PROVIDERS
        if (options.GrainStorage == GrainStorageKind.Azure)
        {
            return AzureProviders.Add(silo, options);
        }

#endif
        return PostgreSqlProviders.Add(silo, options);
#else
        // Who subscribes is kept where the streams are kept: after a restart both are gone, and readers subscribe anew.
        silo.AddMemoryGrainStorage(SubscriptionStorage);
        return LocalProviders.Add(silo, options);
#endif
    }

#if ORLEANS
    private static void ConfigureCluster(ISiloBuilder silo, SiloOptions options)
    {
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = options.ProbeInterval;
            membership.NumMissedProbesLimit = 2;
            membership.TableRefreshTimeout = options.ProbeInterval * 5;
        });
        if (options.Role == SiloRole.Gateway)
        {
            // It takes part in the cluster, so that it hears what silos hear, and hosts none of the rollup's grains.
            System.Reflection.Assembly grains = typeof(Grains.Feed.SiloNode).Assembly;
            silo.Services.PostConfigure<GrainTypeOptions>(types => types.Classes.RemoveWhere(type => type.Assembly == grains));
        }
    }
#endif
}
