namespace Orleans.Streams;

/// <summary>Gets events one by one; also what events are published through.</summary>
/// <typeparam name="T">The type of the events.</typeparam>
public interface IAsyncObserver<in T>
{
    /// <summary>An event. The next one comes when this is handled.</summary>
    /// <param name="item">The event.</param>
    /// <param name="token">Its place; null when publishing.</param>
    /// <returns>The work.</returns>
    Task OnNextAsync(T item, StreamSequenceToken? token = null);

    /// <summary>The stream is over. Not raised by streams in memory.</summary>
    /// <returns>The work.</returns>
    Task OnCompletedAsync() => Task.CompletedTask;

    /// <summary>An event could not be delivered and is passed over.</summary>
    /// <param name="ex">Why.</param>
    /// <returns>The work.</returns>
    Task OnErrorAsync(Exception ex);
}
