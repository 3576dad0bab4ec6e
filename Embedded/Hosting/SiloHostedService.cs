using Cloud.Embedded.Runtime;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Cloud.Embedded.Hosting;

internal sealed class SiloHostedService(Silo silo, IOptions<ClusterOptions> options) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await silo.StartAsync(cancellationToken);
        LocalClusters.Add(options.Value, silo.Cluster);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await silo.StopAsync(cancellationToken);
        if (silo.Cluster.ActiveSilos.Length == 0)
        {
            LocalClusters.Remove(options.Value, silo.Cluster);
        }
    }
}
