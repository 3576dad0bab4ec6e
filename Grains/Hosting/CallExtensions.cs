using Microsoft.Extensions.Logging;

namespace Cloud.Grains.Hosting;

/// <summary>Calls whose answer nobody waits for.</summary>
internal static partial class CallExtensions
{
    /// <summary>Lets a call go; a failure is logged.</summary>
    internal static void Forget(this Task call, ILogger logger)
    {
        if (!call.IsCompletedSuccessfully)
        {
            _ = Observe(call, logger);
        }
    }

    private static async Task Observe(Task call, ILogger logger)
    {
        try
        {
            await call;
        }
        catch (Exception exception)
        {
            LogFailed(logger, exception);
        }
    }

    [LoggerMessage(90, LogLevel.Debug, "A call that nobody waits for failed")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
