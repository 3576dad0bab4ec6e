using System.Collections.Immutable;
using Cloud.Protocol.Attesting;
using Cloud.Protocol.Checkpoints;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tests.Support;

namespace Cloud.Protocol.Tests.Attesting;

public sealed class AttestationDutyTests
{
    private readonly TestRollup _rollup = new();
    private readonly AttestationDuty _duty;
    private readonly DateTimeOffset _now;

    public AttestationDutyTests()
    {
        _duty = new AttestationDuty(Me, _rollup.Timetable.Consensus);
        _now = _rollup.During(1);
    }

    private Address Me => _rollup.Committee.Members[0];

    [Fact]
    public void A_valid_chunk_is_attested_once()
    {
        ChunkHeader chunk = _rollup.Header(1, 0);
        DutyDecision.Attest attest = Assert.IsType<DutyDecision.Attest>(Decide(chunk));
        Assert.Equal(new Statement(Duty.ChunkAttestation(1, chunk.Producer, 0, AttestationKind.Executed), chunk.Hash), attest.Statement);
        Assert.Equal(new DutyDecision.None(NoneReason.AlreadySigned), Decide(chunk));
        Assert.Equal(new DutyDecision.None(NoneReason.AlreadySigned), Decide(_rollup.Header(1, 0, variant: "second")));
    }

    [Fact]
    public void Scenario_6_a_state_mismatch_is_not_attested_and_is_the_proposers_fault()
    {
        Assert.Equal(new DutyDecision.None(NoneReason.NotValid), Decide(_rollup.Header(1, 0), ChunkVerdict.StateMismatch));
        Assert.Equal(Blame.Proposer, VerdictTable.BlameOf(ChunkVerdict.StateMismatch));
        Assert.Equal(ReexecutionFault.BlockMismatch, VerdictTable.FaultOf(ChunkVerdict.StateMismatch));
    }

    [Fact]
    public void Only_what_re_execution_can_repeat_is_a_fault_and_missing_data_never_is()
    {
        foreach (ChunkVerdict verdict in Enum.GetValues<ChunkVerdict>())
        {
            bool isFault = verdict is ChunkVerdict.StateMismatch or ChunkVerdict.InvalidTransaction or ChunkVerdict.LimitExceeded;
            Assert.Equal(isFault, VerdictTable.BlameOf(verdict) == Blame.Proposer);
            Assert.Equal(isFault, VerdictTable.FaultOf(verdict) is not null);
        }

        Assert.True(VerdictTable.IsRetryable(ChunkVerdict.TransactionsMissing));
        Assert.True(VerdictTable.IsRetryable(ChunkVerdict.ParentNotFound));
        Assert.False(VerdictTable.IsRetryable(ChunkVerdict.StateMismatch));
    }

    [Fact]
    public void Case_44_older_slots_outsiders_and_watchers_sign_nothing()
    {
        Assert.IsType<DutyDecision.Attest>(Decide(_rollup.Header(2, 0)));
        Assert.Equal(new DutyDecision.None(NoneReason.OlderSlot), Decide(_rollup.Header(1, 5)));
        CheckpointHeader checkpoint = Checkpoint(2);
        Assert.IsType<DutyDecision.Attest>(_duty.Decide(checkpoint, true, true, _rollup.Committee, _now));
        Assert.Equal(new DutyDecision.None(NoneReason.AlreadySigned), _duty.Decide(checkpoint, true, true, _rollup.Committee, _now));
        Assert.Equal(new DutyDecision.None(NoneReason.OlderSlot), _duty.Decide(Checkpoint(1), true, true, _rollup.Committee, _now));

        AttestationDuty fisherman = new(Me, _rollup.Timetable.Consensus, AttestationMode.Fisherman);
        Assert.Equal(new DutyDecision.None(NoneReason.Fisherman), Decide(_rollup.Header(1, 0), duty: fisherman));
        AttestationDuty outsider = new(_rollup.Outsider, _rollup.Timetable.Consensus);
        Assert.Equal(new DutyDecision.None(NoneReason.NotInCommittee), Decide(_rollup.Header(1, 0), duty: outsider));
        AttestationDuty lazy = new(Me, _rollup.Timetable.Consensus, AttestationMode.CheckpointOnly);
        Assert.Equal(new DutyDecision.None(NoneReason.CheckpointOnly), Decide(_rollup.Header(1, 0), duty: lazy));
        Assert.IsType<DutyDecision.Attest>(lazy.Decide(Checkpoint(1), true, true, _rollup.Committee, _now));
    }

