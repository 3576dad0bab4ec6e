namespace Cloud.Settlement.Keys;

/// <summary>A key that was loaded, or why it was not.</summary>
public abstract record KeyResult
{
    private KeyResult()
    {
    }

    /// <summary>The key is there.</summary>
    /// <param name="Signer">Signs with it.</param>
    public sealed record Loaded(IL1Signer Signer) : KeyResult;

    /// <summary>There is no key.</summary>
    /// <param name="Message">Why, and what to do; never a secret.</param>
    public sealed record Refused(string Message) : KeyResult;
}
