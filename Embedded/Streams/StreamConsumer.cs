using System.Collections.Concurrent;
using Cloud.Embedded.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace Cloud.Embedded.Streams;

/// <summary>The observers of an activation or client, by subscription.</summary>
internal sealed partial class StreamConsumer : IStreamConsumer
{
    private readonly ConcurrentDictionary<Guid, (StreamObserver Observer, int Epoch)> _observers = new();

    /// <summary>The consumer of the activation whose turn this is, else of the client.</summary>
    public static (StreamConsumer Consumer, GrainReference Reference) Here(RuntimeClient runtime)
    {
        if (WorkGroup.Current is Activation activation)
        {
            return (Of(activation), activation.GrainReference);
        }

        return runtime.StreamConsumer();
    }

    public static StreamConsumer Of(Activation activation)
    {
        StreamConsumer? consumer = activation.Component<StreamConsumer>();
        if (consumer is null)
        {
            consumer = new StreamConsumer();
            activation.SetComponent(consumer);
        }

        return consumer;
    }

    /// <summary>Sets the observer of a subscription.</summary>
    /// <remarks>Deliveries that were under way before the subscription was set back are of an earlier epoch; they come again and are passed over.</remarks>
    public void Attach(Guid id, StreamObserver observer, int epoch = 0) => _observers[id] = (observer, epoch);

    public void Detach(Guid id) => _observers.TryRemove(id, out _);

    Task IStreamConsumer.Deliver() => throw new NotSupportedException("Events come in a DeliveryCall.");

    /// <summary>Hands events to the observer of a subscription.</summary>
    public async Task DeliverAsync(ICallHost host, StreamKey key, Guid id, int epoch, StreamEvents? events, int firstIndex, Exception? failure)
    {
        if (!_observers.TryGetValue(id, out (StreamObserver Observer, int Epoch) attached))
        {
            if (host is Activation { GrainInstance: IStreamSubscriptionObserver subscriber } activation
                && activation.ActivationServices.GetKeyedService<IStreamProvider>(key.Provider) is { } provider)
            {
                await subscriber.OnSubscribed(new HandleFactory(provider, key, id));
                _observers.TryGetValue(id, out attached);
            }

            if (attached.Observer is null)
            {
                LogWarningNoObserver(host.Runtime.Logger, id, key.Stream);
                return;
            }
        }

        if (epoch < attached.Epoch)
        {
            return;
        }

        if (failure is not null)
        {
            await attached.Observer.FailAsync(failure);
        }
        else
        {
            await attached.Observer.HandleAsync(events!, host.Runtime.ArgumentCodecs, firstIndex);
        }
    }

    [LoggerMessage(70, LogLevel.Warning, "Dropped an event: subscription {Id} of stream {Stream} has no observer. Resume the subscription when the grain activates.")]
    private static partial void LogWarningNoObserver(ILogger logger, Guid id, StreamId stream);

    private sealed class HandleFactory(IStreamProvider provider, StreamKey key, Guid id) : IStreamSubscriptionHandleFactory
    {
        public StreamId StreamId => key.Stream;

        public string ProviderName => key.Provider;

        public GuidId SubscriptionId => GuidId.GetGuidId(id);

        public StreamSubscriptionHandle<T> Create<T>() => new MemoryStreamHandle<T>((MemoryStream<T>)provider.GetStream<T>(key.Stream), id);
    }
}
