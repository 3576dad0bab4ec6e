using System.Collections.Immutable;
using System.Reflection;
using Cloud.Embedded.Runtime;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using Orleans.Streams;

namespace Cloud.Embedded.Streams;

/// <summary>Some streams of a provider: their subscriptions, and the events that are under way.</summary>
/// <remarks>Everything runs in turns of the queue, so the order of events per stream is the order in which they were published.</remarks>
internal sealed partial class StreamQueue(Cluster cluster) : WorkGroup(cluster.Runner)
{
    /// <summary>Events under way before publishers are refused.</summary>
    public const int MaxEvents = 16384;

    private const int MaxHistory = 256;
    private static readonly TimeSpan MaxDeliveryTime = TimeSpan.FromMinutes(1);
    private readonly Dictionary<StreamKey, StreamState> _streams = [];
    private RuntimeClient? _lastRuntime;
    private long _sequence;
    private int _underWay;

    /// <summary>Deliveries leave through the first silo; while there is none through the last one that was, which breaks them.</summary>
    public override RuntimeClient Runtime => cluster.ActiveSilos is [{ } first, ..]
        ? _lastRuntime = first
        : _lastRuntime ?? throw new InvalidOperationException("No silo was ever active.");

    public Task PublishAsync<T>(StreamKey key, ImmutableArray<T> items, Dictionary<string, object>? context) => RunAsync(() =>
    {
        if (_underWay >= MaxEvents)
        {
            throw new InvalidOperationException($"Can not enqueue since the count has reached its maximum of {MaxEvents}");
        }

        StreamState stream = StateOf(key);
        StreamEvents<T> events = new(++_sequence, items) { Context = context };
        stream.Add(events);
        if (stream.Subscriptions.Count > 0)
        {
            _underWay++;
        }

        foreach (Subscription subscription in stream.Subscriptions.Values)
        {
            events.Pending++;
            subscription.Pending.AddLast(new Delivery(events, 0));
            Pump(subscription);
        }

        return true;
    });

    public Task SubscribeAsync(StreamKey key, Guid id, GrainReference consumer, StreamSequenceToken? token) => RunAsync(() =>
    {
        StreamState stream = StateOf(key);
        Subscription subscription = new(key, id, consumer, isImplicit: false);
        stream.Subscriptions.Add(id, subscription);
        if (token is not null)
        {
            Seek(stream, subscription, token.SequenceNumber, token.EventIndex);
        }

        return true;
    });

    public Task UnsubscribeAsync(StreamKey key, Guid id) => RunAsync(() =>
    {
        StreamState stream = StateOf(key);
        if (stream.Subscriptions.TryGetValue(id, out Subscription? subscription) && !subscription.IsImplicit)
        {
            stream.Subscriptions.Remove(id);
            Drop(subscription);
        }

        return true;
    });

    /// <summary>Sets a subscription back: the events after the one at the token come again, as far as they are still held.</summary>
    /// <returns>The epoch of deliveries from now on.</returns>
    public Task<int> SeekAsync(StreamKey key, Guid id, StreamSequenceToken token) => RunAsync(() =>
    {
        StreamState stream = StateOf(key);
        if (!stream.Subscriptions.TryGetValue(id, out Subscription? subscription))
        {
            return 0;
        }

        subscription.Epoch++;
        Seek(stream, subscription, token.SequenceNumber, token.EventIndex + 1);
        return subscription.Epoch;
    });

    public Task<List<Guid>> SubscriptionsOfAsync(StreamKey key, GrainId consumer) => RunAsync(() =>
    {
        List<Guid> ids = [];
        foreach (Subscription subscription in StateOf(key).Subscriptions.Values)
        {
            if (subscription.Consumer.GrainId == consumer && !subscription.IsImplicit)
            {
                ids.Add(subscription.Id);
            }
        }

        return ids;
    });

    public void OnMembershipChanged() => Post(new Action(() =>
    {
        foreach (StreamState stream in _streams.Values)
        {
            foreach (Subscription subscription in stream.Subscriptions.Values)
            {
                Pump(subscription);
            }
        }
    }));

