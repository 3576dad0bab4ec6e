namespace Orleans.Runtime;

/// <summary>An option breaks a rule.</summary>
public sealed class OrleansConfigurationException : Exception
{
    /// <summary>Names the option and the rule.</summary>
    /// <param name="message">The message.</param>
    public OrleansConfigurationException(string message)
        : base(message)
    {
    }

    /// <summary>Names the option and the rule.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public OrleansConfigurationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
