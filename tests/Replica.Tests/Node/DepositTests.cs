using Cloud.Protocol.Attesting;
using Cloud.Protocol.Deposits;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Chain;
using Cloud.Replica.Feed;
using Cloud.Replica.Node;
using Cloud.Replica.Statuses;
using Cloud.Settlement.L1Events;

namespace Cloud.Replica.Tests.Node;

/// <summary>Messages from L1 on their way through a node: chosen by the proposer, checked by everybody else.</summary>
public sealed class DepositTests
{
    private static readonly Address Newcomer = Address.Parse("0x00000000000000000000000000000000000000de");

    private readonly NodeRollup _rollup = new();
    private readonly ManualTime _time;

    public DepositTests() => _time = new ManualTime(_rollup.Timetable.Consensus.FrameStart(1));

    [Fact]
    public void A_slot_begins_with_the_messages_that_are_deep_enough_on_L1_and_names_their_running_hash() => VirtualRun.Run(_time, async () =>
    {
        TestNode node = await TestNode.OpenAsync(_rollup, _time);
        Inbox one = With(Inbox.Empty, 5);
        Inbox two = With(one, 7);
        await ShowAsync(node, 100, one);
        await ShowAsync(node, 101, two);
        Assert.Equal(0, node.Node.WaitingDeposits);
        await ShowAsync(node, 102, two);
        Assert.Equal(1, node.Node.WaitingDeposits);

        ChunkProposal first = await node.BuildAsync(1, 0);
        Assert.Equal(one.InHash, first.Header.InHash);
        Assert.Equal([TransactionType.Deposit], node.Node.View.Latest.Transactions.Select(transaction => transaction.Type));
        Assert.Equal((UInt256)5, BalanceAt(node));
        Assert.IsType<TransactionStatus.Proposed>(node.StatusOf(first.Header.Transactions[0]));
        Assert.Equal(0, node.Node.WaitingDeposits);

        // What comes later waits for the next slot: all chunks of a slot name the same hash.
        await ShowAsync(node, 103, two);
        ChunkProposal second = await node.BuildAsync(1, 1, isLast: true);
        Assert.Equal((one.InHash, 0), (second.Header.InHash, second.Header.Transactions.Length));
        ChunkProposal third = await node.BuildAsync(2, 0);
        Assert.Equal((two.InHash, 1), (third.Header.InHash, third.Header.Transactions.Length));
        Assert.Equal((UInt256)12, BalanceAt(node));
        Assert.Equal(one.InHash, node.Checkpoint(1).InHash);
    });

    [Fact]
    public void A_follower_executes_them_by_flashblocks_and_by_the_chunk_alone_and_gets_the_same_block() => VirtualRun.Run(_time, async () =>
    {
        TestNode proposer = await TestNode.OpenAsync(_rollup, _time);
        TestNode streaming = await TestNode.OpenAsync(_rollup, _time);
        TestNode pulling = await TestNode.OpenAsync(_rollup, _time);
        Inbox inbox = With(With(Inbox.Empty, 5), 7);
        foreach (TestNode node in (TestNode[])[proposer, streaming, pulling])
        {
            await BuryAsync(node, 100, inbox);
        }

        List<Task<FeedOutcome>> arrivals = [];
        proposer.OnEmit = flashblock => arrivals.Add(streaming.Node.FlashblockArrivedAsync(NodeRollup.Valid(flashblock)));
        await proposer.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 0, Newcomer, 1));
        ChunkProposal chunk = await proposer.BuildAsync(1, 0);
        await Task.WhenAll(arrivals);
        Assert.Equal(3, chunk.Header.Transactions.Length);
        Assert.IsType<TransactionStatus.Preconfirmed>(streaming.StatusOf(chunk.Header.Transactions[0]));
        await pulling.Node.TransactionArrivedAsync(proposer.Node.View.Latest.Transactions[2].Raw.Memory);

