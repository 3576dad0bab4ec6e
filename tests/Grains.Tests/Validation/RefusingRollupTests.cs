using System.Collections.Immutable;
using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Chunks;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Grains.Tests.Support;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Validation;

namespace Cloud.Grains.Tests.Validation;

/// <summary>Rows of the validation tables that depend on the rollup's settings, and on what is known of it.</summary>
public sealed class RefusingRollupTests
{
    [Theory]
    [InlineData(RejectReason.BodiesNotPermitted)]
    [InlineData(RejectReason.TooManyTransactions)]
    public async Task What_the_rollup_does_not_permit_is_refused_also_inside_a_checkpoint(RejectReason reason)
    {
        TestRollup rollup = new(limits: new ProposalLimits(MaxTransactionsPerChunk: 1, BodiesPermitted: false, MaxFlashblocksPerChunk: 10));
        await using PipelineCluster cluster = new(rollup);
        await cluster.InitializeAsync();
        ChunkProposal whole = rollup.Propose(0);
        ChunkProposal good = whole.WithoutBodies();
        ChunkProposal bad = reason == RejectReason.BodiesNotPermitted ? whole : Propose(rollup, [.. good.Header.Transactions, TestRollup.Digest("one more")]);
        MessageReply refused = new(MessageOutcome.Rejected, reason.ToString());

        IChunkGrain chunk = cluster.Client.Chunk(TestRollup.Slot, 0);
        Assert.Equal(refused, await chunk.Propose(bad));
        Assert.Equal(refused, await cluster.Client.Slot(TestRollup.Slot).Propose(rollup.ProposeCheckpoint([bad], holdsLast: true)));
        Assert.Empty((await chunk.Pull())!.Proposals);
        Assert.Equal(MessageOutcome.Accepted, (await chunk.Propose(good)).Outcome);
    }

    [Fact]
    public async Task Before_the_committee_is_known_every_message_is_told_so_and_nothing_is_kept()
    {
        TestRollup rollup = new(isCommitteeKnown: false);
        await using PipelineCluster cluster = new(rollup);
        await cluster.InitializeAsync();
        ChunkProposal proposal = rollup.Propose(0);
        CheckpointProposal checkpoint = rollup.ProposeCheckpoint([proposal]);
        IChunkGrain chunk = cluster.Client.Chunk(TestRollup.Slot, 0);
        Address member = rollup.Committee.Members[0];
        MessageOutcome[] outcomes =
        [
            (await chunk.Propose(proposal)).Outcome,
            (await chunk.Add(rollup.Flashblock(0, 0))).Outcome,
            .. (await chunk.Attest([rollup.Attest(member, proposal.Header)])).Replies.Select(reply => reply.Outcome),
            (await cluster.Client.Slot(TestRollup.Slot).Propose(checkpoint)).Outcome,
            .. (await cluster.Client.Slot(TestRollup.Slot).Attest([rollup.Attest(member, checkpoint.Header)])).Replies.Select(reply => reply.Outcome),
        ];
        Assert.Equal(Enumerable.Repeat(MessageOutcome.CommitteeUnknown, 5), outcomes);
        Assert.Null(await chunk.Pull());
    }

    private static ChunkProposal Propose(TestRollup rollup, ImmutableArray<Hash256> transactions)
    {
        ChunkHeader one = rollup.Header(0);
        ChunkHeader header = new(one.Slot, one.Producer, one.Index, false, one.InHash, one.Block, transactions);
        return new ChunkProposal(rollup.Settings.Context, header, rollup.Sign(rollup.Proposer, header.Statement), null);
    }
}
