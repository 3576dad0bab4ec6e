using Cloud.Gateway.Http;
using Cloud.Gateway.Status.Documents;
using Cloud.Replica.Events;
using Cloud.Replica.Node;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cloud.Gateway.Status;

/// <summary>Feeds the book: every event that the node still has, those of before the gateway's start too, then those to come; and what time alone changes.</summary>
internal sealed partial class StatusPump(
    ReplicaNode node, StatusBook book, SettlementBook settlement, StatusHealth health, PositionHeaders positions, DrainState drain, TimeProvider time, IServiceProvider services, ILogger<StatusPump> logger) : BackgroundService
{
    private const int Capacity = 65_536;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);
    private const int BeatsPerSecond = 4;

    // A report can be replaced by a surer one for some slots.
    private const ulong NewestReports = 16;

    private readonly IAttendanceSource? _attendance = services.GetService<IAttendanceSource>();
    private Task _reading = Task.CompletedTask;
    private bool _hasRead;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using CancellationTokenRegistration closing = drain.Token.UnsafeRegister(static state => ((StatusBook)state!).Log.Close("shutdown"), book);
        await Task.WhenAll(FollowAsync(stoppingToken), BeatAsync(stoppingToken)).ConfigureAwait(false);
    }

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        long? after = 0;
        bool isFirst = true;
        while (!stoppingToken.IsCancellationRequested)
        {
            switch (node.Events.Subscribe(after, Capacity))
            {
                case Subscribing.Subscribed subscribed:
                    isFirst = false;
                    after = await ReadAsync(subscribed.Subscription, after, stoppingToken).ConfigureAwait(false);
                    break;
                case Subscribing.TooOld tooOld when isFirst:
                    after = tooOld.Oldest;
                    isFirst = false;
                    break;
                case Subscribing.TooOld tooOld:
                    book.HandleGap();
                    after = tooOld.Oldest;
                    break;
                case Subscribing.Closed:
                    return;
                default:
                    await Task.Delay(RetryDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    break;
            }
        }
    }

    private async Task<long?> ReadAsync(EventSubscription subscription, long? after, CancellationToken stoppingToken)
    {
        using (subscription)
        {
            try
            {
                await foreach (ReplicaEvent nodeEvent in subscription.Reader.ReadAllAsync(stoppingToken).ConfigureAwait(false))
                {
                    after = nodeEvent.Sequence;
                    try
                    {
                        book.Handle(nodeEvent);
                    }
                    catch (Exception exception)
                    {
                        // One event that the book does not understand must not blind it for all others.
                        LogDefect(nodeEvent.GetType().Name, exception);
                    }
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return after;
            }
        }

        return after;
    }

    private async Task BeatAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Beat, time);
        int beat = 0;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                try
                {
                    if (beat++ % BeatsPerSecond == 0)
                    {
                        book.Log.Tell(EventNames.Heartbeat, book.Heartbeat(positions.Present));
                        await settlement.RefreshAsync(stoppingToken).ConfigureAwait(false);
                        if (await health.RefreshAsync(stoppingToken).ConfigureAwait(false) is { } changed)
                        {
                            book.Log.Add(EventNames.Health, changed);
                        }

                        TellPublishers();
                        if (_reading.IsCompleted)
                        {
                            // Its source may be a silo that does not answer: the beat goes on without it.
                            _reading = ReadAttendanceAsync(stoppingToken);
                        }
                    }

                    book.Tick();
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    LogDefect("tick", exception);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway ends.
        }
    }

    private async Task ReadAttendanceAsync(CancellationToken stoppingToken)
    {
        if (_attendance is null)
        {
            return;
        }

        try
        {
            ulong newest = book.BuildingSlot(time.GetUtcNow()) ?? 0;
            book.Note(await _attendance.ReadAsync(_hasRead && newest > NewestReports ? newest - NewestReports : 0, newest, stoppingToken).ConfigureAwait(false));
            _hasRead = true;
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            LogDefect("attendance", exception);
        }
        catch (OperationCanceledException)
        {
            // The gateway ends.
        }
    }

    private void TellPublishers()
    {
        if (settlement.TakeChanged())
        {
            foreach (PublisherDocument publisher in book.Publishers(settlement.Alarms))
            {
                book.Log.Add(EventNames.Publisher, publisher);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The status book failed on {Event}.")]
    private partial void LogDefect(string @event, Exception exception);
}
