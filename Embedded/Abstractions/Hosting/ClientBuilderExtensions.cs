using Cloud.Embedded.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;

namespace Orleans.Hosting;

/// <summary>Configures a client.</summary>
public static class ClientBuilderExtensions
{
    /// <summary>Adds services.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="configureDelegate">Adds them.</param>
    /// <returns>The client.</returns>
    public static IClientBuilder ConfigureServices(this IClientBuilder builder, Action<IServiceCollection> configureDelegate)
    {
        ArgumentNullException.ThrowIfNull(configureDelegate);
        configureDelegate(builder.Services);
        return builder;
    }

    /// <summary>Sets options.</summary>
    /// <typeparam name="TOptions">The options.</typeparam>
    /// <param name="builder">The client.</param>
    /// <param name="configureOptions">Sets them.</param>
    /// <returns>The client.</returns>
    public static IClientBuilder Configure<TOptions>(this IClientBuilder builder, Action<TOptions> configureOptions)
        where TOptions : class
    {
        builder.Services.Configure(configureOptions);
        return builder;
    }

    /// <summary>Connects to the silo of this process by the names of its cluster.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="gatewayPort">Not used in one process.</param>
    /// <param name="serviceId">The service.</param>
    /// <param name="clusterId">The cluster.</param>
    /// <returns>The client.</returns>
    public static IClientBuilder UseLocalhostClustering(this IClientBuilder builder, int gatewayPort = EndpointOptions.DEFAULT_GATEWAY_PORT, string serviceId = "dev", string clusterId = "dev") =>
        builder.Configure<ClusterOptions>(options =>
        {
            options.ServiceId = serviceId;
            options.ClusterId = clusterId;
        });

    /// <summary>Calls that leave the client continue the caller's trace, in the source "Microsoft.Orleans.Application".</summary>
    /// <param name="builder">The client.</param>
    /// <returns>The client.</returns>
    public static IClientBuilder AddActivityPropagation(this IClientBuilder builder)
    {
        builder.Services.TryAddSingleton<ActivityPropagation>();
        return builder;
    }
}
