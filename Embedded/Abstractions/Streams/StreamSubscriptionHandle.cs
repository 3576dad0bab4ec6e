using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>A subscription.</summary>
/// <typeparam name="T">The type of the events.</typeparam>
public abstract class StreamSubscriptionHandle<T> : IEquatable<StreamSubscriptionHandle<T>>
{
    /// <summary>The subscription's identity.</summary>
    public abstract Guid HandleId { get; }

    /// <summary>The provider's name.</summary>
    public abstract string ProviderName { get; }

    /// <summary>The stream.</summary>
    public abstract StreamId StreamId { get; }

    /// <summary>Ends the subscription.</summary>
    /// <returns>The work.</returns>
    public abstract Task UnsubscribeAsync();

    /// <summary>Gives the subscription a new observer, in place of the old one.</summary>
    /// <param name="observer">Gets the events.</param>
    /// <param name="token">The place of the first event to deliver; null to go on.</param>
    /// <returns>The subscription; this object is not valid any more.</returns>
    public abstract Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token = null);

    /// <summary>Gives the subscription a new observer, in place of the old one.</summary>
    /// <param name="observer">Gets the batches.</param>
    /// <param name="token">The place of the first event to deliver; null to go on.</param>
    /// <returns>The subscription; this object is not valid any more.</returns>
    public abstract Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncBatchObserver<T> observer, StreamSequenceToken? token = null);

    /// <inheritdoc/>
    public abstract bool Equals(StreamSubscriptionHandle<T>? other);
}
