using Cloud.Gateway.Eth;
using Cloud.Gateway.Events;
using Cloud.Gateway.Flashblocks;
using Cloud.Gateway.Health;
using Cloud.Gateway.Http;
using Cloud.Gateway.JsonRpc;
using Cloud.Gateway.Keys;
using Cloud.Gateway.Limits;
using Cloud.Gateway.Metrics;
using Cloud.Gateway.Operators;
using Cloud.Gateway.Simulation;
using Cloud.Gateway.Status;
using Cloud.Gateway.Subscriptions;
using Cloud.Gateway.Tracing;
using Cloud.Gateway.Webhooks;
using Cloud.Gateway.WebSockets;
using Cloud.Replica.Node;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Cloud.Gateway;

/// <summary>Puts the gateway into a host. The host provides the <see cref="ReplicaNode"/> as a singleton.</summary>
public static class GatewayExtensions
{
    /// <summary>Adds the gateway's services.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">Where the sections <c>Gateway:*</c> are; null for the defaults.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddGateway(this IServiceCollection services, IConfiguration? configuration = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        AddOptions<RpcOptions, RpcOptionsValidator>(services, configuration, RpcOptions.Section);
        AddOptions<LimitOptions, LimitOptionsValidator>(services, configuration, LimitOptions.Section);
        AddOptions<PushOptions, PushOptionsValidator>(services, configuration, PushOptions.Section);
        AddOptions<KeyOptions, KeyOptionsValidator>(services, configuration, KeyOptions.Section);
        services.AddOptions<KestrelServerOptions>().Configure<LimitOptions>(ApplyLimits);

