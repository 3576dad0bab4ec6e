using Cloud.Embedded.Streams;

namespace Orleans.Streams;

/// <summary>Resumes with delegates.</summary>
public static class StreamSubscriptionHandleExtensions
{
    /// <summary>Gives the subscription a new observer.</summary>
    /// <typeparam name="T">The type of the events.</typeparam>
    /// <param name="handle">The subscription.</param>
    /// <param name="onNextAsync">Gets the events.</param>
    /// <param name="token">The place of the first event to deliver; null to go on.</param>
    /// <returns>The subscription.</returns>
    public static Task<StreamSubscriptionHandle<T>> ResumeAsync<T>(
        this StreamSubscriptionHandle<T> handle,
        Func<T, StreamSequenceToken?, Task> onNextAsync,
        StreamSequenceToken? token = null) => handle.ResumeAsync(new DelegateObserver<T>(onNextAsync, null, null), token);

    /// <summary>Gives the subscription a new observer.</summary>
    /// <typeparam name="T">The type of the events.</typeparam>
    /// <param name="handle">The subscription.</param>
    /// <param name="onNextAsync">Gets the events.</param>
    /// <param name="onErrorAsync">Gets what could not be delivered.</param>
    /// <param name="token">The place of the first event to deliver; null to go on.</param>
    /// <returns>The subscription.</returns>
    public static Task<StreamSubscriptionHandle<T>> ResumeAsync<T>(
        this StreamSubscriptionHandle<T> handle,
        Func<T, StreamSequenceToken?, Task> onNextAsync,
        Func<Exception, Task> onErrorAsync,
        StreamSequenceToken? token = null) => handle.ResumeAsync(new DelegateObserver<T>(onNextAsync, onErrorAsync, null), token);

    /// <summary>Gives the subscription a new observer.</summary>
    /// <typeparam name="T">The type of the events.</typeparam>
    /// <param name="handle">The subscription.</param>
    /// <param name="onNextAsync">Gets the batches.</param>
    /// <param name="token">The place of the first event to deliver; null to go on.</param>
    /// <returns>The subscription.</returns>
    public static Task<StreamSubscriptionHandle<T>> ResumeAsync<T>(
        this StreamSubscriptionHandle<T> handle,
        Func<IList<SequentialItem<T>>, Task> onNextAsync,
        StreamSequenceToken? token = null) => handle.ResumeAsync(new DelegateBatchObserver<T>(onNextAsync), token);
}
