using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Cloud.Silo.Clustering;

/// <summary>
/// The console's log of a process in a cluster: as usual, but a database that fails is one line and no stack trace, and each event about it comes at most once in ten seconds, since every membership and storage call
/// of Orleans logs it several times.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class ClusterLogFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    /// <summary>The name by which it is chosen.</summary>
    public const string FormatterName = "cluster";

    private const string Indent = "      ";

    /// <summary>How stack traces and exceptions of the database's driver begin, where they are part of a message.</summary>
    private const string Driver = "Npgsql.";

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<(string Category, int Event), long> _said = new();

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        string message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        DbException? fault = DatabaseFaultOf(logEntry.Exception);
        bool isTrace = fault is null && message.Contains(Driver, StringComparison.Ordinal);
        if ((fault is not null || isTrace) && !IsDue((logEntry.Category, logEntry.EventId.Id)))
        {
            return;
        }

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
        Say(textWriter, isTrace ? FirstLineOf(message) : message);
        if (logEntry.Exception is { } exception)
        {
            Say(textWriter, fault is not null ? $"The database: {fault.Message}" : exception.ToString());
        }
    }

    private bool IsDue((string Category, int Event) key)
    {
        long now = time.GetTimestamp();
        while (true)
        {
            if (!_said.TryGetValue(key, out long said))
            {
                if (_said.TryAdd(key, now))
                {
                    return true;
                }
            }
            else if (time.GetElapsedTime(said, now) < Pause)
            {
                return false;
            }
            else if (_said.TryUpdate(key, now, said))
            {
                return true;
            }
        }
    }

    private static string FirstLineOf(string message)
    {
        int end = message.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? message : message[..end];
    }

    private static void Say(TextWriter writer, string text) => writer.WriteLine(Indent + text.ReplaceLineEndings(Environment.NewLine + Indent));

    private static DbException? DatabaseFaultOf(Exception? exception)
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
