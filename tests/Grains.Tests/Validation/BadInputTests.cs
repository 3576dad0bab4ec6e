using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Chunks;
using Cloud.Grains.Interfaces.Faults;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Grains.Interfaces.Slots;
using Cloud.Grains.Tests.Chunks;
using Cloud.Grains.Tests.Support;
using Cloud.Protocol.Faults;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Validation;

namespace Cloud.Grains.Tests.Validation;

/// <summary>Every row of the validation tables (building-in-chunks 2.3), sent at the grains themselves; after each, the honest message of the position is taken as if nothing had come before.</summary>
public sealed class BadInputTests : IClassFixture<PipelineCluster>
{
    private static int _next;
    private readonly PipelineCluster _cluster;
    private readonly TestRollup _rollup;
    private readonly uint _index = (uint)Interlocked.Increment(ref _next);

    public BadInputTests(PipelineCluster cluster) => (_cluster, _rollup) = (cluster, cluster.Rollup);

    private IChunkGrain Chunk => _cluster.Client.Chunk(TestRollup.Slot, _index);

    /// <summary>The same position of the slot whose frame comes next.</summary>
    private IChunkGrain Early => _cluster.Client.Chunk(TestRollup.Slot + 1, _index);

    private SigningContext Foreign => _rollup.Settings.Context with { ChainId = 1 };

    private Address OtherMember => _rollup.Committee.Members.First(member => member != _rollup.Proposer);

    [Theory]
    [InlineData(RejectReason.ForeignContext)]
    [InlineData(RejectReason.OutsideWindow)]
    [InlineData(RejectReason.InvalidSignature)]
    [InlineData(RejectReason.WrongProposer)]
    [InlineData(RejectReason.SignerIsNotProducer)]
    [InlineData(RejectReason.BodyNotListed)]
    [InlineData(RejectReason.BodyHashMismatch)]
    public async Task A_chunk_proposal_is_refused_by_rule(RejectReason reason)
    {
        ChunkProposal good = _rollup.Propose(_index);
        (IChunkGrain grain, ChunkProposal bad) = reason switch
        {
            RejectReason.ForeignContext => (Chunk, new ChunkProposal(Foreign, good.Header, good.Signature, good.Bodies)),
            RejectReason.OutsideWindow => (Early, _rollup.Propose(_index, slot: TestRollup.Slot + 1)),
            RejectReason.InvalidSignature => (Chunk, new ChunkProposal(good.Context, good.Header, TestRollup.Unrecoverable, good.Bodies)),
            RejectReason.WrongProposer => (Chunk, _rollup.Propose(_index, signer: OtherMember)),
            RejectReason.SignerIsNotProducer => (Chunk, Signed(new ChunkHeader(
                TestRollup.Slot, OtherMember, _index, false, Hash256.Zero, good.Header.Block, good.Header.Transactions))),
            RejectReason.BodyNotListed => (Chunk, new ChunkProposal(good.Context, good.Header, good.Signature, [.. good.Bodies!.Value, good.Bodies.Value[0]])),
            _ => (Chunk, new ChunkProposal(good.Context, good.Header, good.Signature, [TestRollup.Body(_index, "another")])),
        };
        Assert.Equal(new MessageReply(MessageOutcome.Rejected, reason.ToString()), await grain.Propose(bad));
        Assert.Empty((await grain.Pull())!.Proposals);
        Assert.Equal(MessageOutcome.Accepted, (await Chunk.Propose(good)).Outcome);
    }

