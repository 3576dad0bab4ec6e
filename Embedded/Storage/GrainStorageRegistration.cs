using Microsoft.Extensions.DependencyInjection;
using Orleans.Providers;
using Orleans.Storage;

namespace Cloud.Embedded.Storage;

/// <summary>Registers grain storages; a simulation puts its faults around each.</summary>
internal static class GrainStorageRegistration
{
    public static void Add(IServiceCollection services, string name, Func<IServiceProvider, string, IGrainStorage> create)
    {
        services.AddKeyedSingleton(name, (provider, _) =>
        {
            IGrainStorage storage = create(provider, name);
            return provider.GetService<IStorageDecorator>()?.Decorate(name, storage) ?? storage;
        });
        if (name == ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME)
        {
            services.AddSingleton(static provider => provider.GetRequiredKeyedService<IGrainStorage>(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME));
        }
    }
}
