using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Validation;
using static Cloud.Protocol.Tests.Messages.Signers;

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
        AssertAdmission(duty, 0, new PoolAdmission.Added(1), new Validity.Accepted(Proposer));
        AssertAdmission(duty, 1, new PoolAdmission.Equivocation(), new Validity.Accepted(Proposer));
        AssertAdmission(duty, 2, new PoolAdmission.OverCap(), new Validity.Rejected(RejectReason.PositionFull, PeerPenalty.HighTolerance));
    }

    [Theory]
    [MemberData(nameof(Attestations))]
    public void Attestations_one_is_counted_a_second_is_evidence_a_third_is_ignored(Duty duty)
    {
        AssertAdmission(duty, 0, new PoolAdmission.Added(1), new Validity.Accepted(Proposer));
        AssertAdmission(duty, 1, new PoolAdmission.Equivocation(), new Validity.Accepted(Proposer));
        AssertAdmission(duty, 2, new PoolAdmission.OverCap(), new Validity.Ignored(IgnoreReason.PositionFull));
    }

    [Theory]
    [MemberData(nameof(Proposals))]
    [MemberData(nameof(Attestations))]
    public void The_same_payload_again_is_ignored_even_when_the_position_is_full(Duty duty)
    {
        PoolAdmission admission = PoolRules.Admit(PoolCaps.Default, new Statement(duty, Hashes[1]), Hashes.AsSpan(0, 2));
        Assert.Equal(new PoolAdmission.AlreadyKnown(), admission);
        Assert.Equal(new Validity.Ignored(IgnoreReason.Duplicate), PoolRules.ToValidity(admission, duty.Kind, Proposer));
    }

    [Fact]
    public void An_own_attestation_is_never_turned_away_and_an_own_proposal_is()
    {
        Duty attestation = Duty.CheckpointAttestation(1, AttestationKind.Executed);
        Assert.Equal(new PoolAdmission.Added(3), PoolRules.Admit(PoolCaps.Default, new Statement(attestation, Hashes[4]), Hashes.AsSpan(0, 2), isOwn: true));
        Assert.Equal(new PoolAdmission.OverCap(), PoolRules.Admit(PoolCaps.Default, new Statement(Duty.CheckpointProposal(1), Hashes[4]), Hashes.AsSpan(0, 2), isOwn: true));
    }

    [Fact]
    public void A_higher_cap_keeps_more_and_raises_the_offence_once()
    {
        PoolCaps caps = new(CheckpointsPerSlot: 5, ChunksPerPosition: 3, FlashblocksPerPosition: 3, AttestationsPerSigner: 3);
        Statement statement = new(Duty.CheckpointProposal(1), Hashes[4]);
        PoolAdmission[] admissions = [.. Enumerable.Range(0, 5).Select(known => PoolRules.Admit(caps, statement, Hashes.AsSpan(0, Math.Min(known, 4))))];
        Assert.Equal([new PoolAdmission.Added(1), new PoolAdmission.Equivocation(), new PoolAdmission.Added(3), new PoolAdmission.Added(4), new PoolAdmission.Added(5)], admissions);
    }

    [Fact]
    public void A_checkpoint_and_its_last_chunk_are_both_kept_and_processed()
    {
        CheckpointAdmission admission = Admit([], []);
        Assert.Equal((true, true, false), (admission.ProcessCheckpoint, admission.ProcessLastChunk, admission.ForwardLastChunk));
        Assert.Equal(new Validity.Accepted(Proposer), admission.Validity);
    }

    [Fact]
    public void A_checkpoint_without_its_last_chunk_is_processed()
    {
        CheckpointProposal proposal = Proposal().WithoutLastChunk();
        CheckpointAdmission admission = PoolRules.Admit(PoolCaps.Default, proposal, Proposer, [], []);
        Assert.Equal((true, false, false), (admission.ProcessCheckpoint, admission.ProcessLastChunk, admission.ForwardLastChunk));
        Assert.Null(admission.LastChunk);
    }

    [Fact]
    public void A_last_chunk_that_equivocates_rejects_the_checkpoint_and_is_forwarded_as_evidence()
    {
        CheckpointAdmission admission = Admit([], Hashes.AsSpan(0, 1));
        Assert.Equal((false, false, true), (admission.ProcessCheckpoint, admission.ProcessLastChunk, admission.ForwardLastChunk));
        Assert.Equal(new Validity.Rejected(RejectReason.LastChunkEquivocates, PeerPenalty.MidTolerance), admission.Validity);
    }

    [Fact]
    public void A_last_chunk_over_the_cap_rejects_the_checkpoint()
    {
        CheckpointAdmission admission = Admit([], Hashes.AsSpan(0, 2));
        Assert.Equal((false, false, false), (admission.ProcessCheckpoint, admission.ProcessLastChunk, admission.ForwardLastChunk));
        Assert.Equal(new Validity.Rejected(RejectReason.PositionFull, PeerPenalty.HighTolerance), admission.Validity);
    }

    [Fact]
    public void A_duplicate_or_superfluous_checkpoint_still_lets_its_last_chunk_be_processed()
    {
        CheckpointAdmission duplicate = Admit([Proposal().Header.Hash], []);
        Assert.Equal((false, true), (duplicate.ProcessCheckpoint, duplicate.ProcessLastChunk));
        Assert.Equal(new Validity.Ignored(IgnoreReason.Duplicate), duplicate.Validity);
        CheckpointAdmission superfluous = Admit(Hashes.AsSpan(0, 2), []);
        Assert.Equal((false, true), (superfluous.ProcessCheckpoint, superfluous.ProcessLastChunk));
        Assert.Equal(new Validity.Rejected(RejectReason.PositionFull, PeerPenalty.HighTolerance), superfluous.Validity);
        CheckpointAdmission second = Admit(Hashes.AsSpan(0, 1), []);
        Assert.Equal((false, true), (second.ProcessCheckpoint, second.ProcessLastChunk));
        Assert.Equal(new Validity.Accepted(Proposer), second.Validity);
        Assert.IsType<PoolAdmission.Equivocation>(second.Checkpoint);
    }

    [Fact]
    public void A_known_last_chunk_does_not_hold_the_checkpoint_up()
    {
        CheckpointAdmission admission = Admit([], [Proposal().LastChunk!.Header.Hash]);
        Assert.Equal((true, false, false), (admission.ProcessCheckpoint, admission.ProcessLastChunk, admission.ForwardLastChunk));
        Assert.Equal(new Validity.Accepted(Proposer), admission.Validity);
    }

    [Theory]
    [InlineData(9u, 0, 0u, ChunkProcessing.Allowed)]
    [InlineData(3u, 1, 4u, ChunkProcessing.Allowed)]
    [InlineData(4u, 1, 4u, ChunkProcessing.BeyondCheckpoint)]
    [InlineData(0u, 2, 4u, ChunkProcessing.CheckpointEquivocated)]
    public void Chunks_stop_with_the_checkpoint(uint index, int checkpoints, uint chunks, ChunkProcessing expected) =>
        Assert.Equal(expected, PoolRules.MayProcess(index, checkpoints, chunks));

    private static CheckpointProposal Proposal() => Checkpoint(CheckpointHeader(Header()), Chunk(Header()));

    private static CheckpointAdmission Admit(ReadOnlySpan<Hash256> checkpoints, ReadOnlySpan<Hash256> chunks) =>
        PoolRules.Admit(PoolCaps.Default, Proposal(), Proposer, checkpoints, chunks);

    private static void AssertAdmission(Duty duty, int known, PoolAdmission admission, Validity validity)
    {
        PoolAdmission actual = PoolRules.Admit(PoolCaps.Default, new Statement(duty, Hashes[4]), Hashes.AsSpan(0, known));
        Assert.Equal(admission, actual);
        Assert.Equal(validity, PoolRules.ToValidity(actual, duty.Kind, Proposer));
    }
}