    [Theory]
    [InlineData(RejectReason.ForeignContext)]
    [InlineData(RejectReason.OutsideWindow)]
    [InlineData(RejectReason.InvalidSignature)]
    [InlineData(RejectReason.WrongProposer)]
    [InlineData(RejectReason.SignerIsNotProducer)]
    [InlineData(RejectReason.FlashblockIndexTooHigh)]
    [InlineData(RejectReason.MissingBase)]
    [InlineData(RejectReason.UnexpectedBase)]
    [InlineData(RejectReason.Inconsistent)]
    public async Task A_flashblock_is_refused_by_rule(RejectReason reason)
    {
        Flashblock good = _rollup.Flashblock(_index, 0);
        (IChunkGrain grain, Flashblock bad) = reason switch
        {
            RejectReason.ForeignContext => (Chunk, new Flashblock(Foreign, good.Payload, good.Signature)),
            RejectReason.OutsideWindow => (Early, _rollup.Flashblock(_index, 0, slot: TestRollup.Slot + 1)),
            RejectReason.InvalidSignature => (Chunk, new Flashblock(good.Context, good.Payload, TestRollup.Unrecoverable)),
            RejectReason.WrongProposer => (Chunk, _rollup.Flashblock(_index, 0, signer: OtherMember)),
            RejectReason.SignerIsNotProducer => (Chunk, _rollup.Flashblock(_index, 0, producer: OtherMember)),
            RejectReason.FlashblockIndexTooHigh => (Chunk, _rollup.Flashblock(_index, (uint)_rollup.Settings.Limits.MaxFlashblocksPerChunk)),
            RejectReason.MissingBase => (Chunk, _rollup.Flashblock(_index, 0, hasBase: false)),
            RejectReason.UnexpectedBase => (Chunk, _rollup.Flashblock(_index, 1, hasBase: true)),
            _ => (Chunk, _rollup.Flashblock(_index, 0, previous: TestRollup.Digest("another"))),
        };
        Assert.Equal(new MessageReply(MessageOutcome.Rejected, reason.ToString()), await grain.Add(bad));
        Assert.Empty(await grain.PullFlashblocks(0));
        Assert.Equal(MessageOutcome.Accepted, (await Chunk.Add(good)).Outcome);
    }

    [Theory]
    [InlineData(RejectReason.ForeignContext)]
    [InlineData(RejectReason.OutsideWindow)]
    [InlineData(RejectReason.InvalidSignature)]
    [InlineData(RejectReason.NotInCommittee)]
    [InlineData(RejectReason.InvalidProposalSignature)]
    [InlineData(RejectReason.WrongProposer)]
    public async Task An_attestation_of_a_chunk_is_refused_by_rule(RejectReason reason)
    {
        ChunkProposal proposal = _rollup.Propose(_index);
        await Chunk.Propose(proposal);
        ChunkAttestation good = _rollup.Attest(OtherMember, proposal.Header);
        (IChunkGrain grain, ChunkAttestation bad) = reason switch
        {
            RejectReason.ForeignContext => (Chunk, good with { Context = Foreign }),
            RejectReason.OutsideWindow => (Early, _rollup.Attest(OtherMember, _rollup.Header(_index, slot: TestRollup.Slot + 1))),
            RejectReason.InvalidSignature => (Chunk, good with { Signature = TestRollup.Unrecoverable }),
            RejectReason.NotInCommittee => (Chunk, _rollup.Attest(_rollup.Outsider, proposal.Header)),
            RejectReason.InvalidProposalSignature => (Chunk, good with { ProposalSignature = TestRollup.Unrecoverable }),
            _ => (Chunk, good with { ProposalSignature = _rollup.Sign(OtherMember, proposal.Header.Statement) }),
        };
        BatchReply reply = await grain.Attest([bad]);
        Assert.Equal([new MessageReply(MessageOutcome.Rejected, reason.ToString())], reply.Replies);
        Assert.Equal(0, (await grain.Pull())!.Signers);
        Assert.Equal(MessageOutcome.Accepted, (await Chunk.Attest([good])).Replies[0].Outcome);
    }

