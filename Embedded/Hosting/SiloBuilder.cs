using Cloud.Embedded.Configuration;
using Cloud.Embedded.Runtime;
using Cloud.Embedded.Serialization;
using Cloud.Embedded.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Timers;

namespace Cloud.Embedded.Hosting;

internal sealed class SiloBuilder(IServiceCollection services, IConfiguration configuration) : ISiloBuilder
{
    public IServiceCollection Services { get; } = services;

    public IConfiguration Configuration { get; } = configuration;

    /// <summary>Adds the runtime, once.</summary>
    public void AddDefaults(bool hosted)
    {
        if (Services.Any(static service => service.ServiceType == typeof(Silo)))
        {
            return;
        }

        Services.AddLogging();
        Services.AddOptions();
        Services.TryAddSingleton(TimeProvider.System);
        Services.TryAddSingleton(static _ => new Cluster(new ThreadPoolRunner()));
        Services.AddSingleton<Lifecycle>();
        Services.AddSingleton<ISiloLifecycle>(static services => services.GetRequiredService<Lifecycle>());
        Services.AddSingleton<Silo>();
        Services.AddSingleton<RuntimeClient>(static services => services.GetRequiredService<Silo>());
        Services.AddSingleton<ILocalSiloDetails>(static services => services.GetRequiredService<Silo>());
        Services.TryAddSingleton<IClusterClient>(static services => services.GetRequiredService<Silo>().GrainFactory);
        Services.TryAddSingleton<IGrainFactory>(static services => services.GetRequiredService<Silo>().GrainFactory);
        Services.AddSingleton<IGrainContextAccessor, GrainContextAccessor>();
        Services.AddScoped<IGrainContext>(static _ => Activation.Constructing ?? throw new InvalidOperationException("There is no activation here: IGrainContext is for grains and what is injected into them."));
        Services.AddSingleton<ITimerRegistry, TimerRegistry>();
        Services.AddSingleton<IPersistentStateFactory, PersistentStateFactory>();
        Services.AddSingleton(static services => new CodecTable(services.GetRequiredService<Silo>()));
        Services.AddSingleton<GrainStateSerializer>();
        Services.AddSingleton<IConfigurationValidator, SiloOptionsValidator>();
        if (hosted)
        {
            Services.AddHostedService<SiloHostedService>();
        }
    }
}
