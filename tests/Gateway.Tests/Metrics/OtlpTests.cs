using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using Cloud.Gateway.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cloud.Gateway.Tests.Metrics;

/// <summary>Metrics, sent to a collector's endpoint.</summary>
public sealed class OtlpTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_collector_gets_the_instruments_as_protobuf_with_the_configured_headers()
    {
        ConcurrentQueue<(string? Type, string Key, byte[] Body)> got = [];
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using WebApplication collector = builder.Build();
        collector.Urls.Add("http://127.0.0.1:0");
        collector.MapPost("/v1/metrics", async context =>
        {
            using MemoryStream body = new();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            got.Enqueue((context.Request.ContentType, context.Request.Headers["x-collector-key"].ToString(), body.ToArray()));
        });
        await collector.StartAsync(Token);
        string address = collector.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using OtlpService service = new(new OtlpOptions { Endpoint = $"{address}/v1/metrics", Headers = "x-collector-key=secret", Interval = TimeSpan.FromHours(1) });
        await service.StartAsync(Token);
        using GatewayMetrics metrics = new(services.GetRequiredService<IMeterFactory>());
        metrics.Answered("eth_chainId", 0, TimeSpan.FromMilliseconds(1));
        await service.StopAsync(Token);
        (string? type, string key, byte[] sent) = Assert.Single(got);
        Assert.Equal(("application/x-protobuf", "secret"), (type, key));
        foreach (string part in (string[])["preconf-cloud", GatewayMetrics.MeterName, "preconf.gateway.requests", "preconf.gateway.request.duration", "eth_chainId"])
        {
            Assert.True(sent.AsSpan().IndexOf(Encoding.UTF8.GetBytes(part)) >= 0, part);
        }
    }

    [Fact]
    public async Task Without_an_endpoint_nothing_is_sent()
    {
        using OtlpService service = new(new OtlpOptions());
        await service.StartAsync(Token);
        await service.StopAsync(Token);
        Assert.True(new OtlpOptionsValidator().Validate(null, new OtlpOptions()).Succeeded);
        string faults = string.Join('\n', new OtlpOptionsValidator().Validate(null, new OtlpOptions { Endpoint = "collector", Interval = TimeSpan.Zero }).Failures!);
        Assert.Contains("Gateway:Otlp:Endpoint", faults, StringComparison.Ordinal);
        Assert.Contains("Gateway:Otlp:Interval", faults, StringComparison.Ordinal);
    }
}
