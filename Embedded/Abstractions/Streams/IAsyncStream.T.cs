namespace Orleans.Streams;

/// <summary>A stream of events of a type.</summary>
/// <typeparam name="T">The type of the events.</typeparam>
public interface IAsyncStream<T> :
    IAsyncStream,
    IEquatable<IAsyncStream<T>>,
    IComparable<IAsyncStream<T>>,
    IAsyncObservable<T>,
    IAsyncBatchObservable<T>,
    IAsyncBatchProducer<T>
{
    /// <summary>The caller's subscriptions to this stream. A grain that subscribed before it was deactivated resumes them when it activates.</summary>
    /// <returns>The subscriptions.</returns>
    Task<IList<StreamSubscriptionHandle<T>>> GetAllSubscriptionHandles();
}
