using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>A storage is not configured.</summary>
public sealed class BadProviderConfigException : OrleansException
{
    /// <summary>A default message.</summary>
    public BadProviderConfigException()
    {
    }

    /// <summary>A message of its own.</summary>
    /// <param name="msg">The message.</param>
    public BadProviderConfigException(string msg)
        : base(msg)
    {
    }

    /// <summary>A message and a cause.</summary>
    /// <param name="msg">The message.</param>
    /// <param name="exc">The cause.</param>
    public BadProviderConfigException(string msg, Exception exc)
        : base(msg, exc)
    {
    }
}