    [Theory]
    [InlineData(RejectReason.ForeignContext)]
    [InlineData(RejectReason.InvalidSignature)]
    [InlineData(RejectReason.WrongProposer)]
    [InlineData(RejectReason.TooManyChunks)]
    [InlineData(RejectReason.LastChunkMismatch)]
    [InlineData(RejectReason.LastChunkEquivocates)]
    public async Task A_checkpoint_proposal_is_refused_by_rule(RejectReason reason)
    {
        // The chunk that the honest checkpoint of this test ends with.
        ChunkProposal last = _rollup.Propose(_index);
        CheckpointProposal good = _rollup.ProposeCheckpoint([last], count: _index + 1, holdsLast: true);
        CheckpointProposal bad;
        switch (reason)
        {
            case RejectReason.ForeignContext:
                bad = new CheckpointProposal(Foreign, good.Header, good.Signature, last);
                break;
            case RejectReason.InvalidSignature:
                bad = new CheckpointProposal(good.Context, good.Header, TestRollup.Unrecoverable, last);
                break;
            case RejectReason.WrongProposer:
                bad = new CheckpointProposal(good.Context, good.Header, _rollup.Sign(OtherMember, good.Header.Statement), last);
                break;
            case RejectReason.TooManyChunks:
                bad = _rollup.ProposeCheckpoint([last], count: 1_000);
                break;
            case RejectReason.LastChunkMismatch:
                bad = _rollup.ProposeCheckpoint([last], count: _index, holdsLast: true);
                break;
            case RejectReason.LastChunkEquivocates:
                await Chunk.Propose(_rollup.Propose(_index, "first"));
                bad = good;
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(reason));
        }

