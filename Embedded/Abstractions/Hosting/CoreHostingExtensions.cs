using System.Net;
using Cloud.Embedded.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;

namespace Orleans.Hosting;

/// <summary>How a silo finds its cluster.</summary>
public static class CoreHostingExtensions
{
    /// <summary>The cluster is this process.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="siloPort">Part of the silo's address; nothing listens.</param>
    /// <param name="gatewayPort">Part of the silo's address; nothing listens.</param>
    /// <param name="primarySiloEndpoint">Not used in one process.</param>
    /// <param name="serviceId">The service.</param>
    /// <param name="clusterId">The cluster.</param>
    /// <returns>The silo.</returns>
    public static ISiloBuilder UseLocalhostClustering(
        this ISiloBuilder builder,
        int siloPort = EndpointOptions.DEFAULT_SILO_PORT,
        int gatewayPort = EndpointOptions.DEFAULT_GATEWAY_PORT,
        IPEndPoint? primarySiloEndpoint = null,
        string serviceId = "dev",
        string clusterId = "dev") => builder
            .Configure<EndpointOptions>(options =>
            {
                options.AdvertisedIPAddress = IPAddress.Loopback;
                options.SiloPort = siloPort;
                options.GatewayPort = gatewayPort;
            })
            .Configure<ClusterOptions>(options =>
            {
                options.ServiceId = serviceId;
                options.ClusterId = clusterId;
            });

    /// <summary>Calls that leave the silo continue the caller's trace, in the source "Microsoft.Orleans.Application".</summary>
    /// <param name="builder">The silo.</param>
    /// <returns>The silo.</returns>
    public static ISiloBuilder AddActivityPropagation(this ISiloBuilder builder)
    {
        builder.Services.TryAddSingleton<ActivityPropagation>();
        return builder;
    }
}
