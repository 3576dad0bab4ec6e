using Cloud.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cloud.Gateway.Keys;

/// <summary>Writes usage figures to their file now and then, and when the gateway stops.</summary>
internal sealed partial class UsageService(UsageBook book, TimeProvider time, ILogger<UsageService> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        Save();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                Save();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // StopAsync writes once more.
        }
    }

    private void Save()
    {
        try
        {
            book.Save();
        }
        catch (StorageException exception)
        {
            LogFailure(exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The usage of API keys could not be written; it counts on in memory.")]
    private partial void LogFailure(Exception exception);
}
