using Cloud.Settlement.L1;
using Cloud.Settlement.Publishing;
using Cloud.Settlement.Rollups;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cloud.Silo.Rollups;

/// <summary>Keeps <see cref="RollupL1"/> running, and writes down what a person should look at.</summary>
internal sealed partial class RollupL1Service(RollupL1 l1, TimeProvider time, ILogger<RollupL1Service> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Repeat = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private string _lastFailure = "";
    private long _lastFailureAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        l1.Alarmed += OnAlarm;
        l1.Failed += OnFailure;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await l1.RunAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogStopped(exception);
                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void OnAlarm(LaneAlarm alarm) => LogAlarm(alarm.ToString());

    // L1 is asked several times a second: the same failure is written once a minute.
    private void OnFailure(L1Failure failure)
    {
        lock (_gate)
        {
            if (failure.Message == _lastFailure && time.GetElapsedTime(_lastFailureAt) < Repeat)
            {
                return;
            }

            (_lastFailure, _lastFailureAt) = (failure.Message, time.GetTimestamp());
        }

        LogFailure(failure.Message);
    }

    [LoggerMessage(1, LogLevel.Error, "Following L1 failed; it starts again")]
    private partial void LogStopped(Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "The publisher needs attention: {Alarm}")]
    private partial void LogAlarm(string alarm);

    [LoggerMessage(3, LogLevel.Warning, "L1: {Failure}")]
    private partial void LogFailure(string failure);
}
