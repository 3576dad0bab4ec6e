using Cloud.Grains.Hosting;
using Cloud.Grains.Interfaces;
using Cloud.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace Cloud.Grains.Faults;

/// <summary>Evidence on its way to the slasher.</summary>
internal static partial class EvidenceReports
{
    private const int Attempts = 5;

    /// <summary>Sends evidence, again where that fails.</summary>
    internal static void Report(this IGrainFactory grains, Evidence evidence, ILogger logger)
    {
        LogFound(logger, evidence.Position.ToString());
        Send(grains, evidence.Encode(), logger).Forget(logger);
    }

    private static async Task Send(IGrainFactory grains, byte[] evidence, ILogger logger)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await grains.Slasher().Report(evidence);
                return;
            }
            catch (Exception exception) when (attempt < Attempts)
            {
                LogAgain(logger, exception, attempt);
            }
        }
    }

    [LoggerMessage(91, LogLevel.Warning, "Evidence was found about {Position}")]
    private static partial void LogFound(ILogger logger, string position);

    [LoggerMessage(92, LogLevel.Information, "Evidence could not be handed in, attempt {Attempt}")]
    private static partial void LogAgain(ILogger logger, Exception exception, int attempt);
}