        // A push to thousands hands each message to the network on the thread that pushes; a hop through the pool for each would cost as much as the sending.
        services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = true);
        services.Configure<KestrelServerOptions>(server => server.ConfigureEndpointDefaults(endpoint => endpoint.Use(next => connection => SocketTransport.ServeAsync(connection, () => next(connection)))));
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<ChainMetrics>();
        services.AddMetricsExport();
        AddOptions<OtlpOptions, OtlpOptionsValidator>(services, configuration, OtlpOptions.Section);
        services.AddHostedService<OtlpService>();
        services.AddSingleton(provider => new ClientLimiter(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<RateGate>();
        services.AddSingleton<ConnectionLimiter>();
        services.AddSingleton(KeyOptions.OpenStore);
        services.AddSingleton(KeyOptions.OpenUsage);
        services.AddHostedService<UsageService>();
        services.AddSingleton<ClientResolver>();
        services.AddSingleton<DrainState>();
        services.AddSingleton<WebSocketDoor>();
        services.AddSingleton(provider => new PingSweep(provider.GetRequiredService<PushOptions>(), TimeProvider.System));
        services.AddSingleton<PositionHeaders>();
        services.AddSingleton(provider => new ChainReader(provider.GetRequiredService<ReplicaNode>()));
        services.AddSingleton<CallGate>();
        AddSink<TransactionWaiters>(services);
        AddSink<SubscriptionHub>(services);
        AddSink<PositionGate>(services);
        AddOptions<FlashblockStreamOptions, FlashblockStreamOptionsValidator>(services, configuration, FlashblockStreamOptions.Section);
        AddSink<FlashblockHub>(services);
        services.AddSingleton<FlashblockEndpoint>();
        services.AddHostedService<EventPump>();
        AddStatus(services, configuration);
        services.AddSingleton<LogMethods>();
        services.AddSingleton(CreateMethods);
        services.AddSingleton<JsonRpcServer>();
        services.AddSingleton<RpcHttpEndpoint>();
        services.AddSingleton<RpcWebSocketEndpoint>();
        services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
            .AllowAnyOrigin().AllowAnyHeader().WithMethods("GET", "POST").WithExposedHeaders(PositionHeaders.Position, "Retry-After")));
        return services;
    }

    /// <summary>Maps the gateway's endpoints: JSON-RPC on <c>POST /</c> and <c>/rpc</c>, over WebSocket on <c>GET /</c> and <c>/ws</c>; flashblocks on <c>/flashblocks</c>; the status API on <c>/api/v1</c>; the dashboard where it has a folder. A key may stand in the path.</summary>
    /// <param name="application">The host.</param>
    /// <returns>The same host.</returns>
    public static WebApplication MapGateway(this WebApplication application)
    {
        ArgumentNullException.ThrowIfNull(application);
        application.UseCors();
        application.UseWebSockets();
        IServiceProvider services = application.Services;
        RpcHttpEndpoint http = services.GetRequiredService<RpcHttpEndpoint>();
        RpcWebSocketEndpoint webSocket = services.GetRequiredService<RpcWebSocketEndpoint>();
        foreach (string path in (string[])["/", "/rpc", "/rpc/{key}"])
        {
            application.MapPost(path, http.HandleAsync);
        }

        foreach (string path in (string[])["/rpc", "/ws", "/ws/{key}"])
        {
            application.MapGet(path, webSocket.HandleAsync);
        }

        application.MapMetrics();
        FlashblockEndpoint flashblocks = services.GetRequiredService<FlashblockEndpoint>();
        foreach (string path in (string[])["/flashblocks", "/flashblocks/{key}"])
        {
            application.MapGet(path, flashblocks.HandleAsync);
        }

        services.GetRequiredService<StatusEndpoints>().Map(application);
        services.GetRequiredService<OperatorEndpoints>().Map(application);

        // Wallets connect to the root, where a browser gets the dashboard.
        application.Use((context, next) => context.WebSockets.IsWebSocketRequest && context.Request.Path == "/" ? webSocket.HandleAsync(context) : next(context));
        DashboardFiles.Map(application, services.GetRequiredService<StatusOptions>().DashboardFolder);
        services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(services.GetRequiredService<DrainState>().Begin);
        return application;
    }

    /// <summary>Adds the collection of metrics, also for a process that serves nobody.</summary>
    /// <param name="services">The host's services.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddMetricsExport(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddMetrics();
        return services.AddSingleton<PrometheusExporter>();
    }

    /// <summary>Maps the metrics in Prometheus' text format on <c>/metrics</c>.</summary>
    /// <param name="application">The host.</param>
    /// <returns>The same host.</returns>
    public static WebApplication MapMetrics(this WebApplication application)
    {
        ArgumentNullException.ThrowIfNull(application);
        PrometheusExporter prometheus = application.Services.GetRequiredService<PrometheusExporter>();
        application.MapGet("/metrics", () => Results.Text(prometheus.Write(), PrometheusExporter.MediaType));
        return application;
    }

    private static void AddStatus(IServiceCollection services, IConfiguration? configuration)
    {
        AddOptions<StatusOptions, StatusOptionsValidator>(services, configuration, StatusOptions.Section);
        services.AddSingleton(provider => new SettlementBook(provider, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<CommitteeBook>();
        services.AddSingleton<EventLog>();
        services.AddSingleton<StatusBook>();
        services.AddSingleton<NetworkDescription>();
        services.AddSingleton(provider => new StatusHealth(provider, provider.GetRequiredService<EventLog>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<EventEndpoints>();
        services.AddSingleton<StatusEndpoints>();
        services.AddHostedService<StatusPump>();
        services.AddSingleton<AuditLog>();
        AddOptions<WebhookOptions, WebhookOptionsValidator>(services, configuration, WebhookOptions.Section);
        services.AddSingleton<WebhookService>();
        services.AddHostedService(provider => provider.GetRequiredService<WebhookService>());
        services.AddSingleton<OperatorEndpoints>();
        services.AddHealthChecks()
            .AddCheck<ReplicaHealthCheck>("replica", tags: [HealthEndpoints.ReadyTag])
            .AddCheck<L1HealthCheck>("l1", tags: [HealthEndpoints.ReadyTag])
            .AddCheck<PublisherHealthCheck>("publisher", tags: [HealthEndpoints.ReadyTag]);
    }

    private static void AddOptions<TOptions, TValidator>(IServiceCollection services, IConfiguration? configuration, string section)
        where TOptions : class, new()
        where TValidator : class, IValidateOptions<TOptions>
    {
        OptionsBuilder<TOptions> builder = services.AddOptions<TOptions>().ValidateOnStart();
        if (configuration is not null)
        {
            builder.Bind(configuration.GetSection(section));
        }

        services.AddSingleton<IValidateOptions<TOptions>, TValidator>();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<TOptions>>().Value);
    }

    private static void ApplyLimits(KestrelServerOptions server, LimitOptions limits)
    {
        server.AddServerHeader = false;
        server.Limits.RequestHeadersTimeout = limits.HeaderTimeout;
        server.Limits.MaxRequestHeadersTotalSize = limits.MaxHeaderBytes;
        server.Limits.MaxRequestLineSize = Math.Min(server.Limits.MaxRequestLineSize, limits.MaxHeaderBytes);
        server.Limits.MinRequestBodyDataRate = limits.LeastBodyRate > 0 ? new MinDataRate(limits.LeastBodyRate, TimeSpan.FromSeconds(5)) : null;
    }

    private static void AddSink<T>(IServiceCollection services)
        where T : class, INodeEventSink
    {
        services.AddSingleton<T>();
        services.AddSingleton<INodeEventSink>(provider => provider.GetRequiredService<T>());
    }

    private static RpcMethodTable CreateMethods(IServiceProvider services)
    {
        ChainReader chain = services.GetRequiredService<ChainReader>();
        RpcOptions options = services.GetRequiredService<RpcOptions>();
        TimeProvider time = services.GetRequiredService<TimeProvider>();
        CallGate gate = services.GetRequiredService<CallGate>();
        LogMethods logs = services.GetRequiredService<LogMethods>();
        CallMethods calls = new(chain, gate, options);
        return new RpcMethodTable(
        [
            .. new NodeMethods(chain.Genesis.Chain.ChainId).All(),
            .. new BlockMethods(chain).All(),
            .. new StateMethods(chain, options).All(),
            .. calls.All(),
            .. new SimulateMethods(chain, gate, options).All(),
            .. new TraceMethods(chain, calls, gate, options).All(),
            .. new FeeMethods(chain, options).All(),
            .. logs.All(),
            .. new FilterMethods(chain, logs, options, time).All(),
            .. new PoolMethods(chain).All(),
            .. new SubmitMethods(chain, services.GetRequiredService<TransactionWaiters>(), options, time).All(),
            .. new SubscriptionMethods(services.GetRequiredService<SubscriptionHub>(), options).All(),
        ]);
    }
}
