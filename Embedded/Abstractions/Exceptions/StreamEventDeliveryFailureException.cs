using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>An event could not be delivered to a subscriber.</summary>
public sealed class StreamEventDeliveryFailureException : OrleansException
{
    /// <summary>A default message.</summary>
    public StreamEventDeliveryFailureException()
        : base("An event could not be delivered to a subscriber.")
    {
    }

    /// <summary>A message of its own.</summary>
    /// <param name="message">The message.</param>
    public StreamEventDeliveryFailureException(string message)
        : base(message)
    {
    }

    /// <summary>A message and a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public StreamEventDeliveryFailureException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
