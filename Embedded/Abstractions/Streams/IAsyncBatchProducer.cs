namespace Orleans.Streams;

/// <summary>Publishes events, also several as one batch.</summary>
/// <typeparam name="T">The type of the events.</typeparam>
public interface IAsyncBatchProducer<T> : IAsyncObserver<T>
{
    /// <summary>Publishes a batch.</summary>
    /// <param name="batch">The events.</param>
    /// <param name="token">Must be null for streams in memory.</param>
    /// <returns>Completes when the stream's queue has it.</returns>
    Task OnNextBatchAsync(IEnumerable<T> batch, StreamSequenceToken? token = null);
}
