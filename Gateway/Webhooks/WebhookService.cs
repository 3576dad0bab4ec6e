using System.Collections.Immutable;
using Cloud.Gateway.Status;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cloud.Gateway.Webhooks;

/// <summary>All web-hooks. Each delivers at its own pace: one that does not answer keeps no other waiting.</summary>
internal sealed class WebhookService : BackgroundService
{
    private readonly HttpClient _client;

    /// <summary>Makes the deliveries.</summary>
    /// <param name="log">The events.</param>
    /// <param name="options">The hooks.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">For hooks that are disabled.</param>
    public WebhookService(EventLog log, WebhookOptions options, TimeProvider time, ILogger<WebhookDelivery> logger)
    {
        _client = new HttpClient(new SocketsHttpHandler
        {
            // A redirection could lead where the address itself may not.
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            ConnectCallback = options.AllowPrivateAddresses ? null : PublicAddresses.ConnectAsync,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        Deliveries = [.. options.Hooks.Select(hook => new WebhookDelivery(log, hook, options, _client, time, logger))];
    }

    /// <summary>One for each hook.</summary>
    public ImmutableArray<WebhookDelivery> Deliveries { get; }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _client.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.WhenAll(Deliveries.Select(delivery => delivery.RunAsync(stoppingToken))).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops; receivers see the gap by the ids.
        }
    }
}
