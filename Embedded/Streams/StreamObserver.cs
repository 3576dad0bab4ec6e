using Cloud.Embedded.Serialization;
using Orleans.Streams;

namespace Cloud.Embedded.Streams;

/// <summary>What handles the events of a subscription.</summary>
internal abstract class StreamObserver
{
    public abstract Task HandleAsync(StreamEvents events, CodecTable codecs, int firstIndex);

    public abstract Task FailAsync(Exception exception);
}

/// <summary>What handles the events of a subscription, one by one or in batches.</summary>
internal sealed class StreamObserver<T> : StreamObserver
{
    private IAsyncObserver<T>? _single;
    private IAsyncBatchObserver<T>? _batch;

    public static StreamObserver<T> From(IAsyncObserver<T> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return new StreamObserver<T> { _single = observer };
    }

    public static StreamObserver<T> From(IAsyncBatchObserver<T> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return new StreamObserver<T> { _batch = observer };
    }

    public override async Task HandleAsync(StreamEvents events, CodecTable codecs, int firstIndex)
    {
        if (events is not StreamEvents<T> typed)
        {
            throw new InvalidCastException($"The stream carries {events.GetType().GetGenericArguments()[0]}, the subscriber takes {typeof(T)}.");
        }

        List<SequentialItem<T>> items = typed.Items(codecs);
        if (firstIndex > 0)
        {
            items.RemoveRange(0, Math.Min(firstIndex, items.Count));
        }

        if (_batch is not null)
        {
            await _batch.OnNextAsync(items);
            return;
        }

        foreach (SequentialItem<T> item in items)
        {
            await _single!.OnNextAsync(item.Item, item.Token);
        }
    }

    public override Task FailAsync(Exception exception) => _single?.OnErrorAsync(exception) ?? _batch!.OnErrorAsync(exception);
}
