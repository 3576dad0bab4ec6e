using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Orleans.TestingHost;

/// <summary>Clocks in tests.</summary>
public static class TimeProviderTestingExtensions
{
    /// <summary>Gives the runtime another clock than the grains, which keep the one without a key.</summary>
    /// <param name="services">The services of a silo.</param>
    /// <param name="timeProvider">The runtime's clock.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection UseTimeProviderForBackgroundAreas(this IServiceCollection services, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(timeProvider);
        services.AddKeyedSingleton(KeyedService.AnyKey, (_, _) => timeProvider);
        services.AddKeyedSingleton(TimeProviderNames.Grains, static (services, _) => services.GetRequiredService<TimeProvider>());
        return services;
    }
}
