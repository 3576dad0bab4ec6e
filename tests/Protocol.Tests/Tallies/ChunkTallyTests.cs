using System.Collections.Immutable;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Tests.Support;
using Cloud.Protocol.Validation;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Protocol.Tests.Tallies;

public sealed class ChunkTallyTests
{
    private const ulong Slot = 3;

    private readonly TestRollup _rollup = new(members: 7);
    private readonly ChunkTally _tally;
    private readonly ChunkHeader _header;
    private readonly ChunkHeader _other;
    private readonly DateTimeOffset _now = TestRollup.Genesis;

    public ChunkTallyTests()
    {
        _tally = new ChunkTally(_rollup.Context, Slot, _rollup.ProposerOf(Slot), 2, _rollup.Committee);
        _header = _rollup.Header(Slot, 2);
        _other = _rollup.Header(Slot, 2, variant: "other");
    }

    private ImmutableArray<Address> Members => _rollup.Committee.Members;

    [Fact]
    public void The_certificate_comes_with_the_quorum_once_and_is_valid()
    {
        Assert.IsType<ProposalOutcome.Accepted>(Add(_header).Outcome);
        List<ChunkCertificate> certificates = [];
        for (int i = 0; i < Members.Length; i++)
        {
            AttestationResult<ChunkCertificate> result = Add(_rollup.Attest(Members[i], _header));
            certificates.AddRange(result.Certificates);
            Assert.Equal(i < _rollup.Committee.Quorum - 1 ? 0 : 1, certificates.Count);
            Assert.Equal(i < _rollup.Committee.Quorum, result.Outcomes[0] is AttestationOutcome.Counted);
            Assert.Equal(i >= _rollup.Committee.Quorum, result.Outcomes[0] is AttestationOutcome.Late);
        }

        ChunkCertificate certificate = Assert.Single(certificates);
        Assert.Equal(new CertificateCheck.Valid(5), certificate.Check(_rollup.Domains, _rollup.Committee));
        Assert.Same(certificate, _tally.Certificate(AttestationKind.Executed));
        Assert.Equal(7, _tally.Signers(AttestationKind.Executed));
        Assert.Empty(_tally.Missing(AttestationKind.Executed));
    }

    [Fact]
    public void Missing_and_late_signers_are_named()
    {
        Add(_header);
        foreach (Address member in Members.Skip(1).Take(6))
        {
            Add(_rollup.Attest(member, _header));
        }

        Assert.Equal([Members[0]], _tally.Missing(AttestationKind.Executed));
        ImmutableArray<MemberAttendance> attendance = _tally.AttendanceOf(AttestationKind.Executed);
        Assert.Equal(
            [Attendance.Missed, Attendance.Sent, Attendance.Sent, Attendance.Sent, Attendance.Sent, Attendance.Sent, Attendance.Late],
            attendance.Select(member => member.Attendance));
        Assert.Null(attendance[0].At);
        Assert.Equal(_now, attendance[6].At);
    }

    [Fact]
    public void Without_a_proposal_everybody_is_missing()
    {
        Assert.Equal(Members, _tally.Missing(AttestationKind.Executed));
        Assert.All(_tally.AttendanceOf(AttestationKind.Executed), member => Assert.Equal(Attendance.Missed, member.Attendance));
        Assert.Null(_tally.Certificate(AttestationKind.Executed));
    }

    [Fact]
    public void Attestations_before_the_proposal_wait_for_it()
    {
        AttestationResult<ChunkCertificate> early = Add([.. Members.Select(member => _rollup.Attest(member, _header))]);
        Assert.All(early.Outcomes, outcome => Assert.IsType<AttestationOutcome.Early>(outcome));
        Assert.Empty(early.Certificates);

        ChunkCertificate certificate = Assert.Single(Add(_header).Certificates);
        Assert.Equal(_rollup.Committee.Quorum, certificate.Signers.Count);
        Assert.IsType<CertificateCheck.Valid>(certificate.Check(_rollup.Domains, _rollup.Committee));
    }

    [Fact]
    public void Case_38_the_same_payload_twice_is_known_and_a_second_one_is_evidence_once()
    {
        Assert.IsType<ProposalOutcome.Accepted>(Add(_header).Outcome);
        Assert.IsType<ProposalOutcome.Duplicate>(Add(_header).Outcome);
        ProposalOutcome.Equivocation second = Assert.IsType<ProposalOutcome.Equivocation>(Add(_other).Outcome);
        Assert.Equal(new EvidenceVerdict.Proven(Offence.DuplicateChunkProposal, _rollup.ProposerOf(Slot)), second.Evidence!.Verify(_rollup.Domains));
        Assert.IsType<ProposalOutcome.Duplicate>(Add(_other).Outcome);
        Assert.IsType<ProposalOutcome.OverCap>(Add(_rollup.Header(Slot, 2, variant: "third")).Outcome);
        Assert.Equal(_header, _tally.Proposal!.Header);
        Assert.Equal(2, _tally.Proposals.Count);
    }

