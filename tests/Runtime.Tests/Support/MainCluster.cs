using Cloud.Runtime.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

[assembly: AssemblyFixture(typeof(MainCluster))]

namespace Cloud.Runtime.Tests.Support;

/// <summary>The cluster that most tests share: two silos with storage, streams and reminders, everything else as it comes.</summary>
public sealed class MainCluster : ClusterFixture
{
    /// <summary>The stream provider of silos and client.</summary>
    public const string Streams = "streams";

    /// <inheritdoc/>
    protected override void ConfigureSilo(ISiloBuilder silo)
    {
        silo.AddMemoryGrainStorageAsDefault();
        silo.AddMemoryGrainStorage("PubSubStore");
        silo.AddMemoryGrainStorage("other");
        silo.AddMemoryStreams(Streams);
        silo.UseInMemoryReminderService();
        silo.Services.AddScoped<ScopedThing>();
    }

    /// <inheritdoc/>
    protected override void ConfigureClient(IClientBuilder client) => client.AddMemoryStreams(Streams);
}
