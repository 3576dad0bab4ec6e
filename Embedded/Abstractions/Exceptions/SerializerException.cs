namespace Orleans.Serialization;

/// <summary>A value cannot be encoded or decoded.</summary>
public class SerializerException : Exception
{
    /// <summary>A default message.</summary>
    public SerializerException()
        : base("A value cannot be encoded or decoded.")
    {
    }

    /// <summary>A message of its own.</summary>
    /// <param name="message">The message.</param>
    public SerializerException(string message)
        : base(message)
    {
    }

    /// <summary>A message and a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public SerializerException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