        ISlotGrain slot = _cluster.Client.Slot(TestRollup.Slot);
        Assert.Equal(new MessageReply(MessageOutcome.Rejected, reason.ToString()), await slot.Propose(bad));
        Assert.Null((await slot.View())!.Proposal);
    }

    [Fact]
    public async Task A_checkpoint_and_its_attestation_outside_their_slot_s_window_are_refused()
    {
        ChunkProposal last = _rollup.Propose(_index, slot: TestRollup.Slot + 1);
        CheckpointProposal early = _rollup.ProposeCheckpoint([last], count: _index + 1, holdsLast: true);
        ISlotGrain next = _cluster.Client.Slot(TestRollup.Slot + 1);
        MessageReply refused = new(MessageOutcome.Rejected, nameof(RejectReason.OutsideWindow));
        Assert.Equal(refused, await next.Propose(early));
        Assert.Equal([refused], (await next.Attest([_rollup.Attest(OtherMember, early.Header)])).Replies);
        Assert.Null((await next.View())!.Proposal);
        Assert.Empty((await Early.Pull())!.Proposals);
    }

    [Fact]
    public async Task A_chunk_beyond_the_last_of_a_slot_has_no_place_and_takes_none_of_another_chunk()
    {
        uint beyond = (uint)_rollup.Settings.Timetable.Consensus.Timing.MaxChunksPerSlot;
        ChunkProposal proposal = _rollup.Propose(beyond);
        Assert.Equal(MessageOutcome.NoSuchPosition, (await _cluster.Client.Chunk(TestRollup.Slot, beyond).Propose(proposal)).Outcome);
        Assert.Equal(MessageOutcome.NoSuchPosition, (await _cluster.Client.Chunk(TestRollup.Slot, beyond).Add(_rollup.Flashblock(beyond, 0))).Outcome);
        Assert.Equal(new MessageReply(MessageOutcome.Rejected, nameof(RejectReason.ChunkIndexTooHigh)), await Chunk.Propose(proposal));
        Assert.Equal([MessageOutcome.WrongPosition], (await Chunk.Attest([_rollup.Attest(OtherMember, proposal.Header)])).Replies.Select(reply => reply.Outcome));
        Assert.Equal(MessageOutcome.WrongPosition, (await Chunk.Add(_rollup.Flashblock(beyond, 0))).Outcome);
        Assert.Empty((await Chunk.Pull())!.Proposals);
        Assert.Equal(MessageOutcome.Accepted, (await Chunk.Propose(_rollup.Propose(_index))).Outcome);
    }

    [Fact]
    public async Task A_last_chunk_of_another_than_the_slots_proposer_refuses_the_checkpoint()
    {
        // By the rule for chunks: with a known committee the two signers can only differ where one of them is not the proposer.
        CheckpointProposal good = _rollup.ProposeCheckpoint([_rollup.Propose(_index)], count: _index + 1);
        CheckpointProposal bad = new(good.Context, good.Header, good.Signature, _rollup.Propose(_index, signer: OtherMember));
        Assert.Equal(new MessageReply(MessageOutcome.Rejected, nameof(RejectReason.WrongProposer)), await _cluster.Client.Slot(TestRollup.Slot).Propose(bad));
        Assert.Empty((await Chunk.Pull())!.Proposals);
    }

    [Theory]
    [InlineData(RejectReason.ForeignContext)]
    [InlineData(RejectReason.InvalidSignature)]
    [InlineData(RejectReason.NotInCommittee)]
    [InlineData(RejectReason.InvalidProposalSignature)]
    [InlineData(RejectReason.WrongProposer)]
    public async Task An_attestation_of_a_checkpoint_is_refused_by_rule(RejectReason reason)
    {
        CheckpointHeader header = _rollup.ProposeCheckpoint([_rollup.Propose(_index)]).Header;
        CheckpointAttestation good = _rollup.Attest(OtherMember, header);
        CheckpointAttestation bad = reason switch
        {
            RejectReason.ForeignContext => good with { Context = Foreign },
            RejectReason.InvalidSignature => good with { Signature = TestRollup.Unrecoverable },
            RejectReason.NotInCommittee => _rollup.Attest(_rollup.Outsider, header),
            RejectReason.InvalidProposalSignature => good with { ProposalSignature = TestRollup.Unrecoverable },
            _ => good with { ProposalSignature = _rollup.Sign(OtherMember, header.Statement) },
        };
        BatchReply reply = await _cluster.Client.Slot(TestRollup.Slot).Attest([bad]);
        Assert.Equal([new MessageReply(MessageOutcome.Rejected, reason.ToString())], reply.Replies);
        Assert.False(reply.IsCertified);
    }

    [Fact]
    public async Task Of_a_flood_of_proposals_two_are_kept_and_the_first_one_counts()
    {
        ChunkProposal first = _rollup.Propose(_index);
        await Chunk.Propose(first);
        MessageReply[] flood = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Chunk.Propose(_rollup.Propose(_index, $"flood {i}"))));
        Assert.Single(flood, reply => reply.Outcome == MessageOutcome.Equivocation);
        Assert.Equal(199, flood.Count(reply => reply.Outcome == MessageOutcome.OverCap));
        ChunkView view = (await Chunk.Pull())!;
        Assert.Equal(2, view.Proposals.Length);
        Assert.Equal(first, view.Proposals[0]);

        // The committee's quorum still certifies the one that it executed.
        Assert.True((await Chunk.Attest([.. _rollup.Committee.Members.Select(member => _rollup.Attest(member, first.Header))])).IsCertified);
    }

    [Fact]
    public async Task Of_a_flood_of_attestations_of_one_member_two_are_kept_and_the_quorum_is_not_disturbed()
    {
        ChunkProposal proposal = _rollup.Propose(_index);
        await Chunk.Propose(proposal);
        Address flooder = OtherMember;
        List<MessageOutcome> outcomes = [];
        for (int i = 0; i < 10; i++)
        {
            BatchReply reply = await Chunk.Attest([.. Enumerable.Range(0, 20).Select(n => _rollup.Attest(flooder, _rollup.Header(_index, $"{i} {n}")))]);
            outcomes.AddRange(reply.Replies.Select(one => one.Outcome));
        }

        Assert.Equal(1, outcomes.Count(outcome => outcome == MessageOutcome.Early));
        Assert.Equal(1, outcomes.Count(outcome => outcome == MessageOutcome.Equivocation));
        Assert.Equal(198, outcomes.Count(outcome => outcome == MessageOutcome.OverCap));
        Assert.True((await Chunk.Attest([.. _rollup.Committee.Members.Where(member => member != flooder).Select(member => _rollup.Attest(member, proposal.Header))])).IsCertified);
    }

    [Fact]
    public async Task A_certificate_that_is_none_is_not_announced_and_keeps_no_other_one_out()
    {
        ChunkProposal proposal = _rollup.Propose(_index);
        await Chunk.Propose(proposal);
        ISlotGrain slot = _cluster.Client.Slot(TestRollup.Slot);
        ChunkCertificate forged = new(
            _rollup.Settings.Context, TestRollup.Slot, _rollup.Proposer, _index, AttestationKind.Executed, proposal.Header.Hash, _rollup.SignersOf(proposal.Header, _rollup.Committee.Quorum - 1));
        await slot.Certified(forged);
        await slot.Certified(forged with { Index = 1_000_000 });
        Assert.DoesNotContain((await slot.View())!.Certificates, certificate => certificate.Index == _index || certificate.Index >= 1_000);
        await Chunk.Attest([.. _rollup.Committee.Members.Select(member => _rollup.Attest(member, proposal.Header))]);
        await ChunkGrainTests.Until(async () => (await slot.View())!.Certificates.Any(certificate => certificate.Index == _index && certificate.Signers.Count >= _rollup.Committee.Quorum));
    }

    [Fact]
    public async Task Evidence_of_keys_without_a_duty_of_slots_far_ahead_and_garbage_is_not_kept()
    {
        ISlasherGrain slasher = _cluster.Client.Slasher();
        Assert.Equal(new MessageReply(MessageOutcome.Rejected, "Undecodable"), await slasher.Report([]));
        Assert.Equal(new MessageReply(MessageOutcome.Rejected, "Undecodable"), await slasher.Report([.. Enumerable.Repeat((byte)0xff, 10_000)]));
        Assert.Equal(MessageOutcome.WrongSigner, (await slasher.Report(Equivocation(_rollup.Outsider, TestRollup.Slot).Encode())).Outcome);
        Assert.Equal(MessageOutcome.NoSuchPosition, (await slasher.Report(Equivocation(OtherMember, TestRollup.Slot + 5).Encode())).Outcome);
        Assert.Equal(MessageOutcome.NoSuchPosition, (await slasher.Report(Equivocation(OtherMember, ulong.MaxValue).Encode())).Outcome);
        Assert.Empty(await slasher.Faults(_rollup.Outsider));
        Assert.DoesNotContain(await slasher.Faults(OtherMember), fault => fault.Slot > TestRollup.Slot);

        // A report of what became of a slot far ahead does not push out those of slots that were.
        await slasher.Note(new SlotReport(TestRollup.Slot, _rollup.Proposer, SlotResult.CheckpointValid, []));
        for (ulong slot = 1_000; slot < 1_300; slot++)
        {
            await slasher.Note(new SlotReport(slot, _rollup.Proposer, SlotResult.ChunksMissed, []));
        }

        PerformanceView record = await slasher.Performance(_rollup.Proposer);
        Assert.Equal((1, 0), (record.Proposed, record.NotProposed));
    }

    private Evidence.Equivocation Equivocation(Address signer, ulong slot)
    {
        Duty duty = Duty.CheckpointAttestation(slot, AttestationKind.Executed);
        Hash256 first = TestRollup.Digest("first");
        Hash256 second = TestRollup.Digest("second");
        return new Evidence.Equivocation(
            _rollup.Settings.Context, duty, first, _rollup.Sign(signer, new Statement(duty, first)), second, _rollup.Sign(signer, new Statement(duty, second)));
    }

    private ChunkProposal Signed(ChunkHeader header) => new(_rollup.Settings.Context, header, _rollup.Sign(_rollup.Proposer, header.Statement));
}
