using Cloud.Embedded.Hosting;
using Cloud.Embedded.Streams;

namespace Orleans.Hosting;

/// <summary>Adds streams in memory to a client.</summary>
public static class ClientBuilderStreamingExtensions
{
    /// <summary>Adds a provider.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="name">The provider's name.</param>
    /// <param name="configure">Configures it.</param>
    /// <returns>The client.</returns>
    public static IClientBuilder AddMemoryStreams(this IClientBuilder builder, string name, Action<IClusterClientMemoryStreamConfigurator>? configure = null)
    {
        StreamRegistration.Add(builder.Services, name);
        configure?.Invoke(new MemoryStreamConfigurator(name, services => services(builder.Services)));
        return builder;
    }
}
