namespace Orleans.Streams;

/// <summary>Gets events in the batches in which they were published.</summary>
/// <typeparam name="T">The type of the events.</typeparam>
public interface IAsyncBatchObserver<T>
{
    /// <summary>A batch. The next one comes when this is handled.</summary>
    /// <param name="items">The events with their places.</param>
    /// <returns>The work.</returns>
    Task OnNextAsync(IList<SequentialItem<T>> items);

    /// <summary>The stream is over. Not raised by streams in memory.</summary>
    /// <returns>The work.</returns>
    Task OnCompletedAsync() => Task.CompletedTask;

    /// <summary>A batch could not be delivered and is passed over.</summary>
    /// <param name="ex">Why.</param>
    /// <returns>The work.</returns>
    Task OnErrorAsync(Exception ex);
}
