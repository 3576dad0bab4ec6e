using Microsoft.Extensions.Logging;

namespace Cloud.Simulator;

/// <summary>A log as lines.</summary>
internal sealed class LogBook(Action<string> write) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new Book(categoryName[(categoryName.LastIndexOf('.') + 1)..], write);

    public void Dispose()
    {
    }

    private sealed class Book(string category, Action<string> write) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            write($"{logLevel} {category}: {formatter(state, exception)}{(exception is null ? "" : " " + exception.GetType().Name + ": " + exception.Message)}");
    }
}
