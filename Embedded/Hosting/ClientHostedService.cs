using Cloud.Embedded.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;

namespace Cloud.Embedded.Hosting;

internal sealed class ClientHostedService(IServiceProvider services) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (IConfigurationValidator validator in services.GetServices<IConfigurationValidator>())
        {
            validator.ValidateConfiguration();
        }

        services.GetRequiredService<ClientRuntime>().Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        services.GetRequiredService<ClientRuntime>().Stop();
        return Task.CompletedTask;
    }
}
