using Microsoft.Extensions.Logging;

namespace Cloud.Embedded.Runtime;

/// <summary>Work of a silo or client that belongs to no grain.</summary>
internal sealed partial class SystemGroup(TurnRunner runner, RuntimeClient runtime, ILogger logger) : WorkGroup(runner)
{
    public override RuntimeClient Runtime => runtime;

    protected override void OnUnhandledException(Exception exception) => LogErrorUnhandled(logger, exception);

    [LoggerMessage(1, LogLevel.Error, "Unhandled exception in the runtime")]
    private static partial void LogErrorUnhandled(ILogger logger, Exception exception);
}
