using System.Data.Common;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Cloud.Silo.Clustering;

/// <summary>The console's log of a process in a cluster: as usual, but a database that fails is one line and no stack trace, since every membership and storage call of Orleans logs it.</summary>
internal sealed class ClusterLogFormatter() : ConsoleFormatter(FormatterName)
{
    /// <summary>The name by which it is chosen.</summary>
    public const string FormatterName = "cluster";

    private const string Indent = "      ";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        string level = logEntry.LogLevel switch
        {
            LogLevel.Trace => "trce",
            LogLevel.Debug => "dbug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warn",
            LogLevel.Error => "fail",
            _ => "crit",
        };
        textWriter.WriteLine($"{level}: {logEntry.Category}[{logEntry.EventId.Id}]");
        Say(textWriter, logEntry.Formatter(logEntry.State, logEntry.Exception));
        if (logEntry.Exception is { } exception)
        {
            Say(textWriter, DatabaseFaultOf(exception) is { } fault ? $"The database: {fault.Message}" : exception.ToString());
        }
    }

    private static void Say(TextWriter writer, string text) => writer.WriteLine(Indent + text.ReplaceLineEndings(Environment.NewLine + Indent));

    private static DbException? DatabaseFaultOf(Exception exception)
    {
        for (Exception? at = exception; at is not null; at = at.InnerException)
        {
            if (at is DbException fault)
            {
                return fault;
            }
        }

        return null;
    }
}
