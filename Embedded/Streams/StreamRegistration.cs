using Cloud.Embedded.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Streams;

namespace Cloud.Embedded.Streams;

internal static class StreamRegistration
{
    public static void Add(IServiceCollection services, string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        services.AddKeyedSingleton<IStreamProvider>(name, (provider, _) => new MemoryStreamProvider(name, provider.GetRequiredService<RuntimeClient>()));
    }
}
