using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tests.Time;
using Cloud.Protocol.Time;
using Cloud.Protocol.Validation;
using static Cloud.Protocol.Tests.Messages.Signers;

namespace Cloud.Protocol.Tests.Validation;

/// <summary>One test for each row of building-in-chunks 2.3, with the exact outcome.</summary>
public sealed class MessageValidatorTests
{
    private static readonly ConsensusTimetable Windows = Timetable.Hosted(TimingSettings.Genesis).Consensus;
    private static readonly MessageValidator Validator = new(Domains, Windows, new ProposalLimits(3, BodiesPermitted: true, MaxFlashblocksPerChunk: 30));
    private static readonly SlotCommittee Known = new SlotCommittee.Known(Committee);
    private static readonly SlotCommittee Nobody = new SlotCommittee.None();
    private static readonly SlotCommittee Unknown = new SlotCommittee.Unknown();
    private static readonly SigningContext Foreign = Context with { ChainId = 1 };
    private static readonly DateTimeOffset Now = Windows.ChunkWindow(Slot, 5).Start;
    private static readonly Bytes Body = new byte[] { 2, 3, 5 };

    [Fact]
    public void Good_messages_are_accepted_with_their_signer()
    {
        ChunkProposal chunk = Chunk(Header(transactions: [Keccak256.Hash(Body.Span)]), bodies: [Body]);
        Assert.Equal(new Validity.Accepted(Proposer), Validator.Validate(chunk, Known, Now));
        Assert.Equal(new Validity.Accepted(Proposer), Validator.Validate(chunk.WithoutBodies(), Known, Now));
        Assert.Equal(new Validity.Accepted(Proposer), Validator.Validate(Checkpoint(CheckpointHeader(chunk.Header), chunk), Known, Now));
        Assert.Equal(new Validity.Accepted(Proposer), Validator.Validate(Checkpoint(CheckpointHeader(chunk.Header)), Known, Now));
        Assert.Equal(new Validity.Accepted(OtherMember), Validator.Validate(Attest(chunk.Header, OtherMember), Known, Now));
        Assert.Equal(new Validity.Accepted(OtherMember), Validator.Validate(Attest(CheckpointHeader(chunk.Header), OtherMember), Known, Now));
        Assert.Equal(new Validity.Accepted(Proposer), Validator.Validate(Flashblock(Payload()), Known, Now));
        Assert.Equal(new Validity.Accepted(Proposer), Validator.Validate(Flashblock(Payload(index: 7)), Known, Now));
    }

    [Fact]
    public void Without_a_committee_anybody_may_propose()
    {
        Assert.Equal(new Validity.Accepted(Outsider), Validator.Validate(Chunk(Header(producer: Outsider), Outsider), Nobody, Now));
        Assert.Equal(new Validity.Accepted(Outsider), Validator.Validate(Checkpoint(CheckpointHeader(Header()), signer: Outsider), Nobody, Now));
        Assert.Equal(new Validity.Accepted(Outsider), Validator.Validate(Flashblock(Payload(producer: Outsider), Outsider), Nobody, Now));
    }

    [Fact]
    public void What_does_not_decode_is_blamed_and_what_is_oversized_is_dropped()
    {
        Decoded<ChunkAttestation>.Refused broken = Assert.IsType<Decoded<ChunkAttestation>.Refused>(ChunkAttestation.Decode([0xc1]));
        Decoded<ChunkAttestation>.Refused large = Assert.IsType<Decoded<ChunkAttestation>.Refused>(ChunkAttestation.Decode(new byte[6000]));
        Assert.Equal(new Validity.Rejected(RejectReason.Undecodable, PeerPenalty.LowTolerance), MessageValidator.OfUndecodable(broken.Reason));
        Assert.Equal(new Validity.Ignored(IgnoreReason.Oversized), MessageValidator.OfUndecodable(large.Reason));
    }

