namespace Orleans.Runtime;

/// <summary>A failure of the grain runtime.</summary>
public class OrleansException : Exception
{
    /// <summary>A default message.</summary>
    public OrleansException()
        : base("A failure of the grain runtime.")
    {
    }

    /// <summary>A message of its own.</summary>
    /// <param name="message">The message.</param>
    public OrleansException(string message)
        : base(message)
    {
    }

    /// <summary>A message and a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public OrleansException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
