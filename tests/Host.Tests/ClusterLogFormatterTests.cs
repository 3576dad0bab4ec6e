using System.Data.Common;
using Cloud.Silo.Clustering;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cloud.Host.Tests;

public sealed class ClusterLogFormatterTests
{
    private readonly Clock _clock = new();
    private readonly ClusterLogFormatter _formatter;

    public ClusterLogFormatterTests() => _formatter = new ClusterLogFormatter(_clock);

    [Fact]
    public void A_database_that_fails_is_told_once_in_ten_seconds_for_each_event_and_without_a_stack_trace()
    {
        Exception fault = new InvalidOperationException("The state could not be read.", new Fault("nobody listens"));
        string[] lines = ["fail: Orleans.Storage[7]", "      Error reading grain state", "      The database: nobody listens"];
        Assert.Equal(lines, Written(7, "Error reading grain state", fault));
        _clock.Now = TimeSpan.FromSeconds(9);
        Assert.Empty(Written(7, "Error reading grain state", fault));
        Assert.Equal("fail: Orleans.Storage[8]", Written(8, "Error reading grain state", fault)[0]);
        _clock.Now = TimeSpan.FromSeconds(10);
        Assert.Equal(lines, Written(7, "Error reading grain state", fault));
    }

    [Fact]
    public void A_message_that_holds_the_drivers_stack_trace_is_its_first_line()
    {
        Assert.Equal(["fail: Orleans.Storage[7]", "      Failed to activate grain"], Written(7, "Failed to activate grain\n   at Npgsql.NpgsqlDataReader.NextResult()", null));
        Assert.Empty(Written(7, "Failed to activate grain\n   at Npgsql.NpgsqlDataReader.NextResult()", null));
    }

    [Fact]
    public void Everything_else_is_written_whole_and_each_time()
    {
        for (int time = 0; time < 2; time++)
        {
            string[] lines = Written(7, "two\nlines", new InvalidOperationException("broken"));
            Assert.Equal(["fail: Orleans.Storage[7]", "      two", "      lines", "      System.InvalidOperationException: broken"], lines);
        }
    }

    private string[] Written(int id, string message, Exception? exception)
    {
        using StringWriter writer = new();
        LogEntry<string> entry = new(LogLevel.Error, "Orleans.Storage", new EventId(id), message, exception, static (state, _) => state);
        _formatter.Write(entry, null, writer);
        return writer.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }

    private sealed class Fault(string message) : DbException(message);

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
