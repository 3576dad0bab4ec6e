using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Cloud.Gateway.Metrics;

/// <summary>Sends this product's instruments, and the grain runtime's, to an OTLP collector where one is configured.</summary>
/// <param name="options">Where to.</param>
internal sealed class OtlpService(OtlpOptions options) : IHostedService, IDisposable
{
    private const string Product = "preconf-cloud";
    private const int LastSendMs = 5000;

    private MeterProvider? _provider;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Endpoint.Length > 0)
        {
            _provider = Sdk.CreateMeterProviderBuilder()
                .ConfigureResource(resource => resource.AddService(Product))
                .AddMeter("PreconfCloud.*", "Microsoft.Orleans")
                .AddOtlpExporter((exporter, reader) =>
                {
                    exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
                    exporter.Endpoint = new Uri(options.Endpoint);
                    exporter.Headers = options.Headers.Length > 0 ? options.Headers : null;
                    reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)options.Interval.TotalMilliseconds;
                })
                .Build();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        // What happened since the last interval goes out too.
        _provider?.ForceFlush(LastSendMs);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => _provider?.Dispose();
}