    protected override void OnUnhandledException(Exception exception)
    {
        if (_lastRuntime is { } runtime)
        {
            LogErrorUnhandled(runtime.Logger, exception);
        }
    }

    private static Guid ImplicitId(GrainType type, StreamKey key)
    {
        Span<byte> bytes = stackalloc byte[16];
        ulong low = StableHash.Mix(type.GetUniformHashCode() + ((ulong)(uint)key.Stream.GetHashCode() << 32));
        BitConverter.TryWriteBytes(bytes, low);
        BitConverter.TryWriteBytes(bytes[8..], StableHash.Mix(low ^ (uint)StableHash.Of(System.Text.Encoding.UTF8.GetBytes(key.Provider))));
        return new Guid(bytes);
    }

    /// <summary>The key of the grain that is subscribed to a stream because of its class.</summary>
    private static IdSpan KeyOf(GrainClass grainClass, StreamId stream)
    {
        string key = stream.GetKeyAsString();
        if (typeof(IGrainWithGuidKey).IsAssignableFrom(grainClass.Type) && Guid.TryParse(key, out Guid guid))
        {
            return GrainIdKeyExtensions.CreateGuidKey(guid);
        }

        if (typeof(IGrainWithGuidCompoundKey).IsAssignableFrom(grainClass.Type) && Guid.TryParse(key, out guid))
        {
            return GrainIdKeyExtensions.CreateGuidKey(guid, stream.GetNamespace());
        }

        if (typeof(IGrainWithIntegerKey).IsAssignableFrom(grainClass.Type) && long.TryParse(key, out long number))
        {
            return GrainIdKeyExtensions.CreateIntegerKey(number);
        }

        if (typeof(IGrainWithIntegerCompoundKey).IsAssignableFrom(grainClass.Type) && long.TryParse(key, out number))
        {
            return GrainIdKeyExtensions.CreateIntegerKey(number, stream.GetNamespace());
        }

        return IdSpan.Create(key);
    }

    private Task<T> RunAsync<T>(Func<T> action)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(new Action(() =>
        {
            try
            {
                done.SetResult(action());
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        }));
        return done.Task;
    }

    private StreamState StateOf(StreamKey key)
    {
        if (_streams.TryGetValue(key, out StreamState? stream))
        {
            return stream;
        }

        stream = new StreamState();
        _streams.Add(key, stream);
        string ns = key.Stream.GetNamespace() ?? string.Empty;
        foreach (GrainClass grainClass in GrainTypes.Classes)
        {
            foreach (ImplicitStreamSubscriptionAttribute attribute in grainClass.Type.GetCustomAttributes<ImplicitStreamSubscriptionAttribute>())
            {
                Guid id = ImplicitId(grainClass.GrainType, key);
                if (attribute.Predicate.IsMatch(ns) && !stream.Subscriptions.ContainsKey(id))
                {
                    GrainReference consumer = Runtime.References.Create(new GrainId(grainClass.GrainType, KeyOf(grainClass, key.Stream)), null);
                    stream.Subscriptions.Add(id, new Subscription(key, id, consumer, isImplicit: true));
                }
            }
        }

        return stream;
    }

    private void Seek(StreamState stream, Subscription subscription, long sequence, int index)
    {
        Drop(subscription);
        foreach (StreamEvents events in stream.History)
        {
            int first = events.Token.SequenceNumber == sequence ? index : 0;
            if (events.Token.SequenceNumber >= sequence && first < events.Count)
            {
                if (events.Pending++ == 0)
                {
                    _underWay++;
                }

                subscription.Pending.AddLast(new Delivery(events, first));
            }
        }

        Pump(subscription);
    }

    private void Drop(Subscription subscription)
    {
        foreach (Delivery delivery in subscription.Pending)
        {
            Release(delivery.Events);
        }

        subscription.Pending.Clear();
    }

    private void Release(StreamEvents events)
    {
        if (--events.Pending == 0)
        {
            _underWay--;
        }
    }

    private void Pump(Subscription subscription)
    {
        if (!subscription.Running && subscription.Pending.Count > 0 && cluster.ActiveSilos.Length > 0)
        {
            subscription.Running = true;
            _ = PumpAsync(subscription);
        }
    }

