using Orleans.Runtime;
using Orleans.Streams;

namespace Cloud.Embedded.Streams;

internal sealed class MemoryStreamHandle<T>(MemoryStream<T> stream, Guid id) : StreamSubscriptionHandle<T>
{
    private bool _used;

    public override Guid HandleId => id;

    public override string ProviderName => stream.ProviderName;

    public override StreamId StreamId => stream.StreamId;

    public override Task UnsubscribeAsync()
    {
        Use();
        return stream.UnsubscribeAsync(id);
    }

    public override Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token = null)
    {
        Use();
        return stream.ResumeAsync(id, StreamObserver<T>.From(observer), token);
    }

    public override Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncBatchObserver<T> observer, StreamSequenceToken? token = null)
    {
        Use();
        return stream.ResumeAsync(id, StreamObserver<T>.From(observer), token);
    }

    public override bool Equals(StreamSubscriptionHandle<T>? other) => other is not null && other.HandleId == id;

    public override bool Equals(object? obj) => Equals(obj as StreamSubscriptionHandle<T>);

    public override int GetHashCode() => id.GetHashCode();

    private void Use()
    {
        if (_used)
        {
            throw new InvalidOperationException("Handle is no longer valid. It has been used to unsubscribe or resume.");
        }

        _used = true;
    }
}
