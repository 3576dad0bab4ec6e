using System.Collections.Immutable;
using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Chunks;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Grains.Tests.Support;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Grains.Tests.Chunks;

public sealed class ChunkGrainTests : IClassFixture<PipelineCluster>
{
    private static int _next;
    private readonly PipelineCluster _cluster;
    private readonly TestRollup _rollup;
    private readonly uint _index = (uint)Interlocked.Increment(ref _next);

    public ChunkGrainTests(PipelineCluster cluster) => (_cluster, _rollup) = (cluster, cluster.Rollup);

    private IChunkGrain Grain => _cluster.Client.Chunk(TestRollup.Slot, _index);

    [Fact]
    public async Task A_proposal_is_accepted_once_and_can_be_pulled_with_its_bodies()
    {
        ChunkProposal proposal = _rollup.Propose(_index);
        Assert.Equal(MessageOutcome.Accepted, (await Grain.Propose(proposal)).Outcome);
        Assert.Equal(MessageOutcome.Duplicate, (await Grain.Propose(proposal)).Outcome);
        ChunkView view = Assert.IsType<ChunkView>(await Grain.Pull());
        Assert.Equal([proposal], view.Proposals);
        ImmutableArray<byte[]> bodies = await Grain.PullBodies([proposal.Header.Transactions[0], TestRollup.Digest("other")]);
        Assert.Equal([TestRollup.Body(_index).ToArray(), []], bodies);
    }

    [Fact]
    public async Task A_quorum_of_attestations_makes_a_certificate_that_checks()
    {
        ChunkProposal proposal = _rollup.Propose(_index);
        await Grain.Propose(proposal);
        BatchReply first = await Grain.Attest([.. _rollup.Committee.Members.Take(_rollup.Committee.Quorum - 1).Select(member => _rollup.Attest(member, proposal.Header))]);
        Assert.All(first.Replies, reply => Assert.Equal(MessageOutcome.Accepted, reply.Outcome));
        Assert.False(first.IsCertified);
        BatchReply second = await Grain.Attest([.. _rollup.Committee.Members.Select(member => _rollup.Attest(member, proposal.Header))]);
        Assert.True(second.IsCertified);
        ChunkView view = (await Grain.Pull())!;
        Assert.IsType<CertificateCheck.Valid>(view.Certificate!.Check(_rollup.Settings.Domains, _rollup.Committee));
        Assert.Equal(_rollup.Committee.Size, view.Signers);
    }

    [Fact]
    public async Task Attestations_before_the_proposal_wait_for_it_and_then_certify()
    {
        ChunkProposal proposal = _rollup.Propose(_index);
        BatchReply early = await Grain.Attest([.. _rollup.Committee.Members.Select(member => _rollup.Attest(member, proposal.Header))]);
        Assert.All(early.Replies, reply => Assert.Equal(MessageOutcome.Early, reply.Outcome));
        Assert.False(early.IsCertified);
        await Grain.Propose(proposal);
        Assert.NotNull((await Grain.Pull())!.Certificate);
    }

    [Fact]
    public async Task A_certificate_and_the_chunk_survive_the_activation()
    {
        ChunkProposal proposal = _rollup.Propose(_index);
        await Grain.Propose(proposal);
        await Grain.Attest([.. _rollup.Committee.Members.Select(member => _rollup.Attest(member, proposal.Header))]);
        ChunkView before = (await Grain.Pull())!;

        // A call behind the write: the grain stores one thing after the other.
        await Grain.Propose(proposal);
        await Until(async () =>
        {
            await _cluster.Cluster.DeactivateAsync(Grain);
            return (await Grain.Pull())?.Certificate is not null;
        });
        ChunkView after = (await Grain.Pull())!;
        Assert.Equal(before.Certificate!.Encode(), after.Certificate!.Encode());
        Assert.Equal([proposal], after.Proposals);
    }

