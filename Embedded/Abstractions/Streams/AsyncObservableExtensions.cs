using Cloud.Embedded.Streams;

namespace Orleans.Streams;

/// <summary>Subscribes with delegates.</summary>
public static class AsyncObservableExtensions
{
    /// <summary>Makes a new subscription.</summary>
    /// <typeparam name="T">The type of the events.</typeparam>
    /// <param name="obs">The stream.</param>
    /// <param name="onNextAsync">Gets the events.</param>
    /// <returns>The subscription.</returns>
    public static Task<StreamSubscriptionHandle<T>> SubscribeAsync<T>(this IAsyncObservable<T> obs, Func<T, StreamSequenceToken?, Task> onNextAsync) =>
        obs.SubscribeAsync(new DelegateObserver<T>(onNextAsync, null, null));

    /// <summary>Makes a new subscription.</summary>
    /// <typeparam name="T">The type of the events.</typeparam>
    /// <param name="obs">The stream.</param>
    /// <param name="onNextAsync">Gets the events.</param>
    /// <param name="onErrorAsync">Gets what could not be delivered.</param>
    /// <returns>The subscription.</returns>
    public static Task<StreamSubscriptionHandle<T>> SubscribeAsync<T>(
        this IAsyncObservable<T> obs,
        Func<T, StreamSequenceToken?, Task> onNextAsync,
        Func<Exception, Task> onErrorAsync) => obs.SubscribeAsync(new DelegateObserver<T>(onNextAsync, onErrorAsync, null));

    /// <summary>Makes a new subscription from a place in the stream on.</summary>
    /// <typeparam name="T">The type of the events.</typeparam>
    /// <param name="obs">The stream.</param>
    /// <param name="onNextAsync">Gets the events.</param>
    /// <param name="token">The place of the first event.</param>
    /// <returns>The subscription.</returns>
    public static Task<StreamSubscriptionHandle<T>> SubscribeAsync<T>(
        this IAsyncObservable<T> obs,
        Func<T, StreamSequenceToken?, Task> onNextAsync,
        StreamSequenceToken token) => obs.SubscribeAsync(new DelegateObserver<T>(onNextAsync, null, null), token);
}