    [Fact]
    public void Case_38_a_second_attestation_of_a_member_is_evidence_once_and_the_first_keeps_counting()
    {
        Add(_header);
        Add(_rollup.Attest(Members[0], _header));
        AttestationResult<ChunkCertificate> result = Add(_rollup.Attest(Members[0], _other));
        AttestationOutcome.Conflict conflict = Assert.IsType<AttestationOutcome.Conflict>(result.Outcomes[0]);
        Assert.Equal(new EvidenceVerdict.Proven(Offence.DuplicateChunkAttestation, Members[0]), conflict.Evidence.Verify(_rollup.Domains));
        Assert.Contains(conflict.Evidence, result.Evidence);

        Assert.IsType<AttestationOutcome.Duplicate>(Add(_rollup.Attest(Members[0], _other)).Outcomes[0]);
        Assert.IsType<AttestationOutcome.OverCap>(Add(_rollup.Attest(Members[0], _rollup.Header(Slot, 2, variant: "third"))).Outcomes[0]);
        Assert.Equal(1, _tally.Signers(AttestationKind.Executed));
        Assert.Equal(Attendance.Conflicting, _tally.AttendanceOf(AttestationKind.Executed)[0].Attendance);
    }

    [Fact]
    public void An_attestation_of_a_payload_that_never_came_proves_that_the_proposer_signed_two()
    {
        Add(_header);
        Evidence evidence = Assert.Single(Add(_rollup.Attest(Members[1], _other)).Evidence);
        Assert.Equal(new EvidenceVerdict.Proven(Offence.DuplicateChunkProposal, _rollup.ProposerOf(Slot)), evidence.Verify(_rollup.Domains));
        Assert.Empty(Add(_rollup.Attest(Members[2], _other)).Evidence);
        Assert.Null(Assert.IsType<ProposalOutcome.Equivocation>(Add(_other).Outcome).Evidence);
    }

    [Fact]
    public void The_committee_decides_which_of_two_payloads_is_certified()
    {
        Add(_other);
        Add(_header);
        foreach (Address member in Members.Take(_rollup.Committee.Quorum))
        {
            Add(_rollup.Attest(member, _header));
        }

        Assert.Equal(_header.Hash, _tally.Certificate(AttestationKind.Executed)!.ChunkHash);
        Assert.Equal(2, _tally.Missing(AttestationKind.Executed).Length);
    }

    [Fact]
    public void Kinds_of_attestations_have_certificates_of_their_own()
    {
        Add(_header);
        foreach (Address member in Members)
        {
            Add(_rollup.Attest(member, _header, AttestationKind.Stored));
        }

        Assert.Null(_tally.Certificate(AttestationKind.Executed));
        Assert.Equal(AttestationKind.Stored, _tally.Certificate(AttestationKind.Stored)!.Attestation);
        Assert.IsType<AttestationOutcome.Counted>(Add(_rollup.Attest(Members[0], _header)).Outcomes[0]);
    }

    [Fact]
    public void What_does_not_belong_here_has_no_effect()
    {
        Assert.IsType<ProposalOutcome.WrongPosition>(Add(_rollup.Header(Slot, 1)).Outcome);
        Assert.IsType<ProposalOutcome.WrongPosition>(Add(_rollup.Header(Slot + 1, 2)).Outcome);
        ChunkProposal foreign = _rollup.Propose(_header, _rollup.Outsider);
        Assert.IsType<ProposalOutcome.Invalid>(_tally.Add(_rollup.Validate(foreign)).Outcome);
        Assert.IsType<ProposalOutcome.WrongProposer>(_tally.Add(new Validated<ChunkProposal>(foreign, new Validity.Accepted(_rollup.Outsider))).Outcome);
        Add(_header);

        Assert.IsType<AttestationOutcome.WrongPosition>(Add(_rollup.Attest(Members[0], _rollup.Header(Slot, 1))).Outcomes[0]);
        Assert.IsType<AttestationOutcome.Invalid>(Add(_rollup.Attest(_rollup.Outsider, _header)).Outcomes[0]);
        ChunkAttestation attestation = _rollup.Attest(_rollup.Outsider, _header);
        AttestationResult<ChunkCertificate> outsider = _tally.Add([new Validated<ChunkAttestation>(attestation, new Validity.Accepted(_rollup.Outsider))], _now);
        Assert.IsType<AttestationOutcome.NotInCommittee>(outsider.Outcomes[0]);
        ChunkAttestation unsigned = _rollup.Attest(Members[0], _header) with { Signature = default };
        Assert.IsType<AttestationOutcome.Invalid>(Add(unsigned).Outcomes[0]);
        Assert.Equal(0, _tally.Signers(AttestationKind.Executed));
    }

