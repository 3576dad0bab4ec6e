using Cloud.Protocol.Crypto;

namespace Cloud.Settlement.Keys;

/// <summary>What a signer gave.</summary>
public abstract record SigningOutcome
{
    private SigningOutcome()
    {
    }

    /// <summary>A good signature.</summary>
    /// <param name="Signature">Low s, recovers to the signer's address.</param>
    public sealed record Signed(Signature Signature) : SigningOutcome;

    /// <summary>No signature.</summary>
    /// <param name="Message">Why, which setting it concerns, and what to do.</param>
    /// <param name="IsTransient">Whether the same may work later.</param>
    public sealed record Failed(string Message, bool IsTransient) : SigningOutcome;
}
