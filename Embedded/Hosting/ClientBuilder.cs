using Cloud.Embedded.Configuration;
using Cloud.Embedded.Runtime;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans;
using Orleans.Hosting;

namespace Cloud.Embedded.Hosting;

internal sealed class ClientBuilder(IServiceCollection services, IConfiguration configuration) : IClientBuilder
{
    public IServiceCollection Services { get; } = services;

    public IConfiguration Configuration { get; } = configuration;

    /// <summary>Adds the runtime, once.</summary>
    public void AddDefaults()
    {
        if (Services.Any(static service => service.ServiceType == typeof(ClientRuntime)))
        {
            return;
        }

        Services.AddLogging();
        Services.AddOptions();
        Services.TryAddSingleton(TimeProvider.System);
        Services.TryAddSingleton(static services => LocalClusters.Find(services));
        Services.AddSingleton<ClientRuntime>();
        Services.AddSingleton<RuntimeClient>(static services => services.GetRequiredService<ClientRuntime>());
        Services.TryAddSingleton<IClusterClient>(static services => services.GetRequiredService<ClientRuntime>().GrainFactory);
        Services.TryAddSingleton<IGrainFactory>(static services => services.GetRequiredService<ClientRuntime>().GrainFactory);
        Services.AddSingleton<IConfigurationValidator, ClientOptionsValidator>();
        Services.AddHostedService<ClientHostedService>();
    }
}
