using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Signing;

namespace Cloud.Protocol.Tests.Signing;

public sealed class SigningRulesTests
{
    private static readonly Hash256 One = Hash256.Parse("0x" + new string('1', 64));
    private static readonly Hash256 Two = Hash256.Parse("0x" + new string('2', 64));

    public static TheoryData<Duty> Duties =>
    [
        Duty.Flashblock(7, 1, 2),
        Duty.ChunkProposal(7, 1),
        Duty.CheckpointProposal(7),
        Duty.ChunkAttestation(7, Address.Zero, 1, AttestationKind.Executed),
        Duty.CheckpointAttestation(7, AttestationKind.Executed),
        Duty.CheckpointPublication(7),
    ];

    [Theory]
    [MemberData(nameof(Duties))]
    public void The_first_signature_is_recorded_and_allowed(Duty duty) =>
        Assert.Equal(new SigningDecision.Sign(new SignedDuty(duty, One)), SigningRules.Decide(duty, One, 0, null));

    [Theory]
    [MemberData(nameof(Duties))]
    public void The_same_digest_again_gives_the_same_answer(Duty duty) =>
        Assert.Equal(new SigningDecision.SameAgain(), SigningRules.Decide(duty, One, 0, new SignedDuty(duty, One)));

    [Theory]
    [MemberData(nameof(Duties))]
    public void Another_digest_is_refused_with_both(Duty duty)
    {
        SigningDecision.WouldEquivocate refusal =
            Assert.IsType<SigningDecision.WouldEquivocate>(SigningRules.Decide(duty, Two, 0, new SignedDuty(duty, One)));
        Assert.Equal((new SignedDuty(duty, One), Two), (refusal.Existing, refusal.Requested));
        Assert.Contains(duty.ToString(), refusal.Message, StringComparison.Ordinal);
        Assert.Contains(One.ToString(), refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Duties))]
    public void A_position_whose_root_is_unknown_is_never_signed(Duty duty) =>
        Assert.IsType<SigningDecision.WouldEquivocate>(SigningRules.Decide(duty, One, 0, new SignedDuty(duty, null)));

    [Theory]
    [MemberData(nameof(Duties))]
    public void Below_the_watermark_nothing_is_signed_not_even_again(Duty duty)
    {
        Assert.IsType<SigningDecision.Sign>(SigningRules.Decide(duty, One, 7, null));
        SigningDecision.BelowWatermark refusal = Assert.IsType<SigningDecision.BelowWatermark>(SigningRules.Decide(duty, One, 8, null));
        Assert.Equal(8ul, refusal.Watermark);
        Assert.Contains("slot 8", refusal.Message, StringComparison.Ordinal);
        Assert.IsType<SigningDecision.BelowWatermark>(SigningRules.Decide(duty, One, 8, new SignedDuty(duty, One)));
    }

    [Fact]
    public void A_record_of_another_position_is_a_bug() =>
        Assert.Throws<ArgumentException>(() => SigningRules.Decide(Duty.ChunkProposal(7, 1), One, 0, new SignedDuty(Duty.ChunkProposal(7, 2), One)));

    [Fact]
    public void Every_part_of_a_position_makes_another_duty()
    {
        Address producer = Address.Parse(new string('1', 40));
        Duty[] duties =
        [
            Duty.Flashblock(7, 1, 2), Duty.Flashblock(8, 1, 2), Duty.Flashblock(7, 2, 2), Duty.Flashblock(7, 1, 3),
            Duty.ChunkProposal(7, 1), Duty.ChunkProposal(8, 1), Duty.ChunkProposal(7, 2),
            Duty.CheckpointProposal(7), Duty.CheckpointProposal(8),
            Duty.ChunkAttestation(7, producer, 1, AttestationKind.Stored), Duty.ChunkAttestation(7, producer, 1, AttestationKind.Executed),
            Duty.ChunkAttestation(7, Address.Zero, 1, AttestationKind.Stored), Duty.ChunkAttestation(7, producer, 2, AttestationKind.Stored),
            Duty.CheckpointAttestation(7, AttestationKind.Stored), Duty.CheckpointAttestation(7, AttestationKind.Locked),
        ];
        Assert.Equal(duties.Length, duties.Distinct().Count());
        Assert.Equal(duties.Length, duties.Select(d => d.ToString()).Distinct().Count());
        Assert.Equal(duties.Order().Reverse(), duties.OrderDescending());
        Assert.True(duties[0] < duties[1] && duties[1] > duties[0] && duties[0] <= duties[3] && duties[3] >= duties[0]);
    }
}
