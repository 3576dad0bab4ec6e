namespace Orleans.Streams;

/// <summary>Can be subscribed to.</summary>
/// <typeparam name="T">The type of the events.</typeparam>
public interface IAsyncObservable<T>
{
    /// <summary>Makes a new subscription; it stays until it is ended, also when the grain deactivates.</summary>
    /// <param name="observer">Gets the events.</param>
    /// <returns>The subscription.</returns>
    Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer);

    /// <summary>Makes a new subscription from a place in the stream on.</summary>
    /// <param name="observer">Gets the events.</param>
    /// <param name="token">The place of the first event; null for events from now on. Events that are no longer held are missing.</param>
    /// <param name="filterData">Not used by streams in memory.</param>
    /// <returns>The subscription.</returns>
    Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token, string? filterData = null);
}
