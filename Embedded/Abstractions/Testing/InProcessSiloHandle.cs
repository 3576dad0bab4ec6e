using Cloud.Embedded.Runtime;
using Microsoft.Extensions.Hosting;

namespace Orleans.TestingHost;

/// <summary>A silo of an in-process test cluster.</summary>
public class InProcessSiloHandle : SiloHandle
{
    private bool _stopped;

    internal InProcessSiloHandle(IHost host, Silo silo)
    {
        SiloHost = host;
        Silo = silo;
        Name = silo.Name;
        SiloAddress = silo.SiloAddress;
        GatewayAddress = silo.GatewayAddress;
    }

    /// <summary>The silo's host.</summary>
    public IHost SiloHost { get; init; }

    /// <summary>The silo's services.</summary>
    public IServiceProvider ServiceProvider => SiloHost.Services;

    /// <inheritdoc/>
    public override bool IsActive => !_stopped;

    internal Silo Silo { get; }

    /// <inheritdoc/>
    public override async Task StopSiloAsync(bool stopGracefully)
    {
        if (stopGracefully)
        {
            await StopSiloAsync(CancellationToken.None);
            return;
        }

        if (!_stopped)
        {
            _stopped = true;
            Silo.Die();
        }
    }

    /// <inheritdoc/>
    public override async Task StopSiloAsync(CancellationToken ct)
    {
        if (!_stopped)
        {
            _stopped = true;
            await SiloHost.StopAsync(ct);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await StopSiloAsync(stopGracefully: true);
        SiloHost.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            StopSiloAsync(stopGracefully: false).GetAwaiter().GetResult();
            SiloHost.Dispose();
        }

        base.Dispose(disposing);
    }
}
