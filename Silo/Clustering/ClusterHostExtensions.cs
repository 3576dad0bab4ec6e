using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Cloud.Silo.Clustering;

/// <summary>What a process in a cluster needs beside its silo.</summary>
public static class ClusterHostExtensions
{
    /// <summary>Watches the store that the cluster shares: health, and sentences in place of stack traces.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="options">The silo's options; nothing is done where no store is shared.</param>
    /// <param name="healthTag">Tag of the health check.</param>
    public static void AddClusterStoreWatch(this IHostApplicationBuilder builder, SiloOptions options, string healthTag)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        if (!options.IsClustered)
        {
            return;
        }

        builder.Services.AddSingleton(services => new ClusterStoreWatch(options, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<ClusterStoreWatch>>()));
        builder.Services.AddHostedService(static services => services.GetRequiredService<ClusterStoreWatch>());
        builder.Services.AddHealthChecks().AddCheck<ClusterStoreWatch>("database", tags: [healthTag]);
        builder.Logging.AddConsole(static console => console.FormatterName = ClusterLogFormatter.FormatterName).AddConsoleFormatter<ClusterLogFormatter, ConsoleFormatterOptions>();
    }
}