    // 1. A foreign context. The signatures fit no key, so any attempt to recover one would show as another reason.
    [Fact]
    public void A_foreign_context_is_rejected_before_any_signature_is_looked_at()
    {
        Validity expected = new Validity.Rejected(RejectReason.ForeignContext, PeerPenalty.LowTolerance);
        Assert.Equal(expected, Validator.Validate(new ChunkProposal(Foreign, Header(), Unrecoverable), Known, Now));
        Assert.Equal(expected, Validator.Validate(new CheckpointProposal(Foreign, CheckpointHeader(Header()), Unrecoverable), Known, Now));
        Assert.Equal(expected, Validator.Validate(Attest(Header(), OtherMember) with { Context = Foreign, Signature = Unrecoverable }, Known, Now));
        Assert.Equal(expected, Validator.Validate(Attest(CheckpointHeader(Header()), OtherMember) with { Context = Foreign, Signature = Unrecoverable }, Known, Now));
        Assert.Equal(expected, Validator.Validate(new Flashblock(Foreign, Payload(), Unrecoverable), Known, Now));
        Assert.Equal(expected, Validator.Validate(new ChunkProposal(Context with { Rollup = Address.Zero }, Header(), Unrecoverable), Known, Now));
    }

    // 2. The window. 500 ms outside is inside, one millisecond more is not.
    [Theory]
    [InlineData(-501, false)]
    [InlineData(-500, true)]
    [InlineData(0, true)]
    public void The_start_of_each_window(int milliseconds, bool inside)
    {
        TimeSpan shift = TimeSpan.FromMilliseconds(milliseconds);
        DateTimeOffset frame = Windows.FrameStart(Slot);
        DateTimeOffset chunkStart = frame + TimeSpan.FromSeconds(12);
        AssertWindow(inside, Validator.Validate(Chunk(Header()), Known, chunkStart + shift));
        AssertWindow(inside, Validator.Validate(Flashblock(Payload()), Known, chunkStart + shift));
        AssertWindow(inside, Validator.Validate(Attest(Header(), OtherMember), Known, chunkStart + shift));
        AssertWindow(inside, Validator.Validate(Checkpoint(CheckpointHeader(Header())), Known, frame + shift));
        AssertWindow(inside, Validator.Validate(Attest(CheckpointHeader(Header()), OtherMember), Known, frame + shift));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(500, true)]
    [InlineData(501, false)]
    public void The_end_of_each_window(int milliseconds, bool inside)
    {
        TimeSpan shift = TimeSpan.FromMilliseconds(milliseconds);
        DateTimeOffset received = Windows.ReceiveDeadline(Slot) + shift;
        DateTimeOffset attested = Windows.AttestationDeadline(Slot) + shift;
        Assert.True(attested > received);
        AssertWindow(inside, Validator.Validate(Chunk(Header()), Known, received));
        AssertWindow(inside, Validator.Validate(Flashblock(Payload()), Known, received));
        AssertWindow(inside, Validator.Validate(Checkpoint(CheckpointHeader(Header())), Known, received));
        AssertWindow(inside, Validator.Validate(Attest(Header(), OtherMember), Known, attested));
        AssertWindow(inside, Validator.Validate(Attest(CheckpointHeader(Header()), OtherMember), Known, attested));
    }

    [Theory]
    [InlineData(-501, "High")]
    [InlineData(-500, "Accepted")]
    [InlineData(0, "Accepted")]
    [InlineData(23_999, "Accepted")]
    [InlineData(24_001, "Late")]
    [InlineData(24_500, "Late")]
    [InlineData(24_501, "High")]
    public void In_the_sequential_profile_what_is_slightly_late_is_ignored(int milliseconds, string outcome)
    {
        ConsensusTimetable windows = Timetable.Hosted(TimingSettings.Genesis, TimingProfile.Sequential).Consensus;
        MessageValidator validator = new(Domains, windows, ProposalLimits.Default);
        DateTimeOffset now = windows.SlotStart(Slot).AddMilliseconds(milliseconds);
        Validity expected = outcome switch
        {
            "Accepted" => new Validity.Accepted(OtherMember),
            "Late" => new Validity.Ignored(IgnoreReason.SlightlyLate),
            _ => new Validity.Rejected(RejectReason.OutsideWindow, PeerPenalty.HighTolerance),
        };
        Assert.Equal(expected, validator.Validate(Attest(Header(), OtherMember), Known, now));
        Assert.Equal(expected, validator.Validate(Attest(CheckpointHeader(Header()), OtherMember), Known, now));
    }

    [Fact]
    public void A_slot_beyond_the_calendar_is_outside_every_window() =>
        AssertRejected(RejectReason.OutsideWindow, PeerPenalty.HighTolerance, Chunk(Header(slot: ulong.MaxValue)));

