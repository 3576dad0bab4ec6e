using Cloud.Protocol.Faults;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Tests.Support;

namespace Cloud.Protocol.Tests.Faults;

public sealed class FaultRegisterTests
{
    private readonly TestRollup _rollup = new();

    [Fact]
    public void Case_22_an_offence_is_recorded_once_by_offender_kind_and_position()
    {
        FaultRegister register = new(_rollup.Domains);
        FaultOutcome.Recorded recorded = Assert.IsType<FaultOutcome.Recorded>(register.Add(TwoChunks(1, "a", "b")));
        Assert.Equal((Offence.DuplicateChunkProposal, _rollup.ProposerOf(1)), (recorded.Fault.Offence, recorded.Fault.Offender));
        Assert.IsType<FaultOutcome.Duplicate>(register.Add(TwoChunks(1, "a", "c")));
        Assert.IsType<FaultOutcome.Recorded>(register.Add(TwoChunks(2, "a", "b")));
        Assert.Equal(2, register.Count);
        Assert.Equal(2, register.All().Length);
        Assert.Single(register.Of(1));
    }

    [Fact]
    public void A_claim_counts_only_after_re_execution_and_the_lazy_attester_with_it()
    {
        FaultRegister register = new(_rollup.Domains);
        (Evidence proposal, Evidence attestation) = Invalid(1);
        Assert.Equal(new FaultOutcome.NeedsReexecution(Offence.InvalidChunkProposal, _rollup.ProposerOf(1)), register.Add(proposal));
        Assert.Equal(0, register.Count);
        Assert.IsType<FaultOutcome.Recorded>(register.Add(proposal, isReexecuted: true));
        Assert.IsType<FaultOutcome.Recorded>(register.Add(attestation, isReexecuted: true));
        Assert.Equal([Offence.InvalidChunkProposal, Offence.AttestedToInvalid], register.Of(1).Select(fault => fault.Offence));
        Assert.Contains(register.Of(_rollup.Committee.Members[1]), fault => fault.Offence == Offence.AttestedToInvalid);
    }

    [Fact]
    public void Attesting_to_an_invalid_chunk_is_excused_where_the_proposer_signed_two()
    {
        FaultRegister register = new(_rollup.Domains);
        register.Add(Invalid(1).Attestation, isReexecuted: true);
        register.Add(TwoChunks(1, "a", "b"));
        Assert.Equal([Offence.DuplicateChunkProposal], register.Of(1).Select(fault => fault.Offence));
    }

    [Fact]
    public void Bad_evidence_own_validators_old_slots_and_floods_are_turned_away()
    {
        Evidence foreign = new Evidence.Equivocation(
            new SigningContext(1, default), Duty.ChunkProposal(1, 0), TestRollup.Digest("a"), default, TestRollup.Digest("b"), default);
        FaultRegister register = new(_rollup.Domains, new HashSet<Address> { _rollup.ProposerOf(1) }, maxPerSlot: 1);
        Assert.IsType<FaultOutcome.NotProven>(register.Add(foreign));
        Assert.IsType<FaultOutcome.Own>(register.Add(TwoChunks(1, "a", "b")));
        FaultRegister narrow = new(_rollup.Domains, maxPerSlot: 1);
        narrow.Add(TwoChunks(1, "a", "b"));
        Assert.Equal(new FaultOutcome.SlotFull(1), narrow.Add(Invalid(1).Attestation, isReexecuted: true));
        narrow.Forget(2);
        Assert.Equal(0, narrow.Count);
        Assert.Equal(new FaultOutcome.TooOld(2), narrow.Add(TwoChunks(1, "a", "b")));
    }

    [Fact]
    public void Records_count_duties_and_absence_only_where_there_was_something_to_sign()
    {
        PerformanceRecords records = new(maxSlots: 3);
        Address me = _rollup.Committee.Members[0];
        Address other = _rollup.Committee.Members[1];
        records.Record(1, other, SlotResult.CheckpointValid, [new MemberAttendance(me, Attendance.Missed, null), new MemberAttendance(other, Attendance.Sent, null)]);
        records.Record(1, other, SlotResult.CheckpointMissed, []);
        Assert.Equal(SlotResult.CheckpointValid, records.Of(1));
        records.Record(2, me, SlotResult.ChunksMissed, [new MemberAttendance(other, Attendance.Missed, null)]);
        records.Record(3, other, SlotResult.CheckpointMined, [new MemberAttendance(me, Attendance.Late, null), new MemberAttendance(other, Attendance.Conflicting, null)]);
        Assert.Equal(new ValidatorRecord(Sent: 0, Late: 1, Missed: 1, Invalid: 0, Proposed: 0, NotProposed: 1), records.Of(me));
        Assert.Equal(new ValidatorRecord(Sent: 1, Late: 0, Missed: 0, Invalid: 1, Proposed: 2, NotProposed: 0), records.Of(other));
        Assert.Equal(2.0 / 3, records.Of(me).FailureRatio, 3);
        records.Record(4, me, SlotResult.CheckpointMined, []);
        Assert.Null(records.Of(1));
    }

    private Evidence.Equivocation TwoChunks(ulong slot, string first, string second)
    {
        ChunkHeader one = _rollup.Header(slot, 0, variant: first);
        ChunkHeader two = _rollup.Header(slot, 0, variant: second);
        return new Evidence.Equivocation(
            _rollup.Context, one.Statement.Duty, one.Hash, _rollup.Propose(one).Signature, two.Hash, _rollup.Propose(two).Signature);
    }

    private (Evidence Proposal, Evidence Attestation) Invalid(ulong slot)
    {
        ChunkHeader header = _rollup.Header(slot, 0, variant: "invalid");
        ReexecutionClaim claim = new(ReexecutionFault.BlockMismatch, TestRollup.Digest("what it should be"));
        return (
            new Evidence.InvalidChunk(_rollup.Propose(header), claim),
            new Evidence.AttestedToInvalid(_rollup.Attest(_rollup.Committee.Members[1], header), _rollup.Propose(header), claim));
    }
}
