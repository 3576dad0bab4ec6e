using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Tests.Support;

namespace Cloud.Protocol.Tests.Tallies;

public sealed class SlotTallyTests
{
    private readonly TestRollup _rollup = new(members: 4);

    [Fact]
    public void A_checkpoint_is_certified_like_a_chunk_and_its_second_payload_is_evidence()
    {
        SlotTally tally = new(_rollup.Context, 3, _rollup.ProposerOf(3), _rollup.Committee);
        CheckpointHeader header = Header(TestRollup.Digest("a"));
        CheckpointHeader other = Header(TestRollup.Digest("b"));
        Assert.IsType<ProposalOutcome.Accepted>(tally.Add(_rollup.Validate(_rollup.Propose(header))).Outcome);
        AttestationResult<CheckpointCertificate> result = tally.Add(
            [.. _rollup.Committee.Members.Select(member => _rollup.Validate(_rollup.Attest(member, header)))], TestRollup.Genesis);
        CheckpointCertificate certificate = Assert.Single(result.Certificates);
        Assert.Equal(new CertificateCheck.Valid(3), certificate.Check(_rollup.Domains, _rollup.Committee));
        Assert.IsType<AttestationOutcome.Late>(result.Outcomes[3]);

        ProposalOutcome.Equivocation second = Assert.IsType<ProposalOutcome.Equivocation>(tally.Add(_rollup.Validate(_rollup.Propose(other))).Outcome);
        Assert.Equal(new EvidenceVerdict.Proven(Offence.DuplicateCheckpointProposal, _rollup.ProposerOf(3)), second.Evidence!.Verify(_rollup.Domains));
        Evidence attester = Assert.Single(tally.Add([_rollup.Validate(_rollup.Attest(_rollup.Committee.Members[1], other))], TestRollup.Genesis).Evidence);
        Assert.Equal(new EvidenceVerdict.Proven(Offence.DuplicateCheckpointAttestation, _rollup.Committee.Members[1]), attester.Verify(_rollup.Domains));
    }

    private CheckpointHeader Header(Hash256 state) =>
        new(3, Hash256.Zero, 1, 2, TestRollup.Digest("chunks"), TestRollup.Digest("block"), state, Hash256.Zero, Hash256.Zero, 0, _rollup.ProposerOf(3), 42_000);
}
