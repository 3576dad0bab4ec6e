using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Messages;

/// <summary>What evidence proves.</summary>
public abstract record EvidenceVerdict
{
    private EvidenceVerdict()
    {
    }

    /// <summary>The signatures alone prove the offence.</summary>
    /// <param name="Offence">The offence.</param>
    /// <param name="Offender">Who committed it. Whether the key had the duty is for the registry to say.</param>
    public sealed record Proven(Offence Offence, Address Offender) : EvidenceVerdict;

    /// <summary>The signatures prove who said it; that it is false, re-execution has to show.</summary>
    /// <param name="Offence">The offence, if re-execution confirms the claim.</param>
    /// <param name="Offender">Who committed it.</param>
    public sealed record NeedsReexecution(Offence Offence, Address Offender) : EvidenceVerdict;

    /// <summary>The evidence proves nothing.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record NotProven(string Reason) : EvidenceVerdict;
}
