using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Validation;

namespace Cloud.Protocol.Tests.Validation;

public sealed class PoolRulesTests
{
    private static readonly Hash256[] Hashes = [.. Enumerable.Range(1, 5).Select(i => Hash256.Parse(i.ToString("x64", null)))];

    public static TheoryData<Duty> Proposals => [Duty.Flashblock(1, 2, 3), Duty.ChunkProposal(1, 2), Duty.CheckpointProposal(1)];

    public static TheoryData<Duty> Attestations =>
        [Duty.ChunkAttestation(1, Address.Zero, 2, AttestationKind.Executed), Duty.CheckpointAttestation(1, AttestationKind.Executed)];

    [Theory]
    [MemberData(nameof(Proposals))]
    public void Proposals_one_is_processed_a_second_is_evidence_a_third_is_too_many(Duty duty)
    {
        AssertAdmission(duty, 0, new PoolAdmission.Added(1));
        AssertAdmission(duty, 1, new PoolAdmission.Equivocation());
        AssertAdmission(duty, 2, new PoolAdmission.OverCap());
    }

    [Theory]
    [MemberData(nameof(Attestations))]
    public void Attestations_one_is_counted_a_second_is_evidence_a_third_is_ignored(Duty duty)
    {
        AssertAdmission(duty, 0, new PoolAdmission.Added(1));
        AssertAdmission(duty, 1, new PoolAdmission.Equivocation());
        AssertAdmission(duty, 2, new PoolAdmission.OverCap());
    }

    [Theory]
    [MemberData(nameof(Proposals))]
    [MemberData(nameof(Attestations))]
    public void The_same_payload_again_is_ignored_even_when_the_position_is_full(Duty duty)
    {
        PoolAdmission admission = PoolRules.Admit(PoolCaps.Default, new Statement(duty, Hashes[1]), Hashes.AsSpan(0, 2));
        Assert.Equal(new PoolAdmission.AlreadyKnown(), admission);
    }

    [Fact]
    public void A_higher_cap_keeps_more_and_raises_the_offence_once()
    {
        PoolCaps caps = new(CheckpointsPerSlot: 5, ChunksPerPosition: 3, FlashblocksPerPosition: 3, AttestationsPerSigner: 3);
        Statement statement = new(Duty.CheckpointProposal(1), Hashes[4]);
        PoolAdmission[] admissions = [.. Enumerable.Range(0, 5).Select(known => PoolRules.Admit(caps, statement, Hashes.AsSpan(0, Math.Min(known, 4))))];
        Assert.Equal([new PoolAdmission.Added(1), new PoolAdmission.Equivocation(), new PoolAdmission.Added(3), new PoolAdmission.Added(4), new PoolAdmission.Added(5)], admissions);
    }

    private static void AssertAdmission(Duty duty, int known, PoolAdmission admission) =>
        Assert.Equal(admission, PoolRules.Admit(PoolCaps.Default, new Statement(duty, Hashes[4]), Hashes.AsSpan(0, known)));
}
