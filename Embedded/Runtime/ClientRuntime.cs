using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Cloud.Embedded.Runtime;

/// <summary>A client outside silos.</summary>
internal sealed class ClientRuntime(Cluster cluster, IServiceProvider services) : RuntimeClient(
    cluster,
    services,
    services.GetRequiredService<IOptions<ClientMessagingOptions>>().Value,
    services.GetRequiredService<IOptions<EmbeddedOptions>>().Value.IsolateArguments)
{
    public void Start()
    {
        StartMessaging();
        Cluster.AddClient(this);
    }

    public void Stop()
    {
        Cluster.RemoveClient(this);
        StopMessaging(call => new SiloUnavailableException($"The local Orleans host is shutting down and can no longer process the request: {call}."));
    }
}