    [Fact]
    public void A_restart_reports_nothing_again()
    {
        Add(_header);
        Add([.. Members.Take(5).Select(member => _rollup.Attest(member, _header))]);
        ChunkTally restarted = new(_rollup.Context, Slot, _rollup.ProposerOf(Slot), 2, _rollup.Committee);
        restarted.Restore(_tally.Proposals, [_tally.Certificate(AttestationKind.Executed)!], _now);

        Assert.IsType<ProposalOutcome.Duplicate>(restarted.Add(_rollup.Validate(_rollup.Propose(_header))).Outcome);
        AttestationResult<ChunkCertificate> again = restarted.Add([.. Members.Select(member => _rollup.Validate(_rollup.Attest(member, _header)))], _now);
        Assert.Empty(again.Certificates);
        Assert.Equal(5, again.Outcomes.Count(outcome => outcome is AttestationOutcome.Duplicate));
        Assert.Equal(2, again.Outcomes.Count(outcome => outcome is AttestationOutcome.Late));
        Assert.Throws<InvalidOperationException>(() => restarted.Restore([], [], _now));
    }

    [Fact]
    public void Any_order_and_repetition_of_attestations_gives_one_valid_certificate_exactly_when_a_quorum_signed()
    {
        ChunkAttestation[] good = [.. Members.Select(member => _rollup.Attest(member, _header))];
        ChunkAttestation[] bad = [.. Members.Select(member => _rollup.Attest(member, _other))];
        Validated<ChunkAttestation>[] all = [.. good.Concat(bad).Select(_rollup.Validate)];
        Validated<ChunkProposal> proposal = _rollup.Validate(_rollup.Propose(_header));
        Gen<int[]> order = Gen.ArrayOf(Gen.Choose(0, all.Length));
        Prop.ForAll(order.ToArbitrary(), steps =>
        {
            ChunkTally tally = new(_rollup.Context, Slot, _rollup.ProposerOf(Slot), 2, _rollup.Committee);
            Dictionary<int, bool> first = [];
            bool isProposed = false;
            List<ChunkCertificate> certificates = [];
            foreach (int step in steps)
            {
                if (step == all.Length)
                {
                    certificates.AddRange(tally.Add(proposal).Certificates);
                    isProposed = true;
                }
                else
                {
                    certificates.AddRange(tally.Add([all[step]], _now).Certificates);
                    first.TryAdd(step % Members.Length, step < Members.Length);
                }
            }

            int signers = first.Values.Count(isGood => isGood);
            bool isExpected = isProposed && signers >= _rollup.Committee.Quorum;
            return certificates.Count == (isExpected ? 1 : 0)
                && certificates.TrueForAll(certificate => certificate.Check(_rollup.Domains, _rollup.Committee) is CertificateCheck.Valid);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(24)]
    [InlineData(48)]
    public void One_short_of_a_quorum_is_no_certificate(int members)
    {
        TestRollup rollup = new(members);
        ChunkHeader header = rollup.Header(Slot, 0);
        ChunkTally tally = new(rollup.Context, Slot, rollup.ProposerOf(Slot), 0, rollup.Committee);
        tally.Add(rollup.Validate(rollup.Propose(header)));
        int quorum = Quorum.Of(members);
        Validated<ChunkAttestation>[] attestations = [.. rollup.Committee.Members.Take(quorum).Select(member => rollup.Validate(rollup.Attest(member, header)))];
        Assert.Empty(tally.Add(attestations.AsSpan(0, quorum - 1), _now).Certificates);
        Assert.Single(tally.Add(attestations.AsSpan(quorum - 1), _now).Certificates);
    }

    private ProposalResult<ChunkCertificate> Add(ChunkHeader header) => _tally.Add(_rollup.Validate(_rollup.Propose(header)));

    private AttestationResult<ChunkCertificate> Add(params ChunkAttestation[] attestations) =>
        _tally.Add([.. attestations.Select(_rollup.Validate)], _now);
}
