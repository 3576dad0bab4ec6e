using Cloud.Embedded.Streams;

namespace Orleans.Streams;

/// <summary>Subscribes in batches with delegates.</summary>
public static class AsyncBatchObservableExtensions
{
    /// <summary>Makes a new subscription.</summary>
    /// <typeparam name="T">The type of the events.</typeparam>
    /// <param name="obs">The stream.</param>
    /// <param name="onNextAsync">Gets the batches.</param>
    /// <returns>The subscription.</returns>
    public static Task<StreamSubscriptionHandle<T>> SubscribeAsync<T>(this IAsyncBatchObservable<T> obs, Func<IList<SequentialItem<T>>, Task> onNextAsync) =>
        obs.SubscribeAsync(new DelegateBatchObserver<T>(onNextAsync));
}
