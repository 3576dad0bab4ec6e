using Cloud.Grains.Interfaces.Feed;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Validation;

namespace Cloud.Grains.Tallies;

/// <summary>The outcomes of the tallies as they travel between grains.</summary>
internal static class Replies
{
    internal static SubmitReply NoSuchPosition { get; } = new(SubmitOutcome.NoSuchPosition, "The key is no position of this rollup, or too far ahead.");

    internal static SubmitReply CommitteeUnknown { get; } = new(SubmitOutcome.CommitteeUnknown, "The committee of the slot is not known here yet.");

    internal static SubmitReply Of(ProposalOutcome outcome) => outcome switch
    {
        ProposalOutcome.Accepted => SubmitReply.Accepted,
        ProposalOutcome.Duplicate => new SubmitReply(SubmitOutcome.Duplicate),
        ProposalOutcome.Equivocation => new SubmitReply(SubmitOutcome.Equivocation, "The proposer signed another payload at this position."),
        ProposalOutcome.OverCap => new SubmitReply(SubmitOutcome.OverCap, "The position holds as many payloads as are kept."),
        ProposalOutcome.WrongPosition wrong => new SubmitReply(SubmitOutcome.WrongPosition, $"It belongs to {wrong.Position}."),
        ProposalOutcome.WrongProposer wrong => new SubmitReply(SubmitOutcome.WrongSigner, $"{wrong.Signer} signed, and {wrong.Expected} may propose."),
        ProposalOutcome.Invalid invalid => Of(invalid.Validity),
        _ => throw new InvalidOperationException("An outcome of an unknown kind."),
    };

    internal static SubmitReply Of(AttestationOutcome outcome) => outcome switch
    {
        AttestationOutcome.Counted => SubmitReply.Accepted,
        AttestationOutcome.Early => new SubmitReply(SubmitOutcome.Early),
        AttestationOutcome.Late => new SubmitReply(SubmitOutcome.Late),
        AttestationOutcome.Duplicate => new SubmitReply(SubmitOutcome.Duplicate),
        AttestationOutcome.Conflict => new SubmitReply(SubmitOutcome.Equivocation, "The member signed another payload at this position."),
        AttestationOutcome.OverCap => new SubmitReply(SubmitOutcome.OverCap, "The member signed more payloads than are kept."),
        AttestationOutcome.NotInCommittee not => new SubmitReply(SubmitOutcome.WrongSigner, $"{not.Signer} is not in the committee."),
        AttestationOutcome.WrongPosition wrong => new SubmitReply(SubmitOutcome.WrongPosition, $"It belongs to {wrong.Position}."),
        AttestationOutcome.Invalid invalid => Of(invalid.Validity),
        _ => throw new InvalidOperationException("An outcome of an unknown kind."),
    };

    internal static SubmitReply Of(Validity validity) => validity switch
    {
        Validity.Ignored ignored => new SubmitReply(SubmitOutcome.Ignored, ignored.Reason.ToString()),
        Validity.Rejected rejected => new SubmitReply(
            rejected.Reason == RejectReason.CommitteeUnknown ? SubmitOutcome.CommitteeUnknown : SubmitOutcome.Rejected, rejected.Reason.ToString()),
        _ => SubmitReply.Accepted,
    };

    internal static BatchReply All(int count, SubmitReply reply) => new([.. Enumerable.Repeat(reply, count)], false);
}