        // The one has the flashblocks, the other one nothing but the header, the pool and the inbox.
        foreach (TestNode follower in (TestNode[])[streaming, pulling])
        {
            await follower.Node.ChunkArrivedAsync(NodeRollup.Valid(chunk));
            Assert.Equal(ChunkVerdict.Valid, (await follower.Node.WaitForVerdictAsync(chunk.Header.Hash)).Verdict);
            Assert.Equal(proposer.Node.View.Latest.Hash, follower.Node.View.Latest.Hash);
            Assert.Equal((UInt256)13, BalanceAt(follower));
            Assert.Equal(ChunkVerdict.Valid, (await follower.Node.ExecuteIsolatedAsync(chunk, DateTimeOffset.MaxValue)).Verdict);
        }
    });

    [Fact]
    public void Who_has_not_seen_the_messages_yet_waits_for_L1_and_blames_nobody() => VirtualRun.Run(_time, async () =>
    {
        TestNode proposer = await TestNode.OpenAsync(_rollup, _time);
        TestNode late = await TestNode.OpenAsync(_rollup, _time);
        TestNode blind = await TestNode.OpenAsync(_rollup, _time);
        Inbox inbox = With(Inbox.Empty, 5);
        await BuryAsync(proposer, 100, inbox);
        await ShowAsync(late, 100, Inbox.Empty);
        List<Task<FeedOutcome>> arrivals = [];
        proposer.OnEmit = flashblock => arrivals.Add(late.Node.FlashblockArrivedAsync(NodeRollup.Valid(flashblock)));
        ChunkProposal chunk = await proposer.BuildAsync(1, 0);
        await Task.WhenAll(arrivals);
        Task<ChunkCheck> verdict = late.Node.WaitForVerdictAsync(chunk.Header.Hash);
        Task<ChunkCheck> never = blind.Node.WaitForVerdictAsync(chunk.Header.Hash);
        await late.Node.ChunkArrivedAsync(NodeRollup.Valid(chunk));
        await blind.Node.ChunkArrivedAsync(NodeRollup.Valid(chunk));
        Assert.False(verdict.IsCompleted);
        Assert.Null(late.Node.View.Pending);

        await ShowAsync(late, 101, inbox);
        Assert.Equal(ChunkVerdict.Valid, (await verdict).Verdict);
        Assert.Equal(proposer.Node.View.Latest.Hash, late.Node.View.Latest.Hash);
        ChunkCheck timedOut = await never;
        Assert.Equal((ChunkVerdict.TimedOut, true), (timedOut.Verdict, VerdictTable.IsRetryable(timedOut.Verdict)));
        Assert.Contains($"{inbox.InHash}", timedOut.Detail, StringComparison.Ordinal);
        Assert.Null(timedOut.Evidence);
    });

    [Fact]
    public void A_slot_that_takes_messages_back_or_invents_one_is_refused() => VirtualRun.Run(_time, async () =>
    {
        Inbox real = With(Inbox.Empty, 5);
        Inbox invented = With(Inbox.Empty, 5_000_000);
        TestNode honest = await TestNode.OpenAsync(_rollup, _time);
        TestNode forger = await TestNode.OpenAsync(_rollup, _time);
        await BuryAsync(honest, 100, real);
        await BuryAsync(forger, 100, invented);
        ChunkProposal forged = await forger.BuildAsync(1, 0);
        ChunkProposal good = await honest.BuildAsync(1, 0, isLast: true);

        // The same block under another hash of the inbox, a hash that goes back, and a chunk with a message that L1 does not have.
        TestNode judge = await TestNode.OpenAsync(_rollup, _time);
        await ShowAsync(judge, 100, With(real, 7));
        ChunkHeader header = good.Header;
        ChunkProposal renamed = _rollup.Propose(new ChunkHeader(1, header.Producer, 0, true, With(real, 7).InHash, header.Block, header.Transactions), [.. honest.Node.View.Latest.Transactions.Select(transaction => transaction.Raw)]);
        await judge.Node.ChunkArrivedAsync(NodeRollup.Valid(renamed));
        Assert.Equal(ChunkVerdict.InvalidTransaction, (await judge.Node.WaitForVerdictAsync(renamed.Header.Hash)).Verdict);

        TestNode other = await TestNode.OpenAsync(_rollup, _time);
        await ShowAsync(other, 100, real);
        await other.Node.ChunkArrivedAsync(NodeRollup.Valid(new ChunkProposal(good.Context, good.Header, good.Signature, [.. honest.Node.View.Latest.Transactions.Select(transaction => transaction.Raw)])));
        Assert.Equal(ChunkVerdict.Valid, (await other.Node.WaitForVerdictAsync(good.Header.Hash)).Verdict);
        ChunkProposal next = await honest.BuildAsync(2, 0);
        ChunkProposal back = _rollup.Propose(new ChunkHeader(2, next.Header.Producer, 0, false, Hash256.Zero, next.Header.Block, []));
        await other.Node.ChunkArrivedAsync(NodeRollup.Valid(back));
        Assert.Equal(ChunkVerdict.InHashMismatch, (await other.Node.WaitForVerdictAsync(back.Header.Hash)).Verdict);

        TestNode another = await TestNode.OpenAsync(_rollup, _time);
        await ShowAsync(another, 100, real);
        await another.Node.ChunkArrivedAsync(NodeRollup.Valid(forged));
        ChunkCheck unknown = await another.Node.WaitForVerdictAsync(forged.Header.Hash);
        Assert.Equal(ChunkVerdict.TimedOut, unknown.Verdict);
    });

    [Fact]
    public void A_restart_in_the_middle_of_the_chunk_goes_on_with_the_same_messages_once_L1_has_told_them() => VirtualRun.Run(_time, async () =>
    {
        TestNode node = await TestNode.OpenAsync(_rollup, _time);
        Inbox inbox = With(Inbox.Empty, 5);
        await BuryAsync(node, 100, inbox);
        await node.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 0));
        int signed = 0;
        node.MaySign = _ => signed++ < 3;
        BuildRequest request = node.Request(1, 0, node.Node.View.Latest.Hash);
        Assert.IsType<BuildOutcome.SigningRefused>(await node.Node.BuildAsync(request, node));
        Assert.Equal(3, node.Emitted.Count);

        TestNode restarted = await node.RestartAsync();
        Assert.Equal(2, restarted.Node.View.Pending!.Transactions.Length);
        Task<BuildOutcome> building = restarted.Node.BuildAsync(request with { IsResumed = true }, restarted);
        await Task.Delay(TimeSpan.FromMilliseconds(100), _time);
        Assert.False(building.IsCompleted);
        await ShowAsync(restarted, 103, With(inbox, 7));
        ChunkHeader header = Assert.IsType<BuildOutcome.Sealed>(await building).Header;
        Assert.Equal((inbox.InHash, 2), (header.InHash, header.Transactions.Length));
        Assert.IsType<AdoptOutcome.Adopted>(await restarted.Node.AdoptAsync(_rollup.Propose(header)));

        // And what is sealed is there again after another one, though the inbox is not.
        TestNode again = await restarted.RestartAsync();
        Assert.Equal(restarted.Node.View.Latest.Hash, again.Node.View.Latest.Hash);
        Assert.Equal((UInt256)5, BalanceAt(again));
        ChunkProposal second = await again.BuildAsync(1, 1);
        Assert.Equal(inbox.InHash, second.Header.InHash);
    });

    [Fact]
    public void After_L1_took_a_message_back_the_next_slot_consumes_what_L1_has_now() => VirtualRun.Run(_time, async () =>
    {
        TestNode node = await TestNode.OpenAsync(_rollup, _time);
        Inbox lost = With(Inbox.Empty, 5);
        Inbox now = With(With(Inbox.Empty, 9), 5);
        await ShowAsync(node, 100, Inbox.Empty);
        await ShowAsync(node, 101, lost);
        await ShowAsync(node, 102, lost);
        Assert.Equal(0, node.Node.WaitingDeposits);
        await node.Node.L1MovedAsync(new L1Update.Reorged(NodeRollup.L1(100, 100).Id));
        await ShowAsync(node, 101, now);
        await ShowAsync(node, 102, now);
        await ShowAsync(node, 103, now);
        Assert.Equal(2, node.Node.WaitingDeposits);
        ChunkProposal chunk = await node.BuildAsync(1, 0);
        Assert.Equal(now.InHash, chunk.Header.InHash);
        Assert.Equal((UInt256)14, BalanceAt(node));
    });

    [Fact]
    public void A_slot_that_consumed_what_L1_took_back_is_given_up_and_its_transactions_and_the_messages_that_L1_has_now_come_again() => VirtualRun.Run(_time, async () =>
    {
        TestNode node = await TestNode.OpenAsync(_rollup, _time);
        Inbox lost = With(Inbox.Empty, 5);
        Inbox now = With(Inbox.Empty, 9);
        await ShowAsync(node, 99, Inbox.Empty);
        await BuryAsync(node, 100, lost);
        Hash256 sent = await node.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 0));
        ChunkProposal first = await node.BuildAsync(1, 0, isLast: true);
        Assert.Equal((lost.InHash, 2), (first.Header.InHash, first.Header.Transactions.Length));

        // Deeper than what proposers wait for: the message is consumed, and L1 does not have it any more.
        Assert.IsType<ChainOutcome.Accepted>(await node.Node.L1MovedAsync(new L1Update.Reorged(NodeRollup.L1(99, 0).Id)));
        await BuryAsync(node, 100, now);
        ChunkProposal onIt = await node.BuildAsync(2, 0, isLast: true);
        Assert.Equal((lost.InHash, 0), (onIt.Header.InHash, onIt.Header.Transactions.Length));

        TestNode restarted = await node.RestartAsync();
        Assert.Equal(2UL, restarted.Node.View.Latest.Number);
        for (ulong slot = 2; slot <= 4; slot++)
        {
            Assert.IsType<ChainOutcome.Accepted>(await restarted.Node.L1MovedAsync(NodeRollup.L1(101 + slot, 12 * slot) with { Inbox = now }));
        }

        Assert.Equal(0UL, restarted.Node.View.Latest.Number);
        Assert.IsType<TransactionStatus.Pending>(restarted.StatusOf(sent));
        Assert.IsType<BreakReason.SlotUnpublished>(restarted.HistoryOf(sent)[^1].Broken);
        ChunkProposal again = await restarted.BuildAsync(5, 0);
        Assert.Equal((now.InHash, 2), (again.Header.InHash, again.Header.Transactions.Length));
        Assert.Equal((UInt256)9, BalanceAt(restarted));
    });

    [Fact]
    public void Blocks_of_L1_that_are_left_out_are_no_contradiction_where_the_follower_says_so() => VirtualRun.Run(_time, async () =>
    {
        TestNode node = await TestNode.OpenAsync(_rollup, _time);
        Inbox inbox = With(Inbox.Empty, 5);
        await ShowAsync(node, 100, Inbox.Empty);
        Assert.IsType<ChainOutcome.Accepted>(await node.Node.L1MovedAsync(Block(200, inbox) with { IsAfterGap = true }));
        await ShowAsync(node, 201, inbox);
        Assert.IsType<ChainOutcome.ContradictsL1>(await node.Node.L1MovedAsync(Block(203, inbox)));
        TestNode restarted = await node.RestartAsync();
        Assert.Equal(201UL, restarted.Node.View.L1Head!.Value.Number);
    });

    [Fact]
    public void The_journal_s_base_remembers_how_far_the_inbox_is_consumed() => VirtualRun.Run(_time, async () =>
    {
        ReplicaOptions options = new() { Chain = new ChainOptions { SettleDepth = 2 }, CompactAfter = 64 };
        TestNode node = await TestNode.OpenAsync(_rollup, _time, options: options);
        Inbox inbox = With(Inbox.Empty, 5);
        ulong l1 = 100;
        await ShowAsync(node, l1, inbox);
        Hash256 parent = default;
        for (ulong slot = 1; slot <= 12; slot++)
        {
            await ShowAsync(node, l1 += 1, inbox);
            await ShowAsync(node, l1 += 1, inbox);
            for (uint index = 0; index < 4; index++)
            {
                ChunkProposal chunk = await node.BuildAsync(slot, index, isLast: index == 3);
                await node.Node.CertificateArrivedAsync(_rollup.Certify(chunk.Header));
            }

            CheckpointHeader checkpoint = node.Checkpoint(slot, parent);
            parent = checkpoint.Hash;
            await node.Node.CheckpointArrivedAsync(NodeRollup.Valid(_rollup.Propose(checkpoint)));
            await node.Node.L1MovedAsync(Block(l1 += 1, inbox, new RollupChange.CheckpointLanded(slot, checkpoint, AttestationVerdict.Valid)));
        }

        Assert.True(node.Journal.Read().First().Sequence > 0, "the journal was never written anew");
        TestNode restarted = await node.RestartAsync(options);
        ChunkProposal next = await restarted.BuildAsync(13, 0);
        Assert.Equal(inbox.InHash, next.Header.InHash);
    });

    private static Inbox With(Inbox inbox, ulong value) =>
        inbox.Add(new InboxMessage(inbox.Count + 1, Newcomer, Newcomer, value, 21_000, default));

    private L1Update.Block Block(ulong number, Inbox inbox, params RollupChange[] changes) =>
        NodeRollup.L1(number, (_time.GetUtcNow() - NodeRollup.Start).TotalSeconds, "", [.. changes]) with { Inbox = inbox };

    private async Task ShowAsync(TestNode node, ulong number, Inbox inbox) => Assert.IsType<ChainOutcome.Accepted>(await node.Node.L1MovedAsync(Block(number, inbox)));

    /// <summary>Shows it so long that a proposer takes it.</summary>
    private async Task BuryAsync(TestNode node, ulong number, Inbox inbox)
    {
        for (ulong depth = 0; depth <= node.Node.Options.DepositDepth; depth++)
        {
            await ShowAsync(node, number + depth, inbox);
        }
    }

    private static UInt256 BalanceAt(TestNode node) =>
        node.Node.View.Latest.State.TryGetAccount(Newcomer, out Execution.State.Account account) ? account.Balance : default;
}