    // 3. The signature.
    [Fact]
    public void A_signature_that_fits_no_key_is_rejected()
    {
        Validity expected = new Validity.Rejected(RejectReason.InvalidSignature, PeerPenalty.MidTolerance);
        Assert.Equal(expected, Validator.Validate(new ChunkProposal(Context, Header(), Unrecoverable), Known, Now));
        Assert.Equal(expected, Validator.Validate(new CheckpointProposal(Context, CheckpointHeader(Header()), Unrecoverable), Known, Now));
        Assert.Equal(expected, Validator.Validate(new Flashblock(Context, Payload(), Unrecoverable), Known, Now));
        Signature low = Chunk(Header()).Signature;
        Signature high = new(low.R, Protocol.Crypto.Secp256k1.Order - low.S, (byte)(1 - low.YParity));
        Assert.Equal(expected, Validator.Validate(new ChunkProposal(Context, Header(), high), Known, Now));
    }

    [Fact]
    public void A_producer_who_did_not_sign_is_rejected()
    {
        AssertRejected(RejectReason.SignerIsNotProducer, PeerPenalty.MidTolerance, Chunk(Header(producer: OtherMember)));
        Assert.Equal(
            new Validity.Rejected(RejectReason.SignerIsNotProducer, PeerPenalty.MidTolerance),
            Validator.Validate(Flashblock(Payload(producer: OtherMember)), Known, Now));
    }

    // 4. The proposer.
    [Fact]
    public void A_proposer_of_another_slot_is_rejected()
    {
        Validity expected = new Validity.Rejected(RejectReason.WrongProposer, PeerPenalty.MidTolerance);
        Assert.Equal(expected, Validator.Validate(Chunk(Header(producer: OtherMember), OtherMember), Known, Now));
        Assert.Equal(expected, Validator.Validate(Checkpoint(CheckpointHeader(Header()), signer: OtherMember), Known, Now));
        Assert.Equal(expected, Validator.Validate(Flashblock(Payload(producer: OtherMember), OtherMember), Known, Now));
    }

    // 5. The index.
    [Fact]
    public void A_chunk_index_at_the_cap_is_rejected()
    {
        Assert.Equal(6, Windows.Timing.MaxChunksPerSlot);
        Assert.IsType<Validity.Accepted>(Validator.Validate(Chunk(Header(index: 5)), Known, Now));
        DateTimeOffset late = Windows.ReceiveDeadline(Slot);
        Validity expected = new Validity.Rejected(RejectReason.ChunkIndexTooHigh, PeerPenalty.MidTolerance);
        Assert.Equal(expected, Validator.Validate(Chunk(Header(index: 6)), Known, late));
        Assert.Equal(expected, Validator.Validate(Flashblock(Payload(chunk: 6)), Known, late));
        Assert.Equal(
            new Validity.Rejected(RejectReason.TooManyChunks, PeerPenalty.MidTolerance),
            Validator.Validate(Checkpoint(CheckpointHeader(Header(), chunks: 7)), Known, late));
    }

    // 6. The committee.
    [Fact]
    public void An_unknown_committee_is_rejected()
    {
        Validity expected = new Validity.Rejected(RejectReason.CommitteeUnknown, PeerPenalty.LowTolerance);
        Assert.Equal(expected, Validator.Validate(Chunk(Header()), Unknown, Now));
        Assert.Equal(expected, Validator.Validate(Checkpoint(CheckpointHeader(Header())), Unknown, Now));
        Assert.Equal(expected, Validator.Validate(Flashblock(Payload()), Unknown, Now));
    }

    // 7. The transactions.
    [Fact]
    public void Bodies_that_are_not_permitted_are_rejected()
    {
        MessageValidator strict = new(Domains, Windows, new ProposalLimits(3, BodiesPermitted: false, MaxFlashblocksPerChunk: 30));
        ChunkProposal proposal = Chunk(Header(transactions: [Keccak256.Hash(Body.Span)]), bodies: [Body]);
        Assert.Equal(new Validity.Rejected(RejectReason.BodiesNotPermitted, PeerPenalty.MidTolerance), strict.Validate(proposal, Known, Now));
        Assert.IsType<Validity.Accepted>(strict.Validate(proposal.WithoutBodies(), Known, Now));
    }

