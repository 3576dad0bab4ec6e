using System.Collections.Immutable;
using Cloud.Embedded.Runtime;
using Orleans.Runtime;
using Orleans.Streams;

namespace Cloud.Embedded.Streams;

internal sealed class MemoryStream<T>(StreamKey key, RuntimeClient runtime) : IAsyncStream<T>
{
    public StreamKey Key { get; } = key;

    public bool IsRewindable => true;

    public string ProviderName => Key.Provider;

    public StreamId StreamId => Key.Stream;

    /// <summary>The silo or client of the code that runs now.</summary>
    private RuntimeClient Here => WorkGroup.Current?.Runtime ?? runtime;

    public Task OnNextAsync(T item, StreamSequenceToken? token = null) => PublishAsync([item], token);

    public Task OnNextBatchAsync(IEnumerable<T> batch, StreamSequenceToken? token = null) => PublishAsync([.. batch], token);

    public Task OnCompletedAsync() => throw new NotImplementedException("Streams in memory have no end: OnCompletedAsync is not implemented.");

    public Task OnErrorAsync(Exception ex) => throw new NotImplementedException("Streams in memory carry no errors: OnErrorAsync is not implemented.");

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer) => SubscribeAsync(observer, null);

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token, string? filterData = null) =>
        SubscribeAsync(StreamObserver<T>.From(observer), token);

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer) => SubscribeAsync(observer, null);

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer, StreamSequenceToken? token) =>
        SubscribeAsync(StreamObserver<T>.From(observer), token);

    public async Task<IList<StreamSubscriptionHandle<T>>> GetAllSubscriptionHandles()
    {
        (StreamConsumer _, GrainReference reference) = StreamConsumer.Here(Here);
        List<StreamSubscriptionHandle<T>> handles = [];
        foreach (Guid id in await Here.Cluster.Streams.QueueOf(Key).SubscriptionsOfAsync(Key, reference.GrainId))
        {
            handles.Add(new MemoryStreamHandle<T>(this, id));
        }

        return handles;
    }

    public bool Equals(IAsyncStream<T>? other) => other is MemoryStream<T> stream && stream.Key == Key;

    public override bool Equals(object? obj) => Equals(obj as IAsyncStream<T>);

    public override int GetHashCode() => Key.GetHashCode();

    public int CompareTo(IAsyncStream<T>? other) => other is null ? 1 : StreamId.CompareTo(other.StreamId);

    internal async Task<StreamSubscriptionHandle<T>> ResumeAsync(Guid id, StreamObserver<T> observer, StreamSequenceToken? token)
    {
        (StreamConsumer consumer, GrainReference _) = StreamConsumer.Here(Here);
        int epoch = token is null ? 0 : await Here.Cluster.Streams.QueueOf(Key).SeekAsync(Key, id, token);
        consumer.Attach(id, observer, epoch);

        return new MemoryStreamHandle<T>(this, id);
    }

    internal async Task UnsubscribeAsync(Guid id)
    {
        (StreamConsumer consumer, GrainReference _) = StreamConsumer.Here(Here);
        consumer.Detach(id);
        await Here.Cluster.Streams.QueueOf(Key).UnsubscribeAsync(Key, id);
    }

    private async Task<StreamSubscriptionHandle<T>> SubscribeAsync(StreamObserver<T> observer, StreamSequenceToken? token)
    {
        RuntimeClient here = Here;
        (StreamConsumer consumer, GrainReference reference) = StreamConsumer.Here(here);
        Guid id = here.Cluster.Runner.NewGuid();
        consumer.Attach(id, observer);
        await here.Cluster.Streams.QueueOf(Key).SubscribeAsync(Key, id, reference, token);
        return new MemoryStreamHandle<T>(this, id);
    }

    private Task PublishAsync(ImmutableArray<T> items, StreamSequenceToken? token)
    {
        if (token is not null)
        {
            throw new ArgumentException("Streams in memory number their events themselves; the token must be null.", nameof(token));
        }

        if (items.IsEmpty)
        {
            return Task.CompletedTask;
        }

        RuntimeClient here = Here;
        return here.Cluster.Streams.QueueOf(Key).PublishAsync(Key, here.ArgumentCodecs.Copy(items), RequestContext.Values);
    }
}
