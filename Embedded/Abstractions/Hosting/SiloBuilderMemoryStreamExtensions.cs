using Cloud.Embedded.Hosting;
using Cloud.Embedded.Streams;

namespace Orleans.Hosting;

/// <summary>Adds streams in memory to a silo.</summary>
public static class SiloBuilderMemoryStreamExtensions
{
    /// <summary>Adds a provider.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="name">The provider's name.</param>
    /// <param name="configure">Configures it.</param>
    /// <returns>The silo.</returns>
    public static ISiloBuilder AddMemoryStreams(this ISiloBuilder builder, string name, Action<ISiloMemoryStreamConfigurator>? configure = null)
    {
        StreamRegistration.Add(builder.Services, name);
        configure?.Invoke(new MemoryStreamConfigurator(name, services => services(builder.Services)));
        return builder;
    }
}
