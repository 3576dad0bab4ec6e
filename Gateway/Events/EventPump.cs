using Cloud.Replica.Events;
using Cloud.Replica.Node;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cloud.Gateway.Events;

/// <summary>Reads the node's events and hands them to all parts of the gateway that push.</summary>
/// <param name="node">The node.</param>
/// <param name="sinks">Who hears them.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">For defects.</param>
internal sealed partial class EventPump(ReplicaNode node, IEnumerable<INodeEventSink> sinks, TimeProvider time, ILogger<EventPump> logger) : BackgroundService
{
    private const int Capacity = 65_536;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly INodeEventSink[] _sinks = [.. sinks];

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        long? after = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            switch (node.Events.Subscribe(after, Capacity))
            {
                case Subscribing.Subscribed subscribed:
                    after = await ReadAsync(subscribed.Subscription, after, stoppingToken).ConfigureAwait(false);
                    break;
                case Subscribing.TooOld tooOld:
                    LogGap(after ?? 0, tooOld.Oldest);
                    foreach (INodeEventSink sink in _sinks)
                    {
                        Guard(sink, static (s, _) => s.HandleGap(), null);
                    }

                    after = null;
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
                    foreach (INodeEventSink sink in _sinks)
                    {
                        Guard(sink, static (s, e) => s.Handle(e!), nodeEvent);
                    }
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return after;
            }

            return subscription.End == EventEnd.Closed ? null : after ?? node.Events.Newest;
        }
    }

    /// <summary>One part's defect must not silence the others.</summary>
    private void Guard(INodeEventSink sink, Action<INodeEventSink, ReplicaEvent?> action, ReplicaEvent? nodeEvent)
    {
        try
        {
            action(sink, nodeEvent);
        }
        catch (Exception exception)
        {
            LogDefect(sink.GetType().Name, nodeEvent?.GetType().Name ?? "gap", exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Sink} failed on {Event}.")]
    private partial void LogDefect(string sink, string @event, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Events after {After} are gone, the oldest kept is {Oldest}: subscribers are told.")]
    private partial void LogGap(long after, long oldest);
}
