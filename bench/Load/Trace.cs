using System.Diagnostics;
using System.Diagnostics.Tracing;
using System.Globalization;

namespace Cloud.Load;

/// <summary>Writes down what a run's late moments have in common: events of the chain, pauses of the collector, threads and pool threads that came late, busy processors.</summary>
internal sealed class Trace : EventListener
{
    private const int LateMs = 15;

    private readonly TextWriter _file;
    private readonly long _begin = Stopwatch.GetTimestamp();
    private readonly Thread _watch;
    private volatile bool _isEnded;
    private long _suspended;
    private volatile string _collection = "";

    internal Trace(FileInfo file)
    {
        _file = TextWriter.Synchronized(file.CreateText());
        _watch = new Thread(Watch) { IsBackground = true, Name = "load trace" };
        _watch.Start();
    }

    internal void Write(string line) => Write(Stopwatch.GetTimestamp(), line);

    public override void Dispose()
    {
        _isEnded = true;
        _watch.Join();
        base.Dispose();
        _file.Dispose();
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "Microsoft-Windows-DotNETRuntime")
        {
            EnableEvents(eventSource, EventLevel.Informational, (EventKeywords)1);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        string name = eventData.EventName ?? "";
        if (name.StartsWith("GCSuspendEEBegin", StringComparison.Ordinal))
        {
            _suspended = Stopwatch.GetTimestamp();
        }
        else if (name.StartsWith("GCStart", StringComparison.Ordinal))
        {
            _collection = $"generation {eventData.Payload?[1]} reason {eventData.Payload?[2]} type {eventData.Payload?[3]}";
        }
        else if (name.StartsWith("GCRestartEEEnd", StringComparison.Ordinal) && _file is not null)
        {
            Write(_suspended, string.Create(CultureInfo.InvariantCulture, $"pause {Stopwatch.GetElapsedTime(_suspended).TotalMilliseconds:F1} {_collection}"));
        }
    }

    private void Write(long at, string line) => _file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(_begin, at).TotalMilliseconds:F1} {line}"));

    private void Watch()
    {
        long last = Stopwatch.GetTimestamp();
        TimeSpan processor = Process.GetCurrentProcess().TotalProcessorTime;
        long told = last;
        while (!_isEnded)
        {
            Thread.Sleep(5);
            long now = Stopwatch.GetTimestamp();
            double slept = Stopwatch.GetElapsedTime(last, now).TotalMilliseconds;
            if (slept > LateMs)
            {
                Write(now, $"thread-late {slept:F0}");
            }

            last = now;
            ThreadPool.UnsafeQueueUserWorkItem(
                queued =>
                {
                    double late = Stopwatch.GetElapsedTime(queued).TotalMilliseconds;
                    if (late > LateMs)
                    {
                        Write($"pool-late {late:F0} threads {ThreadPool.ThreadCount} queued {ThreadPool.PendingWorkItemCount}");
                    }
                },
                now,
                preferLocal: false);
            if (Stopwatch.GetElapsedTime(told, now).TotalMilliseconds > 100)
            {
                TimeSpan present = Process.GetCurrentProcess().TotalProcessorTime;
                Write(now, $"cpu {(present - processor) / Stopwatch.GetElapsedTime(told, now):F2}");
                (processor, told) = (present, now);
            }
        }
    }
}