    private async Task PumpAsync(Subscription subscription)
    {
        while (subscription.Pending.First is { } node && cluster.ActiveSilos.Length > 0)
        {
            Delivery delivery = node.Value;
            await DeliverAsync(subscription, delivery);

            // A seek meanwhile has put others in its place.
            if (subscription.Pending.First == node)
            {
                subscription.Pending.RemoveFirst();
                Release(delivery.Events);
            }
        }

        subscription.Running = false;
    }

    /// <summary>Delivers, again and again for a while; then tells the subscriber and gives up.</summary>
    private async Task DeliverAsync(Subscription subscription, Delivery delivery)
    {
        RuntimeClient runtime = Runtime;
        long start = runtime.Now;
        TimeSpan backOff = TimeSpan.FromMilliseconds(100);
        while (true)
        {
            Exception failure;
            try
            {
                RequestContext.Values = delivery.Events.Context;
                await new DeliveryCall(subscription.Key, subscription.Id, subscription.Epoch, delivery.Events, delivery.FirstIndex, null).Send(subscription.Consumer);
                return;
            }
            catch (ClientNotAvailableException)
            {
                if (_streams[subscription.Key].Subscriptions.Remove(subscription.Id))
                {
                    Drop(subscription);
                }

                return;
            }
            catch (Exception exception)
            {
                failure = exception;
            }

            if (cluster.ActiveSilos.Length == 0 || !ReferenceEquals(subscription.Pending.First?.Value, delivery))
            {
                return;
            }

            runtime = Runtime;
            LogWarningDelivery(runtime.Logger, failure, subscription.Id, subscription.Key.Stream);
            if (runtime.Now - start >= MaxDeliveryTime.TotalMilliseconds)
            {
                await ReportAsync(subscription, failure);
                return;
            }

            await Task.Delay(backOff, runtime.Time);
            backOff = backOff < TimeSpan.FromSeconds(5) ? backOff * 2 : backOff;
        }
    }

    private async Task ReportAsync(Subscription subscription, Exception failure)
    {
        StreamEventDeliveryFailureException report = new($"Stream provider failed to deliver an event. StreamProvider:{subscription.Key.Provider} Stream:{subscription.Key.Stream}", failure);
        try
        {
            await new DeliveryCall(subscription.Key, subscription.Id, subscription.Epoch, null, 0, report).Send(subscription.Consumer);
        }
        catch (Exception exception)
        {
            LogWarningDelivery(Runtime.Logger, exception, subscription.Id, subscription.Key.Stream);
        }
    }

    [LoggerMessage(80, LogLevel.Warning, "An event of stream {Stream} could not be delivered to subscription {Id}")]
    private static partial void LogWarningDelivery(ILogger logger, Exception exception, Guid id, StreamId stream);

    [LoggerMessage(81, LogLevel.Error, "Unhandled exception in a stream queue")]
    private static partial void LogErrorUnhandled(ILogger logger, Exception exception);

    private sealed record Delivery(StreamEvents Events, int FirstIndex);

    private sealed class StreamState
    {
        /// <summary>In the order in which they were made.</summary>
        public OrderedDictionary<Guid, Subscription> Subscriptions { get; } = [];

        /// <summary>The newest events, for subscriptions that begin earlier.</summary>
        public Queue<StreamEvents> History { get; } = new();

        public void Add(StreamEvents events)
        {
            History.Enqueue(events);
            if (History.Count > MaxHistory)
            {
                History.Dequeue();
            }
        }
    }

    private sealed class Subscription(StreamKey key, Guid id, GrainReference consumer, bool isImplicit)
    {
        public StreamKey Key { get; } = key;

        public Guid Id { get; } = id;

        public GrainReference Consumer { get; } = consumer;

        public bool IsImplicit { get; } = isImplicit;

        public LinkedList<Delivery> Pending { get; } = [];

        public bool Running { get; set; }

        /// <summary>How often it was set back.</summary>
        public int Epoch { get; set; }
    }
}
