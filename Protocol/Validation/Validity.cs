using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Validation;

/// <summary>What validation says about a message.</summary>
public abstract record Validity
{
    private Validity()
    {
    }

    /// <summary>The message is as it must be: process and forward it.</summary>
    /// <param name="Signer">Who signed it.</param>
    public sealed record Accepted(Address Signer) : Validity;

    /// <summary>No effect, no blame.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Ignored(IgnoreReason Reason) : Validity;

    /// <summary>Refused; whoever sent it pays.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Penalty">What it costs the sender.</param>
    public sealed record Rejected(RejectReason Reason, PeerPenalty Penalty) : Validity;
}