    [Fact]
    public async Task A_second_proposal_is_evidence_and_does_not_replace_the_first()
    {
        ChunkProposal first = _rollup.Propose(_index);
        await Grain.Propose(first);
        Assert.Equal(MessageOutcome.Equivocation, (await Grain.Propose(_rollup.Propose(_index, "other"))).Outcome);
        Assert.Equal(MessageOutcome.OverCap, (await Grain.Propose(_rollup.Propose(_index, "third"))).Outcome);
        Assert.Equal(first, (await Grain.Pull())!.Proposals[0]);
        await Until(async () => (await _cluster.Client.Slasher().Faults()).Any(fault =>
            fault.Offence == Offence.DuplicateChunkProposal && fault.Offender == _rollup.Proposer && fault.Position == Duty.ChunkProposal(TestRollup.Slot, _index).ToString()));
    }

    [Fact]
    public async Task A_member_that_attests_two_chunks_is_evidence_and_counts_once()
    {
        ChunkProposal proposal = _rollup.Propose(_index);
        await Grain.Propose(proposal);
        Address member = _rollup.Committee.Members[0];
        await Grain.Attest([_rollup.Attest(member, proposal.Header)]);
        BatchReply reply = await Grain.Attest([_rollup.Attest(member, _rollup.Header(_index, "other"))]);
        Assert.Equal(MessageOutcome.Equivocation, reply.Replies[0].Outcome);
        Assert.Equal(1, (await Grain.Pull())!.Signers);
        await Until(async () => (await _cluster.Client.Slasher().Faults(member)).Any(fault => fault.Offence == Offence.DuplicateChunkAttestation));
    }

    [Fact]
    public async Task Who_may_not_sign_is_refused_by_reason()
    {
        ChunkProposal foreign = _rollup.Propose(_index, signer: _rollup.Outsider);
        Assert.Equal(new MessageReply(MessageOutcome.Rejected, "WrongProposer"), await Grain.Propose(foreign));
        ChunkProposal proposal = _rollup.Propose(_index);
        BatchReply reply = await Grain.Attest([_rollup.Attest(_rollup.Outsider, proposal.Header)]);
        Assert.Equal(new MessageReply(MessageOutcome.Rejected, "NotInCommittee"), reply.Replies[0]);
        Assert.Equal(MessageOutcome.WrongPosition, (await Grain.Propose(_rollup.Propose(_index + 1))).Outcome);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("/")]
    [InlineData("1/")]
    [InlineData("01/2")]
    [InlineData("1/-2")]
    [InlineData("1/2/3")]
    [InlineData("99999999999999999999/0")]
    [InlineData("1/4294967295")]
    [InlineData("1000000/0")]
    public async Task A_key_that_is_no_position_is_refused(string key)
    {
        if (key.Length == 0)
        {
            Assert.False(GrainKeys.TryReadChunk(key, out _, out _));
            return;
        }

        IChunkGrain grain = _cluster.Client.GetGrain<IChunkGrain>(key);
        Assert.Equal(MessageOutcome.NoSuchPosition, (await grain.Propose(_rollup.Propose(_index))).Outcome);
        Assert.Null(await grain.Pull());
        Assert.Empty(await grain.PullFlashblocks(0));
    }

    [Fact]
    public async Task A_flood_of_attestations_beyond_the_largest_committee_is_refused_whole()
    {
        ChunkAttestation attestation = _rollup.Attest(_rollup.Committee.Members[0], _rollup.Header(_index));
        BatchReply reply = await Grain.Attest([.. Enumerable.Repeat(attestation, FeedLimits.MaxAttestations + 1)]);
        Assert.Empty(reply.Replies);
        await Grain.Propose(_rollup.Propose(_index));
        Assert.Equal(0, (await Grain.Pull())!.Signers);
    }

    internal static async Task Until(Func<Task<bool>> condition)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        while (!await condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
        }
    }
}
