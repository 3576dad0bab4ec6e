using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Validation;

namespace Cloud.Protocol.Tallies;

/// <summary>What a tally does with a proposal.</summary>
public abstract record ProposalOutcome
{
    private ProposalOutcome()
    {
    }

    /// <summary>It is the first one at its position: process it.</summary>
    public sealed record Accepted : ProposalOutcome;

    /// <summary>The same payload is there already.</summary>
    public sealed record Duplicate : ProposalOutcome;

    /// <summary>A second payload at the position: kept and forwarded as evidence, not processed.</summary>
    /// <param name="Evidence">The two signatures; null where they were reported before, from an attestation of the second payload.</param>
    public sealed record Equivocation(Evidence? Evidence) : ProposalOutcome;

    /// <summary>The position holds as many payloads as are kept.</summary>
    public sealed record OverCap : ProposalOutcome;

    /// <summary>It belongs to another tally.</summary>
    /// <param name="Position">Where it belongs.</param>
    public sealed record WrongPosition(Duty Position) : ProposalOutcome;

    /// <summary>Its signer is not the one whose proposals this tally takes.</summary>
    /// <param name="Signer">Who signed.</param>
    /// <param name="Expected">Who must have.</param>
    public sealed record WrongProposer(Address Signer, Address Expected) : ProposalOutcome;

    /// <summary>Validation did not accept it.</summary>
    /// <param name="Validity">What it said.</param>
    public sealed record Invalid(Validity Validity) : ProposalOutcome;
}
