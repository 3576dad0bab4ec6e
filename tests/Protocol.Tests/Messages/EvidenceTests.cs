using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using static Cloud.Protocol.Tests.Messages.Signers;

namespace Cloud.Protocol.Tests.Messages;

public sealed class EvidenceTests
{
    private static readonly Hash256 One = Hash256.Parse("0x" + new string('1', 64));
    private static readonly Hash256 Two = Hash256.Parse("0x" + new string('2', 64));
    private static readonly ReexecutionClaim Claim = new(ReexecutionFault.BlockMismatch, Two);

    public static TheoryData<Duty, Offence> Equivocations => new()
    {
        { Duty.Flashblock(Slot, 1, 2), Offence.DuplicateFlashblock },
        { Duty.ChunkProposal(Slot, 1), Offence.DuplicateChunkProposal },
        { Duty.CheckpointProposal(Slot), Offence.DuplicateCheckpointProposal },
        { Duty.ChunkAttestation(Slot, Address.Zero, 1, AttestationKind.Executed), Offence.DuplicateChunkAttestation },
        { Duty.CheckpointAttestation(Slot, AttestationKind.Locked), Offence.DuplicateCheckpointAttestation },
    };

    [Theory]
    [MemberData(nameof(Equivocations))]
    public void Two_signatures_of_one_key_at_one_position_prove_equivocation_in_either_order(Duty duty, Offence offence)
    {
        Evidence.Equivocation evidence = Equivocation(duty, OtherMember, OtherMember);
        Assert.Equal(new EvidenceVerdict.Proven(offence, OtherMember), evidence.Verify(Domains));
        Evidence.Equivocation turned = new(Context, duty, Two, evidence.SecondSignature, One, evidence.FirstSignature);
        Assert.Equal(evidence, turned);
        Assert.Equal(duty, evidence.Position);
        Assert.Equal(evidence, Assert.IsType<Decoded<Evidence>.Ok>(Evidence.Decode(evidence.Encode())).Value);
    }

    [Theory]
    [MemberData(nameof(Equivocations))]
    public void Signatures_of_two_keys_or_of_another_position_prove_nothing(Duty duty, Offence offence)
    {
        Assert.IsType<EvidenceVerdict.NotProven>(Equivocation(duty, OtherMember, Proposer).Verify(Domains));
        Evidence.Equivocation evidence = Equivocation(duty, OtherMember, OtherMember);
        Evidence.Equivocation moved = new(Context, Duty.ChunkProposal(Slot + 1, 1), One, evidence.FirstSignature, Two, evidence.SecondSignature);
        Assert.IsType<EvidenceVerdict.NotProven>(moved.Verify(Domains));
        Assert.NotEqual(default, offence);
    }

    [Fact]
    public void Evidence_of_another_rollup_or_with_broken_signatures_proves_nothing()
    {
        Duty duty = Duty.ChunkProposal(Slot, 1);
        Evidence.Equivocation evidence = Equivocation(duty, OtherMember, OtherMember);
        Assert.IsType<EvidenceVerdict.NotProven>(evidence.Verify(new SigningDomains(Context with { ChainId = 1 })));
        Assert.IsType<EvidenceVerdict.NotProven>(new Evidence.Equivocation(Context, duty, One, Unrecoverable, Two, evidence.SecondSignature).Verify(Domains));
        Assert.IsType<EvidenceVerdict.NotProven>(new Evidence.Equivocation(Context, duty, One, evidence.FirstSignature, Two, Unrecoverable).Verify(Domains));
    }

    [Fact]
    public void Equal_payloads_are_no_equivocation() =>
        Assert.Throws<ArgumentException>(() => new Evidence.Equivocation(Context, Duty.ChunkProposal(1, 1), One, Unrecoverable, One, Unrecoverable));

    [Fact]
    public void An_invalid_chunk_is_blamed_on_its_producer_and_needs_re_execution()
    {
        Evidence.InvalidChunk evidence = new(Chunk(Header()), Claim);
        Assert.Equal(new EvidenceVerdict.NeedsReexecution(Offence.InvalidChunkProposal, Proposer), evidence.Verify(Domains));
        Assert.Equal(Duty.ChunkProposal(Slot, 2), evidence.Position);
        Evidence.InvalidChunk broken = new(new ChunkProposal(Context, Header(), Unrecoverable), Claim);
        Assert.IsType<EvidenceVerdict.NotProven>(broken.Verify(Domains));
    }

    [Fact]
    public void An_invalid_checkpoint_is_blamed_on_its_proposer_and_needs_re_execution()
    {
        CheckpointHeader header = CheckpointHeader(Header());
        Evidence.InvalidCheckpoint evidence = new(Checkpoint(header), Claim);
        Assert.Equal(new EvidenceVerdict.NeedsReexecution(Offence.InvalidCheckpointProposal, Proposer), evidence.Verify(Domains));
        Assert.Equal(Duty.CheckpointProposal(Slot), evidence.Position);
        Assert.IsType<EvidenceVerdict.NotProven>(new Evidence.InvalidCheckpoint(new CheckpointProposal(Context, header, Unrecoverable), Claim).Verify(Domains));
    }

    [Fact]
    public void Attesting_to_an_invalid_chunk_is_blamed_on_the_attester()
    {
        Evidence.AttestedToInvalid evidence = new(Attest(Header(), OtherMember), Chunk(Header()), Claim);
        Assert.Equal(new EvidenceVerdict.NeedsReexecution(Offence.AttestedToInvalid, OtherMember), evidence.Verify(Domains));
        Assert.Equal(Duty.ChunkAttestation(Slot, Proposer, 2, AttestationKind.Executed), evidence.Position);
    }

    [Fact]
    public void An_attestation_of_another_chunk_or_of_storage_blames_nobody()
    {
        ChunkAttestation attestation = Attest(Header(), OtherMember);
        ChunkProposal proposal = Chunk(Header());
        Assert.IsType<EvidenceVerdict.NotProven>(new Evidence.AttestedToInvalid(attestation, Chunk(Header(gasUsed: 1)), Claim).Verify(Domains));
        Assert.IsType<EvidenceVerdict.NotProven>(new Evidence.AttestedToInvalid(attestation with { Index = 1 }, proposal, Claim).Verify(Domains));
        Assert.IsType<EvidenceVerdict.NotProven>(new Evidence.AttestedToInvalid(attestation with { Attestation = AttestationKind.Stored }, proposal, Claim).Verify(Domains));
        Assert.IsType<EvidenceVerdict.NotProven>(new Evidence.AttestedToInvalid(attestation with { Signature = Unrecoverable }, proposal, Claim).Verify(Domains));
    }

    private static Evidence.Equivocation Equivocation(Duty duty, Address first, Address second) =>
        new(Context, duty, One, Sign(first, new Statement(duty, One)), Two, Sign(second, new Statement(duty, Two)));
}
