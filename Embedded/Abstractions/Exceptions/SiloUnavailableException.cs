namespace Orleans.Runtime;

/// <summary>The silo of the target is gone.</summary>
public sealed class SiloUnavailableException : OrleansMessageRejectionException
{
    /// <summary>A default message.</summary>
    public SiloUnavailableException()
        : base("The silo of the target is gone.")
    {
    }

    /// <summary>A message of its own.</summary>
    /// <param name="msg">The message.</param>
    public SiloUnavailableException(string msg)
        : base(msg)
    {
    }

    /// <summary>A message and a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public SiloUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