    [Fact]
    public void Too_many_transactions_are_rejected()
    {
        ImmutableArray<Hash256> four = [Seed, Seed, Seed, Seed];
        AssertRejected(RejectReason.TooManyTransactions, PeerPenalty.MidTolerance, Chunk(Header(transactions: four)));
        Assert.IsType<Validity.Accepted>(Validator.Validate(Chunk(Header(transactions: four[..3])), Known, Now));
        Assert.Equal(
            new Validity.Rejected(RejectReason.TooManyTransactions, PeerPenalty.MidTolerance),
            Validator.Validate(Flashblock(Payload(transactions: 4)), Known, Now));
    }

    [Fact]
    public void A_body_that_is_not_listed_is_rejected() =>
        AssertRejected(RejectReason.BodyNotListed, PeerPenalty.MidTolerance, Chunk(Header(transactions: [Keccak256.Hash(Body.Span)]), bodies: [Body, Body]));

    [Fact]
    public void A_body_with_another_hash_is_rejected() =>
        AssertRejected(RejectReason.BodyHashMismatch, PeerPenalty.LowTolerance, Chunk(Header(transactions: [Seed]), bodies: [Body]));

    // The last chunk inside a checkpoint.
    [Fact]
    public void A_refused_last_chunk_refuses_the_checkpoint()
    {
        ChunkHeader header = Header(transactions: [Seed]);
        AssertRejected(RejectReason.BodyHashMismatch, PeerPenalty.LowTolerance, Checkpoint(CheckpointHeader(header), Chunk(header, bodies: [Body])));
        AssertRejected(RejectReason.InvalidSignature, PeerPenalty.MidTolerance, Checkpoint(CheckpointHeader(header), new ChunkProposal(Context, header, Unrecoverable)));
        AssertRejected(RejectReason.ForeignContext, PeerPenalty.LowTolerance, Checkpoint(CheckpointHeader(header), new ChunkProposal(Foreign, header, Unrecoverable)));
    }

    [Fact]
    public void A_last_chunk_with_an_index_over_the_cap_is_rejected_with_high_tolerance()
    {
        ChunkHeader header = Header(index: 6);
        Validity validity = Validator.Validate(Checkpoint(CheckpointHeader(header, chunks: 6), Chunk(header)), Known, Windows.ReceiveDeadline(Slot));
        Assert.Equal(new Validity.Rejected(RejectReason.ChunkIndexTooHigh, PeerPenalty.HighTolerance), validity);
    }

    [Fact]
    public void A_last_chunk_of_another_signer_is_rejected()
    {
        CheckpointProposal proposal = Checkpoint(CheckpointHeader(Header()), Chunk(Header(producer: Outsider), Outsider), OtherMember);
        Assert.Equal(new Validity.Rejected(RejectReason.LastChunkSignerDiffers, PeerPenalty.MidTolerance), Validator.Validate(proposal, Nobody, Now));
    }

    [Fact]
    public void A_last_chunk_that_contradicts_the_checkpoint_is_rejected()
    {
        ChunkHeader header = Header(index: 3);
        foreach (CheckpointHeader checkpoint in new[]
        {
            CheckpointHeader(header, chunks: 3),
            CheckpointHeader(header, chunks: 5),
            CheckpointHeader(header, inHash: Hash256.Zero),
            CheckpointHeader(header, blockHash: Seed),
        })
        {
            AssertRejected(RejectReason.LastChunkMismatch, PeerPenalty.MidTolerance, Checkpoint(checkpoint, Chunk(header)));
        }
    }

    // Attestations.
    [Fact]
    public void An_attester_signature_that_fits_no_key_is_rejected()
    {
        Validity expected = new Validity.Rejected(RejectReason.InvalidSignature, PeerPenalty.LowTolerance);
        Assert.Equal(expected, Validator.Validate(Attest(Header(), OtherMember) with { Signature = Unrecoverable }, Known, Now));
        Assert.Equal(expected, Validator.Validate(Attest(CheckpointHeader(Header()), OtherMember) with { Signature = Unrecoverable }, Known, Now));
    }

    [Fact]
    public void An_attester_outside_the_committee_is_rejected()
    {
        Validity expected = new Validity.Rejected(RejectReason.NotInCommittee, PeerPenalty.HighTolerance);
        Assert.Equal(expected, Validator.Validate(Attest(Header(), Outsider), Known, Now));
        Assert.Equal(expected, Validator.Validate(Attest(CheckpointHeader(Header()), Outsider), Known, Now));
    }

