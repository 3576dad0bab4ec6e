using Cloud.Grains.Interfaces.Feed;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Validation;

namespace Cloud.Grains.Tallies;

/// <summary>The outcomes of the tallies as they travel between grains.</summary>
internal static class Replies
{
    internal static MessageReply NoSuchPosition { get; } = new(MessageOutcome.NoSuchPosition, "The key is no position of this rollup, or too far ahead.");

    internal static MessageReply CommitteeUnknown { get; } = new(MessageOutcome.CommitteeUnknown, "The committee of the slot is not known here yet.");

    internal static MessageReply Of(ProposalOutcome outcome) => outcome switch
    {
        ProposalOutcome.Accepted => MessageReply.Accepted,
        ProposalOutcome.Duplicate => new MessageReply(MessageOutcome.Duplicate),
        ProposalOutcome.Equivocation => new MessageReply(MessageOutcome.Equivocation, "The proposer signed another payload at this position."),
        ProposalOutcome.OverCap => new MessageReply(MessageOutcome.OverCap, "The position holds as many payloads as are kept."),
        ProposalOutcome.WrongPosition wrong => new MessageReply(MessageOutcome.WrongPosition, $"It belongs to {wrong.Position}."),
        ProposalOutcome.WrongProposer wrong => new MessageReply(MessageOutcome.WrongSigner, $"{wrong.Signer} signed, and {wrong.Expected} may propose."),
        ProposalOutcome.Invalid invalid => Of(invalid.Validity),
        _ => throw new InvalidOperationException("An outcome of an unknown kind."),
    };

    internal static MessageReply Of(AttestationOutcome outcome) => outcome switch
    {
        AttestationOutcome.Counted => MessageReply.Accepted,
        AttestationOutcome.Early => new MessageReply(MessageOutcome.Early),
        AttestationOutcome.Late => new MessageReply(MessageOutcome.Late),
        AttestationOutcome.Duplicate => new MessageReply(MessageOutcome.Duplicate),
        AttestationOutcome.Conflict => new MessageReply(MessageOutcome.Equivocation, "The member signed another payload at this position."),
        AttestationOutcome.OverCap => new MessageReply(MessageOutcome.OverCap, "The member signed more payloads than are kept."),
        AttestationOutcome.NotInCommittee not => new MessageReply(MessageOutcome.WrongSigner, $"{not.Signer} is not in the committee."),
        AttestationOutcome.WrongPosition wrong => new MessageReply(MessageOutcome.WrongPosition, $"It belongs to {wrong.Position}."),
        AttestationOutcome.Invalid invalid => Of(invalid.Validity),
        _ => throw new InvalidOperationException("An outcome of an unknown kind."),
    };

    internal static MessageReply Of(Validity validity) => validity switch
    {
        Validity.Ignored ignored => new MessageReply(MessageOutcome.Ignored, ignored.Reason.ToString()),
        Validity.Rejected rejected => new MessageReply(
            rejected.Reason == RejectReason.CommitteeUnknown ? MessageOutcome.CommitteeUnknown : MessageOutcome.Rejected, rejected.Reason.ToString()),
        _ => MessageReply.Accepted,
    };

    internal static BatchReply All(int count, MessageReply reply) => new([.. Enumerable.Repeat(reply, count)], false);
}
