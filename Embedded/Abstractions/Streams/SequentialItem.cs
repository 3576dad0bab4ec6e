namespace Orleans.Streams;

/// <summary>An event with its place.</summary>
/// <typeparam name="T">The type of the event.</typeparam>
/// <param name="item">The event.</param>
/// <param name="token">Its place.</param>
public class SequentialItem<T>(T item, StreamSequenceToken token)
{
    /// <summary>The event.</summary>
    public T Item { get; } = item;

    /// <summary>Its place.</summary>
    public StreamSequenceToken Token { get; } = token;
}