    [Fact]
    public void An_attestation_where_nobody_could_propose_is_rejected()
    {
        Validity expected = new Validity.Rejected(RejectReason.ProposerUnknown, PeerPenalty.HighTolerance);
        Assert.Equal(expected, Validator.Validate(Attest(Header(), OtherMember), Nobody, Now));
        Assert.Equal(expected, Validator.Validate(Attest(CheckpointHeader(Header()), OtherMember), Nobody, Now));
    }

    [Fact]
    public void An_attestation_with_a_bad_copy_of_the_proposers_signature_is_rejected()
    {
        Validity expected = new Validity.Rejected(RejectReason.InvalidProposalSignature, PeerPenalty.LowTolerance);
        Assert.Equal(expected, Validator.Validate(Attest(Header(), OtherMember) with { ProposalSignature = Unrecoverable }, Known, Now));
        Assert.Equal(expected, Validator.Validate(Attest(CheckpointHeader(Header()), OtherMember) with { ProposalSignature = Unrecoverable }, Known, Now));
    }

    [Fact]
    public void An_attestation_of_somebody_elses_proposal_is_rejected()
    {
        Validity expected = new Validity.Rejected(RejectReason.WrongProposer, PeerPenalty.HighTolerance);
        Assert.Equal(expected, Validator.Validate(Attest(Header(), OtherMember, proposalSigner: OtherMember), Known, Now));
        Assert.Equal(expected, Validator.Validate(Attest(CheckpointHeader(Header()), OtherMember, proposalSigner: OtherMember), Known, Now));
        Assert.Equal(expected, Validator.Validate(Attest(Header(), OtherMember, producer: OtherMember), Known, Now));
    }

    [Fact]
    public void An_attestation_without_a_known_committee_is_rejected()
    {
        Validity expected = new Validity.Rejected(RejectReason.CommitteeUnknown, PeerPenalty.LowTolerance);
        Assert.Equal(expected, Validator.Validate(Attest(Header(), OtherMember), Unknown, Now));
        Assert.Equal(expected, Validator.Validate(Attest(CheckpointHeader(Header()), OtherMember), Unknown, Now));
    }

    // Flashblocks.
    [Fact]
    public void Only_flashblock_0_has_a_base()
    {
        Assert.Equal(
            new Validity.Rejected(RejectReason.MissingBase, PeerPenalty.MidTolerance),
            Validator.Validate(Flashblock(Payload(index: 0, withBase: false)), Known, Now));
        Assert.Equal(
            new Validity.Rejected(RejectReason.UnexpectedBase, PeerPenalty.MidTolerance),
            Validator.Validate(Flashblock(Payload(index: 1, withBase: true)), Known, Now));
    }

    [Fact]
    public void A_flashblock_that_contradicts_itself_is_rejected()
    {
        Validity expected = new Validity.Rejected(RejectReason.Inconsistent, PeerPenalty.MidTolerance);
        Assert.Equal(expected, Validator.Validate(Flashblock(Payload(baseNumber: 603)), Known, Now));
        Assert.Equal(expected, Validator.Validate(Flashblock(Payload(index: 0, previous: Seed)), Known, Now));
        Assert.Equal(expected, Validator.Validate(Flashblock(Payload(index: 1, previous: Hash256.Zero)), Known, Now));
    }

    [Fact]
    public void A_flashblock_index_at_the_limit_is_rejected()
    {
        Assert.IsType<Validity.Accepted>(Validator.Validate(Flashblock(Payload(index: 29)), Known, Now));
        Assert.Equal(
            new Validity.Rejected(RejectReason.FlashblockIndexTooHigh, PeerPenalty.MidTolerance),
            Validator.Validate(Flashblock(Payload(index: 30)), Known, Now));
    }

    private static void AssertWindow(bool inside, Validity validity)
    {
        if (inside)
        {
            Assert.IsType<Validity.Accepted>(validity);
        }
        else
        {
            Assert.Equal(new Validity.Rejected(RejectReason.OutsideWindow, PeerPenalty.HighTolerance), validity);
        }
    }

    private static void AssertRejected(RejectReason reason, PeerPenalty penalty, ChunkProposal proposal) =>
        Assert.Equal(new Validity.Rejected(reason, penalty), Validator.Validate(proposal, Known, Now));

    private static void AssertRejected(RejectReason reason, PeerPenalty penalty, CheckpointProposal proposal) =>
        Assert.Equal(new Validity.Rejected(reason, penalty), Validator.Validate(proposal, Known, Now));
}
