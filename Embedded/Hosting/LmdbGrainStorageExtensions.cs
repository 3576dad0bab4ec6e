using Cloud.Embedded.Runtime;
using Cloud.Embedded.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Hosting;
using Orleans.Providers;

namespace Cloud.Embedded.Hosting;

/// <summary>Adds grain storage on disk, for deployments of one process.</summary>
public static class LmdbGrainStorageExtensions
{
    /// <summary>Adds a storage whose writes are on disk when they return.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="name">The storage's name.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The silo.</returns>
    public static ISiloBuilder AddLmdbGrainStorage(this ISiloBuilder builder, string name, Action<LmdbGrainStorageOptions> configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        builder.Services.Configure(name, configure);
        builder.Services.AddSingleton<IConfigurationValidator>(services =>
            new LmdbGrainStorageOptionsValidator(name, services.GetRequiredService<IOptionsMonitor<LmdbGrainStorageOptions>>().Get(name)));
        GrainStorageRegistration.Add(builder.Services, name, static (services, name) => new LmdbGrainStorage(
            name,
            services.GetRequiredService<IOptionsMonitor<LmdbGrainStorageOptions>>().Get(name),
            services.GetRequiredService<Cluster>().Runner,
            services.GetRequiredService<GrainStateSerializer>()));
        return builder;
    }

    /// <summary>Adds the storage that is used when none is named; its writes are on disk when they return.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The silo.</returns>
    public static ISiloBuilder AddLmdbGrainStorageAsDefault(this ISiloBuilder builder, Action<LmdbGrainStorageOptions> configure) =>
        builder.AddLmdbGrainStorage(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, configure);
}
