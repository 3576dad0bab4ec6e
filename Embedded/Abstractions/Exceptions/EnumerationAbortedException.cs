namespace Orleans.Runtime;

/// <summary>The enumeration on the grain has ended before its time.</summary>
public sealed class EnumerationAbortedException : Exception
{
    /// <summary>A default message.</summary>
    public EnumerationAbortedException()
        : base("The enumeration on the grain has ended before its time.")
    {
    }

    /// <summary>A message of its own.</summary>
    /// <param name="message">The message.</param>
    public EnumerationAbortedException(string message)
        : base(message)
    {
    }

    /// <summary>A message and a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public EnumerationAbortedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
