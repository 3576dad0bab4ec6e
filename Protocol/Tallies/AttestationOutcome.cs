using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Validation;

namespace Cloud.Protocol.Tallies;

/// <summary>What a tally does with one attestation.</summary>
public abstract record AttestationOutcome
{
    private AttestationOutcome()
    {
    }

    /// <summary>It counts.</summary>
    /// <param name="Signers">How many members have signed the payload now.</param>
    /// <param name="Quorum">How many are needed.</param>
    public sealed record Counted(int Signers, int Quorum) : AttestationOutcome;

    /// <summary>It came before the proposal that it speaks of. It counts, but no certificate is made for a payload that nobody here can serve.</summary>
    /// <param name="Signers">How many members have signed the payload now.</param>
    public sealed record Early(int Signers) : AttestationOutcome;

    /// <summary>It came when the certificate was complete: recorded for the member, and not part of the certificate.</summary>
    /// <param name="Signers">How many members have signed the payload now.</param>
    public sealed record Late(int Signers) : AttestationOutcome;

    /// <summary>The member's same statement is there already.</summary>
    public sealed record Duplicate : AttestationOutcome;

    /// <summary>The member signed another payload before, which keeps counting. Reported once for each member.</summary>
    /// <param name="Evidence">The two signatures.</param>
    public sealed record Conflict(Evidence Evidence) : AttestationOutcome;

    /// <summary>The member signed more payloads than are kept.</summary>
    public sealed record OverCap : AttestationOutcome;

    /// <summary>The signer is not in the committee.</summary>
    /// <param name="Signer">Who signed.</param>
    public sealed record NotInCommittee(Address Signer) : AttestationOutcome;

    /// <summary>It belongs to another tally.</summary>
    /// <param name="Position">Where it belongs.</param>
    public sealed record WrongPosition(Duty Position) : AttestationOutcome;

    /// <summary>Validation did not accept it: wrong signature, window, committee.</summary>
    /// <param name="Validity">What it said.</param>
    public sealed record Invalid(Validity Validity) : AttestationOutcome;
}
