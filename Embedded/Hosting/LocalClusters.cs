using System.Collections.Concurrent;
using Cloud.Embedded.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Cloud.Embedded.Hosting;

/// <summary>The clusters of this process by name, for clients in hosts of their own.</summary>
internal static class LocalClusters
{
    private static readonly ConcurrentDictionary<(string Service, string Cluster), Cluster> Clusters = new();

    public static void Add(ClusterOptions options, Cluster cluster) => Clusters[(options.ServiceId, options.ClusterId)] = cluster;

    public static void Remove(ClusterOptions options, Cluster cluster) =>
        Clusters.TryRemove(new KeyValuePair<(string, string), Cluster>((options.ServiceId, options.ClusterId), cluster));

    public static Cluster Find(IServiceProvider services)
    {
        ClusterOptions options = services.GetRequiredService<IOptions<ClusterOptions>>().Value;
        return Clusters.TryGetValue((options.ServiceId, options.ClusterId), out Cluster? cluster)
            ? cluster
            : throw new SiloUnavailableException($"No silo of service '{options.ServiceId}', cluster '{options.ClusterId}' runs in this process. Start the silo's host first.");
    }
}
