namespace Orleans.Runtime;

/// <summary>A limit was exceeded.</summary>
public sealed class LimitExceededException : OrleansException
{
    /// <summary>A default message.</summary>
    public LimitExceededException()
        : base("A limit was exceeded.")
    {
    }

    /// <summary>A message of its own.</summary>
    /// <param name="message">The message.</param>
    public LimitExceededException(string message)
        : base(message)
    {
    }

    /// <summary>A message and a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public LimitExceededException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Names the limit.</summary>
    /// <param name="limitName">The option that sets the limit.</param>
    /// <param name="current">The value found.</param>
    /// <param name="threshold">The limit.</param>
    /// <param name="extraInfo">What else helps.</param>
    public LimitExceededException(string limitName, int current, int threshold, object extraInfo)
        : base($"Limit exceeded {limitName} Current={current} Threshold={threshold} {extraInfo}")
    {
    }
}