    [Fact]
    public void Case_40_the_deadline_is_the_last_instant_to_sign()
    {
        DateTimeOffset deadline = _rollup.Timetable.Consensus.AttestationDeadline(1);
        ChunkHeader chunk = _rollup.Header(1, 0);
        Assert.Equal(new DutyDecision.None(NoneReason.TooLate), _duty.Decide(chunk, chunk.Block.ComputeHash(), ChunkVerdict.Valid, true, _rollup.Committee, deadline.AddTicks(1)));
        Assert.IsType<DutyDecision.Attest>(_duty.Decide(chunk, chunk.Block.ComputeHash(), ChunkVerdict.Valid, true, _rollup.Committee, deadline));
    }

    [Fact]
    public void What_does_not_stand_on_the_own_last_attestation_is_not_attested_until_that_is_given_up()
    {
        ImmutableArray<ChunkHeader> one = _rollup.Chunks(1, 2);
        Decide(one[0]);
        Decide(one[1]);
        ChunkHeader beside = _rollup.Header(2, 0, one[0].Block);
        Assert.Equal(new DutyDecision.None(NoneReason.ContradictsOwn), Decide(beside, agreesWithOwn: false));
        Assert.Equal(new DutyDecision.None(NoneReason.ContradictsOwn), _duty.Decide(Checkpoint(2), true, false, _rollup.Committee, _now));
        _duty.Release(one[0].Block.ComputeHash());
        Assert.NotNull(_duty.Own);
        _duty.Release(one[1].Block.ComputeHash());
        Assert.IsType<DutyDecision.Attest>(Decide(beside, agreesWithOwn: false));
    }

    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(2, 1, 0)]
    [InlineData(1, 2, 0)]
    [InlineData(2, 0, 1)]
    public void Chunks_that_come_at_once_are_all_signed_each_once_in_whatever_order_and_the_highest_binds(int first, int second, int third)
    {
        ImmutableArray<ChunkHeader> chunks = _rollup.Chunks(1, 3);
        foreach (int index in new[] { first, second, third })
        {
            Assert.IsType<DutyDecision.Attest>(Decide(chunks[index]));
            Assert.Equal(new DutyDecision.None(NoneReason.AlreadySigned), Decide(chunks[index]));
        }

        Assert.Equal(chunks[2].Block.ComputeHash(), _duty.Own);
    }

    [Fact]
    public void A_lower_chunk_that_is_not_below_the_highest_signed_one_is_not_attested()
    {
        ImmutableArray<ChunkHeader> chunks = _rollup.Chunks(1, 3);
        Assert.IsType<DutyDecision.Attest>(Decide(chunks[2]));
        Assert.Equal(new DutyDecision.None(NoneReason.ContradictsOwn), Decide(_rollup.Header(1, 1, variant: "beside"), agreesWithOwn: false));
        Assert.IsType<DutyDecision.Attest>(Decide(chunks[1]));
        Assert.IsType<DutyDecision.Attest>(Decide(_rollup.Header(2, 0, chunks[2].Block)));
        Assert.Equal(new DutyDecision.None(NoneReason.OlderSlot), Decide(chunks[0]));
    }

    [Fact]
    public void After_the_highest_signed_chunk_is_given_up_the_highest_of_those_signed_since_binds()
    {
        ChunkHeader lost = _rollup.Chunks(1, 3)[2];
        Assert.IsType<DutyDecision.Attest>(Decide(lost));
        _duty.Release(lost.Block.ComputeHash());
        foreach (uint index in new uint[] { 0, 1 })
        {
            ChunkHeader other = _rollup.Header(1, index, variant: "beside");
            Assert.IsType<DutyDecision.Attest>(Decide(other));
            Assert.Equal(other.Block.ComputeHash(), _duty.Own);
        }
    }

    [Fact]
    public void Case_41_an_invalid_checkpoint_is_not_attested() =>
        Assert.Equal(new DutyDecision.None(NoneReason.NotValid), _duty.Decide(Checkpoint(1), false, true, _rollup.Committee, _now));

    [Fact]
    public void Case_40_each_rule_about_a_chunks_place()
    {
        ImmutableArray<ChunkHeader> chunks = _rollup.Chunks(1, 3);
        ChunkParent genesis = new(0, TestRollup.Digest("genesis block"), null, null);
        ChunkParent first = ChunkParent.Of(chunks[0], chunks[0].Block.ComputeHash());
        ChunkLinkFault? Check(ChunkParent parent, ChunkHeader chunk) => ChunkLink.Check(_rollup.Timetable.Consensus, parent, chunk);
        ChunkHeader With(ChunkHeader of, Address? producer = null, Hash256? inHash = null, Func<Protocol.Blocks.BlockHeader, Protocol.Blocks.BlockHeader>? block = null) =>
            new(of.Slot, producer ?? of.Producer, of.Index, of.IsLast, inHash ?? of.InHash, block?.Invoke(of.Block) ?? of.Block, of.Transactions);

        Assert.Null(Check(genesis, chunks[0]));
        Assert.Null(Check(first, chunks[1]));
        Assert.Null(Check(first, _rollup.Header(2, 0, chunks[0].Block)));
        Assert.Equal(ChunkLinkFault.WrongParent, Check(genesis, chunks[1]));
        Assert.Equal(ChunkLinkFault.WrongNumber, Check(first, With(chunks[1], block: header => header with { Number = 5 })));
        Assert.Equal(ChunkLinkFault.ParentInLaterSlot, Check(first, _rollup.Header(0, 0, chunks[0].Block)));
        Assert.Equal(ChunkLinkFault.FirstIndexNotZero, Check(first, _rollup.Header(2, 1, chunks[0].Block)));
        Assert.Equal(ChunkLinkFault.IndexNotNext, Check(first, _rollup.Header(1, 2, chunks[0].Block)));
        Assert.Equal(ChunkLinkFault.AfterLast, Check(ChunkParent.Of(chunks[2], chunks[2].Block.ComputeHash()), _rollup.Header(1, 3, chunks[2].Block)));
        Assert.Equal(ChunkLinkFault.ProducerDiffers, Check(first, With(chunks[1], producer: _rollup.Outsider)));
        Assert.Equal(ChunkLinkFault.InHashDiffers, Check(first, With(chunks[1], inHash: TestRollup.Digest("x"))));
        Assert.Equal(ChunkLinkFault.FeeRecipientDiffers, Check(first, With(chunks[1], block: header => header with { FeeRecipient = _rollup.Outsider })));
        Assert.Equal(ChunkLinkFault.WrongTimestamp, Check(first, With(chunks[1], block: header => header with { Timestamp = 1 })));
    }

    private CheckpointHeader Checkpoint(ulong slot)
    {
        ChunkHeader chunk = _rollup.Header(slot, 0);
        return CheckpointAssembly.HeaderOf(
            _rollup.Timetable.Consensus, Hash256.Zero, [new CandidateChunk(chunk, chunk.Block.ComputeHash(), ChunkStanding.Certified)], Hash256.Zero);
    }

    private DutyDecision Decide(ChunkHeader chunk, ChunkVerdict verdict = ChunkVerdict.Valid, bool agreesWithOwn = true, AttestationDuty? duty = null) =>
        (duty ?? _duty).Decide(chunk, chunk.Block.ComputeHash(), verdict, agreesWithOwn, _rollup.Committee, _now);
}
