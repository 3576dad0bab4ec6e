namespace Cloud.Testing;

/// <summary>A chain could not be started; says why and what to do.</summary>
public sealed class PreconfCloudException : Exception
{
    /// <summary>Describes it.</summary>
    /// <param name="what">What is wrong, a sentence.</param>
    /// <param name="remedy">What to do, a sentence.</param>
    /// <param name="inner">The cause, where there is one.</param>
    public PreconfCloudException(string what, string remedy, Exception? inner = null)
        : base($"{what} {remedy}", inner)
    {
        What = what;
        Remedy = remedy;
    }

    /// <summary>What is wrong.</summary>
    public string What { get; }

    /// <summary>What to do.</summary>
    public string Remedy { get; }
}
