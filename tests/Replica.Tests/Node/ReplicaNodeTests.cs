using Cloud.Execution.Pool;
using Cloud.Protocol.Attesting;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Chain;
using Cloud.Replica.Chains;
using Cloud.Replica.Events;
using Cloud.Replica.Feed;
using Cloud.Replica.Node;
using Cloud.Replica.Statuses;
using Cloud.Replica.Views;
using Cloud.Settlement.L1Events;
using Cloud.Storage;
using Cloud.Storage.Journals;

namespace Cloud.Replica.Tests.Node;

public sealed class ReplicaNodeTests
{
    private readonly NodeRollup _rollup = new();
    private readonly ManualTime _time;

    public ReplicaNodeTests() => _time = new ManualTime(_rollup.Timetable.Consensus.FrameStart(1));

    [Fact]
    public void A_transaction_is_preconfirmed_in_a_flashblock_and_proposed_with_its_chunk() => VirtualRun.Run(_time, async () =>
    {
        TestNode node = await TestNode.OpenAsync(_rollup, _time);
        Hash256 hash = await node.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 0));
        Assert.IsType<TransactionStatus.Pending>(node.StatusOf(hash));

        List<TransactionStatus> atEmission = [];
        node.OnEmit = _ => atEmission.Add(node.StatusOf(hash));
        ChunkProposal chunk = await node.BuildAsync(1, 0);

        Assert.Equal(11, node.Emitted.Count);
        TransactionStatus.Preconfirmed promise = Assert.IsType<TransactionStatus.Preconfirmed>(atEmission[0]);
        Assert.Equal(node.Emitted[0].Payload.Hash, promise.PayloadHash);
        Assert.Equal([hash], chunk.Header.Transactions);
        Assert.IsType<TransactionStatus.Proposed>(node.StatusOf(hash));
        Assert.Equal(chunk.Header.Block.ComputeHash(), node.Node.View.Latest.Hash);
        Assert.Empty(node.Node.View.PendingBlocks);
        Assert.Equal(TimeSpan.FromMilliseconds(100), DateTimeOffset.FromUnixTimeMilliseconds((long)node.Emitted[0].Payload.EmittedAt) - _rollup.Timetable.Consensus.FrameStart(1));
    });

    [Fact]
    public void A_follower_executes_flashblocks_and_takes_the_chunk_without_executing_again() => VirtualRun.Run(_time, async () =>
    {
        TestNode proposer = await TestNode.OpenAsync(_rollup, _time);
        TestNode follower = await TestNode.OpenAsync(_rollup, _time);
        List<Task<FeedOutcome>> arrivals = [];
        proposer.OnEmit = flashblock => arrivals.Add(follower.Node.FlashblockArrivedAsync(NodeRollup.Valid(flashblock)));
        Hash256 hash = await proposer.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 0));
        Task<ChunkCheck>? verdict = null;
        ChunkProposal chunk = await proposer.BuildAsync(1, 0);
        Assert.IsType<TransactionStatus.Preconfirmed>(follower.StatusOf(hash));
        Assert.True(follower.Node.View.Pending!.IsComplete);

        verdict = follower.Node.WaitForVerdictAsync(chunk.Header.Hash);
        Assert.IsType<FeedOutcome.Delivered>(await follower.Node.ChunkArrivedAsync(NodeRollup.Valid(chunk)));
        Assert.Equal(ChunkVerdict.Valid, (await verdict).Verdict);
        Assert.Equal(proposer.Node.View.Latest.Hash, follower.Node.View.Latest.Hash);
        Assert.Equal(proposer.Node.View.Latest.State.Root, follower.Node.View.Latest.State.Root);
        Assert.IsType<TransactionStatus.Proposed>(follower.StatusOf(hash));
        Assert.Same(Assert.Single(follower.Events().OfType<ReplicaEvent.FlashblockShown>(), shown => shown.Flashblock.Payload.IsLast).Pending.Receipts[0], follower.Node.View.Latest.Receipts[0]);
    });

    [Fact]
    public void A_chunk_that_is_complete_by_its_flashblocks_and_never_comes_is_built_on_only_as_long_as_it_can_come() => VirtualRun.Run(_time, async () =>
    {
        TestNode dying = await TestNode.OpenAsync(_rollup, _time);
        TestNode next = await TestNode.OpenAsync(_rollup, _time);
        List<Task<FeedOutcome>> arrivals = [];
        dying.OnEmit = flashblock => arrivals.Add(next.Node.FlashblockArrivedAsync(NodeRollup.Valid(flashblock)));
        Transaction transaction = _rollup.Send(_rollup.Accounts[0], 0);
        await dying.SubmitAsync(transaction);
        Hash256 hash = await next.SubmitAsync(transaction);
        await dying.BuildAsync(1, 0, isLast: true);
        await Task.WhenAll(arrivals);
        Hash256 pending = next.Node.View.Pending!.Hash;
        Assert.Equal(pending, Assert.IsType<ParentChoice.Chosen>(await next.Node.ChooseParentAsync(2)).Block.Hash);

        await Task.Delay(_rollup.Timetable.Deadlines(1).Orphaned + TimeSpan.FromMilliseconds(1) - _time.GetUtcNow(), _time);
        Hash256 head = Assert.IsType<ParentChoice.Chosen>(await next.Node.ChooseParentAsync(3)).Block.Hash;
        Assert.Equal(next.Node.View.Latest.Hash, head);
        await next.BuildAsync(3, 0, head);
        Assert.IsType<TransactionStatus.Proposed>(next.StatusOf(hash));
        Assert.Contains(next.HistoryOf(hash), entry => entry.Broken is BreakReason.FlashblockAbandoned { Slot: 1 });
    });

    [Fact]
    public void A_slot_waits_for_a_chunk_before_it_that_users_have_seen_a_part_of_and_is_built_on_it_when_it_is_complete() => VirtualRun.Run(_time, async () =>
    {
        TestNode node = await TestNode.OpenAsync(_rollup, _time);
        await node.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 0));
        List<Task<ParentChoice>> choices = [];
        node.OnEmit = _ => choices.Add(node.Node.ChooseParentAsync(2));
        ChunkProposal chunk = await node.BuildAsync(1, 0, isLast: true);
        ParentChoice[] chosen = await Task.WhenAll(choices);
        Assert.All(chosen[..^1], choice => Assert.Equal(new ParentChoice.ChunkOpen(1, 0), choice));
        Assert.Equal(chunk.Header.Block.ComputeHash(), Assert.IsType<ParentChoice.Chosen>(chosen[^1]).Block.Hash);
    });

    [Fact]
    public void What_a_turn_gives_is_shown_when_the_journal_has_it_and_not_before() => VirtualRun.Run(_time, async () =>
    {
        HeldJournal journal = new();
        TestNode node = await TestNode.OpenAsync(_rollup, _time, journal: journal);
        Hash256 hash = await node.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 0));
        ChunkProposal chunk = await node.BuildAsync(1, 0, isLast: true);
        node.Events();

        // The turn has moved the machines, and waits for the disk.
        journal.Hold();
        Task<ChainOutcome> answer = node.Node.CertificateArrivedAsync(_rollup.Certify(chunk.Header));
        await journal.Appended;
        Assert.IsType<TransactionStatus.Proposed>(node.StatusOf(hash));
        Assert.Equal(0UL, node.Node.View.Tips.Attested.Number);
        Assert.Empty(node.Events());
        Assert.False(answer.IsCompleted);

        // What comes meanwhile waits too, and is not shown with the turn before.
        Task<SubmitOutcome> later = node.Node.SubmitAsync(_rollup.Send(_rollup.Accounts[1], 0).Raw.Memory);
        journal.Release();
        await answer;
        Assert.IsType<TransactionStatus.Attested>(node.StatusOf(hash));
        Assert.Equal(1UL, node.Node.View.Tips.Attested.Number);
        Assert.Contains(node.Events(), happened => happened is ReplicaEvent.StatusChanged { Change.Status: TransactionStatus.Attested });
        Assert.IsType<SubmitOutcome.Accepted>(await later);
    });

    [Fact]
    public void A_transaction_is_not_called_known_before_the_journal_has_it() => VirtualRun.Run(_time, async () =>
    {
        HeldJournal journal = new();
        TestNode node = await TestNode.OpenAsync(_rollup, _time, journal: journal);
        Transaction transaction = _rollup.Send(_rollup.Accounts[0], 0);
        journal.Hold();
        Task<SubmitOutcome> first = node.Node.SubmitAsync(transaction.Raw.Memory);
        await journal.Appended;
        Task<SubmitOutcome> second = node.Node.SubmitAsync(transaction.Raw.Memory);
        Assert.False(second.IsCompleted);
        journal.Release();
        Assert.IsType<SubmitOutcome.Accepted>(await first);
        Assert.Equal(new SubmitOutcome.Refused(new PoolRefusal.AlreadyKnown()), await second);
    });

    [Fact]
    public void A_status_whose_turn_never_reached_the_disk_was_never_shown_and_is_not_there_after_the_crash() => VirtualRun.Run(_time, async () =>
    {
        HeldJournal journal = new();
        TestNode node = await TestNode.OpenAsync(_rollup, _time, journal: journal);
        Hash256 hash = await node.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 0));
        ChunkProposal chunk = await node.BuildAsync(1, 0, isLast: true);
        node.Events();
        journal.Hold();
        _ = node.Node.CertificateArrivedAsync(_rollup.Certify(chunk.Header));
        await journal.Appended;
        TestNode next = await node.RestartAsync();
        Assert.Empty(node.Events());
        Assert.IsType<TransactionStatus.Proposed>(next.StatusOf(hash));
        Assert.Equal(chunk.Header.Block.ComputeHash(), next.Node.View.Latest.Hash);
    });

    [Fact]
    public void A_follower_without_flashblocks_pulls_bodies_and_executes_the_chunk() => VirtualRun.Run(_time, async () =>
    {
        TestNode proposer = await TestNode.OpenAsync(_rollup, _time);
        PullingSource source = new(proposer);
        TestNode follower = await TestNode.OpenAsync(_rollup, _time, source: source);
        await proposer.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 0));
        await proposer.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 1));
        ChunkProposal first = await proposer.BuildAsync(1, 0);
        await proposer.SubmitAsync(_rollup.Send(_rollup.Accounts[1], 0));
        ChunkProposal second = await proposer.BuildAsync(1, 1);

        // Only the second one arrives, without bodies: the first is pulled.
        Assert.IsType<FeedOutcome.Held>(await follower.Node.ChunkArrivedAsync(NodeRollup.Valid(second)));
        Assert.Equal(ChunkVerdict.Valid, (await follower.Node.WaitForVerdictAsync(second.Header.Hash)).Verdict);
        Assert.Equal(ChunkVerdict.Valid, (await follower.Node.WaitForVerdictAsync(first.Header.Hash)).Verdict);
        Assert.Equal(proposer.Node.View.Latest.Hash, follower.Node.View.Latest.Hash);
        Assert.True(source.Pulls > 0);
    });

    [Fact]
    public void Certificate_checkpoint_and_L1_raise_the_status_and_settle_the_blocks() => VirtualRun.Run(_time, async () =>
    {
        TestNode node = await TestNode.OpenAsync(_rollup, _time, options: new ReplicaOptions { Chain = new ChainOptions { SettleDepth = 3 } });
        Hash256 hash = await node.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 0));
        ChunkProposal chunk = await node.BuildAsync(1, 0, isLast: true);
        await node.Node.CertificateArrivedAsync(_rollup.Certify(chunk.Header));
        Assert.IsType<TransactionStatus.Attested>(node.StatusOf(hash));
        CheckpointHeader checkpoint = node.Checkpoint(1);
        CheckpointProposal proposal = _rollup.Propose(checkpoint);
        await node.Node.CheckpointArrivedAsync(NodeRollup.Valid(proposal));
        Assert.IsType<CheckpointCheck.Valid>(await node.Node.WaitForCheckpointAsync(checkpoint));

        await node.Node.L1MovedAsync(NodeRollup.L1(100, 12));
        await node.Node.L1MovedAsync(NodeRollup.L1(101, 14, "", new RollupChange.CheckpointLanded(1, checkpoint, AttestationVerdict.Valid)));
        TransactionStatus.Checkpointed landed = Assert.IsType<TransactionStatus.Checkpointed>(node.StatusOf(hash));
        Assert.Equal(101UL, landed.Proof.Block.Number);
        ProofMaterial proof = node.Node.FindProof(in hash)!;
        Assert.Equal(node.Emitted[0], proof.Flashblock);
        Assert.Equal(chunk.Header, proof.Proposal!.Header);
        Assert.NotNull(proof.Certificate);
        Assert.Equal([chunk.Header.Hash], proof.Chunks);
        Assert.Equal(checkpoint, proof.Checkpoint);
        Assert.Equal(proposal.Signature, proof.CheckpointSignature);
        Assert.Equal(landed.Proof, proof.Landed);

        for (ulong number = 102; number <= 104; number++)
        {
            await node.Node.L1MovedAsync(NodeRollup.L1(number, 14 + (2 * (number - 101))));
        }

        Assert.Equal(1UL, node.Storage.Head!.Number);
        Assert.Single(node.Node.View.Recent);
        Assert.IsType<TransactionStatus.Checkpointed>(node.StatusOf(hash));
        TransactionView found = node.Node.View.FindTransaction(in hash)!;
        Assert.Equal((1UL, 0), (found.Block.Number, found.Index));
        Assert.True(found.Receipt.Succeeded);
    });

    [Fact]
    public void An_unpublished_slot_is_pruned_and_its_transactions_wait_again_with_the_reason() => VirtualRun.Run(_time, async () =>
    {
        TestNode node = await TestNode.OpenAsync(_rollup, _time);
        Hash256 hash = await node.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 0));
        await node.BuildAsync(1, 0);
        Assert.IsType<TransactionStatus.Proposed>(node.StatusOf(hash));

        await node.Node.L1MovedAsync(NodeRollup.L1(100, 24));
        Assert.IsType<TransactionStatus.Pending>(node.StatusOf(hash));
        StatusEntry last = node.HistoryOf(hash)[^1];
        Assert.IsType<BreakReason.SlotUnpublished>(last.Broken);
        Assert.Equal(0UL, node.Node.View.Latest.Number);
        Assert.True(node.Node.Pool.TryGet(in hash, out _));
        Assert.Contains(node.Events(), replicaEvent => replicaEvent is ReplicaEvent.Pruned { Slot: 1 });

        ChunkProposal again = await node.BuildAsync(3, 0);
        Assert.Equal([hash], again.Header.Transactions);
    });

    [Fact]
    public void A_restart_gives_the_same_head_the_same_statuses_and_the_same_pending_block() => VirtualRun.Run(_time, async () =>
    {
        TestNode node = await TestNode.OpenAsync(_rollup, _time);
        List<Hash256> hashes = [];
        for (ulong nonce = 0; nonce < 3; nonce++)
        {
            hashes.Add(await node.SubmitAsync(_rollup.Send(_rollup.Accounts[0], nonce)));
        }

        ChunkProposal chunk = await node.BuildAsync(1, 0);
        await node.Node.CertificateArrivedAsync(_rollup.Certify(chunk.Header));
        hashes.Add(await node.SubmitAsync(_rollup.Send(_rollup.Accounts[1], 0)));
        using CancellationTokenSource crash = new();
        node.OnEmit = flashblock =>
        {
            if (flashblock.Payload is { Chunk: 1, Index: 3 })
            {
                crash.Cancel();
            }
        };
        Assert.IsType<BuildOutcome.Stopped>(await node.Node.BuildAsync(node.Request(1, 1, node.Node.View.Latest.Hash), node, crash.Token));
        hashes.Add(await node.SubmitAsync(_rollup.Send(_rollup.Accounts[2], 0)));
        ReplicaView before = node.Node.View;
        long newest = node.Node.Events.Newest;
        List<(TransactionStatus, DateTimeOffset)> statuses = [.. hashes.Select(hash => (node.StatusOf(hash), node.HistoryOf(hash)[^1].At))];

        TestNode restarted = await node.RestartAsync();
        ReplicaView after = restarted.Node.View;
        Assert.Equal(before.Tips, after.Tips);
        Assert.Equal(before.Latest.State.Root, after.Latest.State.Root);
        Assert.Equal(before.Pending!.Hash, after.Pending!.Hash);
        Assert.Equal(before.Pending.Flashblocks, after.Pending.Flashblocks);
        Assert.Equal(statuses, hashes.Select(hash => (restarted.StatusOf(hash), restarted.HistoryOf(hash)[^1].At)));
        Assert.True(restarted.Node.Pool.TryGet(hashes[^1], out _));

        // Events go on above the old ones, and those can be had again.
        Assert.True(restarted.Node.Events.Newest >= newest);
        Assert.IsType<Subscribing.Subscribed>(restarted.Node.Events.Subscribe(0 + node.Node.Events.Newest));

        // The chunk is resumed where it was left, and nothing is emitted twice.
        SlotResumption resumption = (await restarted.Node.FindResumptionAsync(1, _rollup.Committee.ProposerAt(1)))!;
        Assert.True(resumption.IsChunkOpen);
        Assert.Equal([chunk.Header], resumption.Chunks.Select(proposal => proposal.Header));
        BuildOutcome outcome = await restarted.Node.BuildAsync(restarted.Request(1, 1, after.Latest.Hash, isResumed: true), restarted);
        BuildOutcome.Sealed built = Assert.IsType<BuildOutcome.Sealed>(outcome);
        Assert.Equal(4U, restarted.Emitted[0].Payload.Index);
        Assert.Equal(node.Emitted[^1].Payload.Hash, restarted.Emitted[0].Payload.Previous);
        Assert.Contains(hashes[3], built.Header.Transactions);
        Assert.IsType<AdoptOutcome.Adopted>(await restarted.Node.AdoptAsync(_rollup.Propose(built.Header)));
    });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(10)]
    public void What_was_signed_and_not_journaled_is_signed_again_as_it_was_and_the_chunk_goes_on(int killedAt) => VirtualRun.Run(_time, async () =>
    {
        TestNode node = await TestNode.OpenAsync(_rollup, _time);
        Hash256 sent = await node.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 0));
        Dictionary<uint, Hash256> ledger = [];
        bool Sign(FlashblockPayload payload) => ledger.TryAdd(payload.Index, payload.Hash) || ledger[payload.Index] == payload.Hash;

        // The process is killed when the ledger has the signature, and before the node has heard of it.
        node.MaySign = payload => Sign(payload) && payload.Index < (uint)killedAt;
        BuildRequest request = node.Request(1, 0, node.Node.View.Latest.Hash);
        await Task.Delay(request.Deadline - _rollup.Genesis.Timing.Chunk - _time.GetUtcNow(), _time);
        Assert.IsType<BuildOutcome.SigningRefused>(await node.Node.BuildAsync(request, node));
        Assert.Equal(killedAt, node.Emitted.Count);

        // What comes in before the process is up again would make another flashblock of it.
        TestNode restarted = await node.RestartAsync();
        Hash256 later = await restarted.SubmitAsync(_rollup.Send(_rollup.Accounts[1], 0));
        await Task.Delay(TimeSpan.FromMilliseconds(50), _time);
        restarted.MaySign = Sign;
        SlotResumption resumption = (await restarted.Node.FindResumptionAsync(1, request.Producer))!;
        Assert.Equal((true, request.Parent), (resumption.IsChunkOpen, resumption.Block));
        Assert.Equal(new ParentChoice.ChunkOpen(1, 0), await restarted.Node.ChooseParentAsync(2));
        BuildOutcome outcome = await restarted.Node.BuildAsync(request with { IsResumed = true }, restarted);
        ChunkHeader header = Assert.IsType<BuildOutcome.Sealed>(outcome).Header;
        Assert.Equal(ledger[(uint)killedAt], restarted.Emitted[0].Payload.Hash);
        Assert.Contains(sent, header.Transactions);
        Assert.Equal(killedAt < 10, header.Transactions.Contains(later));
        Assert.IsType<AdoptOutcome.Adopted>(await restarted.Node.AdoptAsync(_rollup.Propose(header)));
        Assert.Null(await restarted.Node.FindResumptionAsync(2, request.Producer));
    });

    [Fact]
    public void An_invalid_chunk_gives_a_verdict_and_evidence_and_stays_out() => VirtualRun.Run(_time, async () =>
    {
        TestNode proposer = await TestNode.OpenAsync(_rollup, _time);
        TestNode follower = await TestNode.OpenAsync(_rollup, _time);
        await proposer.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 0));
        ChunkProposal chunk = await proposer.BuildAsync(1, 0);
        ExecutedBlock block = proposer.Node.View.Latest;
        ChunkHeader wrong = new(1, chunk.Header.Producer, 0, false, default, block.Header with { StateRoot = NodeRollup.Digest("wrong") }, chunk.Header.Transactions);
        ChunkProposal proposal = _rollup.Propose(wrong, [.. block.Transactions.Select(transaction => transaction.Raw)]);

        await follower.Node.ChunkArrivedAsync(NodeRollup.Valid(proposal));
        ChunkCheck check = await follower.Node.WaitForVerdictAsync(wrong.Hash);
        Assert.Equal(ChunkVerdict.StateMismatch, check.Verdict);
        Evidence evidence = Assert.IsAssignableFrom<Evidence>(check.Evidence);
        Assert.Equal(wrong.Producer, Assert.IsType<EvidenceVerdict.NeedsReexecution>(evidence.Verify(_rollup.Domains)).Offender);
        Assert.Equal(0UL, follower.Node.View.Latest.Number);

        // The honest one is a second proposal at the place: evidence, and delivered once the committee certifies it.
        Assert.IsType<FeedOutcome.Equivocation>(await follower.Node.ChunkArrivedAsync(NodeRollup.Valid(proposer.Node.View.Latest.Proposal!)));
        await follower.Node.CertificateArrivedAsync(_rollup.Certify(chunk.Header));
        Assert.Equal(block.Hash, follower.Node.View.Latest.Hash);
    });

    [Fact]
    public void Case_41_The_fork_on_which_a_chunk_is_executed_is_closed_whether_it_is_right_wrong_or_withdrawn() => VirtualRun.Run(_time, async () =>
    {
        TestNode proposer = await TestNode.OpenAsync(_rollup, _time);
        TestNode follower = await TestNode.OpenAsync(_rollup, _time);
        List<Task<FeedOutcome>> arrivals = [];
        List<int> open = [];
        proposer.OnEmit = flashblock =>
        {
            arrivals.Add(follower.Node.FlashblockArrivedAsync(NodeRollup.Valid(flashblock)));
            open.Add(follower.Node.OpenForks);
        };

        // By its flashblocks.
        await proposer.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 0));
        ChunkProposal first = await proposer.BuildAsync(1, 0);
        Assert.All(open, forks => Assert.Equal(1, forks));
        await follower.Node.ChunkArrivedAsync(NodeRollup.Valid(first));
        Assert.Equal((1UL, 0), (follower.Node.View.Latest.Number, follower.Node.OpenForks));

        // A wrong one as a whole, while the right one's flashblocks are here; then that comes as a whole too.
        await proposer.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 1));
        ChunkProposal second = await proposer.BuildAsync(1, 1, isLast: true);
        Assert.Equal(1, follower.Node.OpenForks);
        ChunkHeader wrong = new(
            1, second.Header.Producer, 1, true, default, second.Header.Block with { StateRoot = NodeRollup.Digest("wrong") }, second.Header.Transactions);
        await follower.Node.ChunkArrivedAsync(NodeRollup.Valid(_rollup.Propose(wrong, [.. proposer.Node.View.Latest.Transactions.Select(transaction => transaction.Raw)])));
        Assert.Equal(ChunkVerdict.StateMismatch, (await follower.Node.WaitForVerdictAsync(wrong.Hash)).Verdict);
        Assert.Equal(1, follower.Node.OpenForks);
        await follower.Node.ChunkArrivedAsync(NodeRollup.Valid(second));
        await follower.Node.CertificateArrivedAsync(_rollup.Certify(second.Header));
        Assert.Equal((2UL, 0), (follower.Node.View.Latest.Number, follower.Node.OpenForks));

        // A part of one, and then L1 takes the slot below it away.
        await proposer.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 2));
        await proposer.BuildAsync(2, 0);
        Assert.Equal(1, follower.Node.OpenForks);
        await Task.Delay(_rollup.Timetable.Deadlines(1).Orphaned + TimeSpan.FromSeconds(1) - _time.GetUtcNow(), _time);
        Assert.Equal((0UL, 0), (follower.Node.View.Latest.Number, follower.Node.OpenForks));
    });

    [Fact]
    public void A_refused_signature_ends_the_build_and_nothing_is_shown() => VirtualRun.Run(_time, async () =>
    {
        TestNode node = await TestNode.OpenAsync(_rollup, _time);
        Hash256 hash = await node.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 0));
        node.MaySign = payload => payload.Index < 2;
        BuildOutcome outcome = await node.Node.BuildAsync(node.Request(1, 0, node.Node.View.Latest.Hash), node);
        Assert.Equal(2U, Assert.IsType<BuildOutcome.SigningRefused>(outcome).Flashblock);
        Assert.Equal(2, node.Emitted.Count);
        Assert.Equal(2, node.Node.View.Pending!.Flashblocks.Length);
        Assert.IsType<TransactionStatus.Preconfirmed>(node.StatusOf(hash));
    });

    [Fact]
    public void Nothing_is_promised_before_the_least_number_of_transactions_is_there() => VirtualRun.Run(_time, async () =>
    {
        TestNode node = await TestNode.OpenAsync(_rollup, _time);
        Assert.IsType<BuildOutcome.TooFewTransactions>(await node.Node.BuildAsync(node.Request(1, 0, node.Node.View.Latest.Hash, minTransactions: 1), node));
        Assert.Empty(node.Emitted);

        Task<BuildOutcome> build = node.Node.BuildAsync(node.Request(1, 1, node.Node.View.Latest.Hash, minTransactions: 2), node);
        await Task.Delay(TimeSpan.FromMilliseconds(900), _time);
        await node.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 0));
        await node.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 1));
        // Index 1 without index 0 is no place in a slot, but building does not mind: the chain does.
        Assert.IsType<BuildOutcome.Sealed>(await build);
        Assert.Equal(2, node.Emitted[0].Payload.Diff.Transactions.Length);
    });

    [Fact]
    public void The_parent_of_the_next_slot_is_the_complete_pending_chunk_and_its_expected_checkpoint() => VirtualRun.Run(_time, async () =>
    {
        TestNode proposer = await TestNode.OpenAsync(_rollup, _time);
        TestNode next = await TestNode.OpenAsync(_rollup, _time);
        proposer.OnEmit = flashblock => _ = next.Node.FlashblockArrivedAsync(NodeRollup.Valid(flashblock));
        await proposer.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 0));
        ChunkProposal first = await proposer.BuildAsync(1, 0);
        await next.Node.ChunkArrivedAsync(NodeRollup.Valid(proposer.Node.View.Latest.Proposal!));
        await proposer.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 1));
        ChunkProposal last = await proposer.BuildAsync(1, 1, isLast: true);

        ParentChoice.Chosen choice = Assert.IsType<ParentChoice.Chosen>(await next.Node.ChooseParentAsync(2));
        Assert.Equal(last.Header.Block.ComputeHash(), choice.Block.Hash);
        CheckpointHeader checkpoint = proposer.Checkpoint(1);
        Assert.Equal((checkpoint.Hash, true), (choice.Checkpoint, choice.IsExpected));

        // It builds on it before the chunk itself has come.
        BuildOutcome outcome = await next.Node.BuildAsync(next.Request(2, 0, choice.Block.Hash), next);
        BuildOutcome.Sealed built = Assert.IsType<BuildOutcome.Sealed>(outcome);
        await next.Node.CheckpointArrivedAsync(NodeRollup.Valid(_rollup.Propose(checkpoint, proposer.Node.View.Latest.Proposal)));
        Assert.IsType<AdoptOutcome.Adopted>(await next.Node.AdoptAsync(_rollup.Propose(built.Header)));
        Assert.Equal(3UL, next.Node.View.Latest.Number);
        Assert.IsType<ParentChoice.TooDeep>(await next.Node.ChooseParentAsync(3));
        Assert.Equal(first.Header.Block.ComputeHash(), next.Node.View.Recent[1].Hash);
    });

    [Fact]
    public void A_checkpoint_on_L1_is_fetched_and_executed_by_a_node_that_saw_nothing() => VirtualRun.Run(_time, async () =>
    {
        TestNode proposer = await TestNode.OpenAsync(_rollup, _time);
        await proposer.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 0));
        await proposer.BuildAsync(1, 0);
        await proposer.BuildAsync(1, 1, isLast: true);
        CheckpointHeader checkpoint = proposer.Checkpoint(1);
        TestNode late = await TestNode.OpenAsync(_rollup, _time, source: new PullingSource(proposer));
        await late.Node.L1MovedAsync(NodeRollup.L1(100, 14, "", new RollupChange.CheckpointLanded(1, checkpoint, AttestationVerdict.Valid)));
        await Task.Delay(TimeSpan.FromSeconds(1), _time);
        Assert.Equal(proposer.Node.View.Latest.Id, late.Node.View.Tips.Checkpointed);
        Assert.Equal(proposer.Node.View.Latest.State.Root, late.Node.View.Latest.State.Root);
    });

    [Fact]
    public void The_journal_is_written_anew_and_a_restart_from_it_knows_everything() => VirtualRun.Run(_time, async () =>
    {
        ReplicaOptions options = new() { CompactAfter = 64, Chain = new ChainOptions { SettleDepth = 2 } };
        TestNode node = await TestNode.OpenAsync(_rollup, _time, options: options);
        ulong l1 = 100;
        ulong nonce = 0;
        Hash256 parent = default;
        await node.Node.L1MovedAsync(NodeRollup.L1(l1, 0));
        for (ulong slot = 1; slot <= 4; slot++)
        {
            for (uint index = 0; index < 3; index++)
            {
                for (int i = 0; i < 3; i++)
                {
                    await node.SubmitAsync(_rollup.Send(_rollup.Accounts[0], nonce++));
                }

                ChunkProposal chunk = await node.BuildAsync(slot, index, isLast: index == 2);
                await node.Node.CertificateArrivedAsync(_rollup.Certify(chunk.Header));
            }

            CheckpointHeader checkpoint = node.Checkpoint(slot, parent);
            await node.Node.CheckpointArrivedAsync(NodeRollup.Valid(_rollup.Propose(checkpoint)));
            parent = checkpoint.Hash;
            await node.Node.L1MovedAsync(NodeRollup.L1(++l1, 12 * slot, "", new RollupChange.CheckpointLanded(slot, checkpoint, AttestationVerdict.Valid)));
        }

        Hash256 waiting = await node.SubmitAsync(_rollup.Send(_rollup.Accounts[3], 0));
        Assert.Equal(6UL, node.Storage.Head!.Number);
        Assert.True(node.Journal.FirstSequence > 0, "the journal was not written anew");
        ReplicaView before = node.Node.View;

        TestNode restarted = await node.RestartAsync(options);
        Assert.Equal(before.Tips, restarted.Node.View.Tips);
        Assert.Equal(before.L1Head, restarted.Node.View.L1Head);
        Assert.Equal(before.Recent.Select(block => block.Hash), restarted.Node.View.Recent.Select(block => block.Hash));
        Assert.Equal(before.Latest.State.Root, restarted.Node.View.Latest.State.Root);
        Assert.IsType<TransactionStatus.Pending>(restarted.StatusOf(waiting));
        ParentChoice.Chosen choice = Assert.IsType<ParentChoice.Chosen>(await restarted.Node.ChooseParentAsync(5));
        Assert.Equal((parent, false), (choice.Checkpoint, choice.IsExpected));
        await restarted.BuildAsync(5, 0);
        Assert.Equal(13UL, restarted.Node.View.Latest.Number);
    });

    [Fact]
    public void The_journal_stays_short_over_many_slots_of_which_some_are_given_up_and_a_restart_from_it_knows_everything() => VirtualRun.Run(_time, async () =>
    {
        ReplicaOptions options = new() { CompactAfter = 64, Chain = new ChainOptions { SettleDepth = 2 } };
        TestNode node = await TestNode.OpenAsync(_rollup, _time, options: options);
        ulong l1 = 100;
        ulong checkpoints = 0;
        Hash256 parent = default;
        List<Hash256> sent = [];
        List<long> lengths = [];
        ulong slot = 0;
        for (int i = 0; i < 60; i++)
        {
            slot = Math.Max(slot + 1, (_rollup.Timetable.Consensus.BuildingSlotAt(_time.GetUtcNow()) ?? 0) + 1);
            sent.Add(await node.SubmitAsync(_rollup.Send(_rollup.Accounts[0], (ulong)i)));
            ulong before = node.Node.View.Latest.Number;
            ChunkProposal chunk = await node.BuildAsync(slot, 0, isLast: true);
            if (i % 3 == 2)
            {
                // Nobody proposes its checkpoint.
                await Task.Delay(_rollup.Timetable.Deadlines(slot).Orphaned + TimeSpan.FromSeconds(1) - _time.GetUtcNow(), _time);
                Assert.Equal(before, node.Node.View.Latest.Number);
            }
            else
            {
                await node.Node.CertificateArrivedAsync(_rollup.Certify(chunk.Header));
                CheckpointHeader checkpoint = node.Checkpoint(slot, parent);
                await node.Node.CheckpointArrivedAsync(NodeRollup.Valid(_rollup.Propose(checkpoint)));
                parent = checkpoint.Hash;
                checkpoints++;
                DateTimeOffset now = _time.GetUtcNow();
                await node.Node.L1MovedAsync(NodeRollup.L1(++l1, (now - NodeRollup.Start).TotalSeconds, "", new RollupChange.CheckpointLanded(checkpoints, checkpoint, AttestationVerdict.Valid)));
                await node.Node.L1MovedAsync(NodeRollup.L1(++l1, (now - NodeRollup.Start).TotalSeconds, "", new RollupChange.EpochProven(checkpoints)));
                await node.Node.L1MovedAsync(new L1Update.Finalized(NodeRollup.L1(l1, 0).Id));
            }

            lengths.Add(node.Journal.NextSequence - node.Journal.FirstSequence);
        }

        // What is settled, final or given up is in no record any more, however long the node runs.
        Assert.True(lengths[40..].Max() <= lengths[..20].Max(), string.Join(' ', lengths));
        ReplicaView last = node.Node.View;
        TestNode restarted = await node.RestartAsync(options);
        Assert.Equal(last.Tips, restarted.Node.View.Tips);
        Assert.Equal(last.L1Head, restarted.Node.View.L1Head);
        Assert.Equal(last.Latest.State.Root, restarted.Node.View.Latest.State.Root);
        Assert.Equal(last.PendingBlocks.Select(block => block.Hash), restarted.Node.View.PendingBlocks.Select(block => block.Hash));
        Assert.Equal(sent.Select(hash => node.StatusOf(hash)), sent.Select(hash => restarted.StatusOf(hash)));
        Assert.Equal(sent.Select(hash => node.Node.FollowsStatus(hash)), sent.Select(hash => restarted.Node.FollowsStatus(hash)));
    });

    [Fact]
    public void Of_what_is_settled_a_restart_keeps_no_history() => VirtualRun.Run(_time, async () =>
    {
        ReplicaOptions options = new() { Chain = new ChainOptions { SettleDepth = 2 } };
        TestNode node = await TestNode.OpenAsync(_rollup, _time, options: options);
        Hash256 settled = await node.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 0));
        await node.BuildAsync(1, 0, isLast: true);
        CheckpointHeader checkpoint = node.Checkpoint(1);
        await node.Node.CheckpointArrivedAsync(NodeRollup.Valid(_rollup.Propose(checkpoint)));
        await node.Node.L1MovedAsync(NodeRollup.L1(100, 14, "", new RollupChange.CheckpointLanded(1, checkpoint, AttestationVerdict.Valid)));
        await node.Node.L1MovedAsync(NodeRollup.L1(101, 16));
        Assert.True(node.Node.FollowsStatus(settled));
        await node.Node.L1MovedAsync(NodeRollup.L1(102, 18));
        Hash256 waiting = await node.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 1));
        Assert.False(node.Node.FollowsStatus(settled));

        TestNode restarted = await node.RestartAsync(options);
        Assert.False(restarted.Node.FollowsStatus(settled));
        Assert.IsType<TransactionStatus.Checkpointed>(restarted.StatusOf(settled));
        Assert.True(restarted.Node.FollowsStatus(waiting));
    });

    [Fact]
    public void A_chunk_that_was_given_up_does_not_come_back_with_a_restart_from_a_journal_that_was_written_anew() => VirtualRun.Run(_time, async () =>
    {
        ReplicaOptions options = new() { CompactAfter = 64, Chain = new ChainOptions { SettleDepth = 2 } };
        TestNode node = await TestNode.OpenAsync(_rollup, _time, options: options);
        for (uint index = 0; index < 6; index++)
        {
            await node.BuildAsync(1, index, isLast: index == 5);
        }

        CheckpointHeader checkpoint = node.Checkpoint(1);
        Hash256 lost = await node.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 0));
        await node.BuildAsync(2, 0, isLast: true);
        await node.Node.L1MovedAsync(NodeRollup.L1(100, 26, "", new RollupChange.CheckpointLanded(1, checkpoint, AttestationVerdict.Valid)));
        await Task.Delay(_rollup.Timetable.Deadlines(2).Orphaned + TimeSpan.FromSeconds(1) - _time.GetUtcNow(), _time);
        Assert.IsType<TransactionStatus.Pending>(node.StatusOf(lost));
        await node.Node.L1MovedAsync(NodeRollup.L1(101, 28));
        await node.Node.L1MovedAsync(NodeRollup.L1(102, 30));
        Assert.True(node.Journal.FirstSequence > 0, "the journal was not written anew");

        TestNode restarted = await node.RestartAsync(options);
        Assert.Equal(6UL, restarted.Node.View.Latest.Number);
        Assert.Empty(restarted.Node.View.PendingBlocks);
        Assert.IsType<TransactionStatus.Pending>(restarted.StatusOf(lost));
        Assert.True(restarted.Node.Pool.TryGet(lost, out _));
    });

    [Fact]
    public void A_chunk_that_was_given_up_and_came_back_from_L1_is_in_the_new_journal_once() => VirtualRun.Run(_time, async () =>
    {
        ReplicaOptions options = new() { CompactAfter = 64, Chain = new ChainOptions { SettleDepth = 2 } };
        TestNode proposer = await TestNode.OpenAsync(_rollup, _time);
        TestNode node = await TestNode.OpenAsync(_rollup, _time, source: new PullingSource(proposer), options: options);
        proposer.OnEmit = flashblock => _ = node.Node.FlashblockArrivedAsync(NodeRollup.Valid(flashblock));
        for (uint index = 0; index < 6; index++)
        {
            await node.Node.ChunkArrivedAsync(NodeRollup.Valid(await proposer.BuildAsync(1, index, isLast: index == 5)));
        }

        CheckpointHeader first = proposer.Checkpoint(1);
        await node.Node.ChunkArrivedAsync(NodeRollup.Valid(await proposer.BuildAsync(2, 0, isLast: true)));
        CheckpointHeader second = proposer.Checkpoint(2, first.Hash);
        foreach (CheckpointHeader header in new[] { first, second })
        {
            await proposer.Node.CheckpointArrivedAsync(NodeRollup.Valid(_rollup.Propose(header)));
        }

        // The node heard of the first only.
        await node.Node.L1MovedAsync(NodeRollup.L1(100, 26, "", new RollupChange.CheckpointLanded(1, first, AttestationVerdict.Valid)));
        await Task.Delay(_rollup.Timetable.Deadlines(2).Orphaned + TimeSpan.FromSeconds(1) - _time.GetUtcNow(), _time);
        Assert.Equal(6UL, node.Node.View.Latest.Number);
        await node.Node.L1MovedAsync(NodeRollup.L1(101, 28, "", new RollupChange.CheckpointLanded(2, second, AttestationVerdict.Valid)));
        await Task.Delay(TimeSpan.FromSeconds(1), _time);
        Assert.Equal(7UL, node.Node.View.Latest.Number);
        await node.Node.L1MovedAsync(NodeRollup.L1(102, 30));
        Assert.True(node.Journal.FirstSequence > 0, "the journal was not written anew");
        await node.Node.L1MovedAsync(NodeRollup.L1(103, 32));
        Assert.Equal(7UL, node.Storage.Head!.Number);

        TestNode restarted = await node.RestartAsync(options);
        Assert.Equal(node.Node.View.Tips, restarted.Node.View.Tips);
        Assert.Equal(node.Node.View.L1Head, restarted.Node.View.L1Head);
    });

    [Fact]
    public void A_checkpoint_that_landed_in_the_same_L1_block_as_the_newest_settled_one_is_not_forgotten_with_the_journal() => VirtualRun.Run(_time, async () =>
    {
        ReplicaOptions options = new() { CompactAfter = 64, Chain = new ChainOptions { SettleDepth = 2 } };
        TestNode proposer = await TestNode.OpenAsync(_rollup, _time);
        TestNode node = await TestNode.OpenAsync(_rollup, _time, options: options);
        proposer.OnEmit = flashblock => _ = node.Node.FlashblockArrivedAsync(NodeRollup.Valid(flashblock));
        for (uint index = 0; index < 6; index++)
        {
            await proposer.SubmitAsync(_rollup.Send(_rollup.Accounts[0], index));
            await node.Node.ChunkArrivedAsync(NodeRollup.Valid(await proposer.BuildAsync(1, index, isLast: index == 5)));
        }

        // It hears nothing of the next slot.
        proposer.OnEmit = null;
        CheckpointHeader first = proposer.Checkpoint(1);
        await proposer.BuildAsync(2, 0, isLast: true);
        CheckpointHeader second = proposer.Checkpoint(2, first.Hash);
        BlockId last = proposer.Node.View.Latest.Id;
        await node.Node.L1MovedAsync(NodeRollup.L1(
            100, 26, "", new RollupChange.CheckpointLanded(1, first, AttestationVerdict.Valid), new RollupChange.CheckpointLanded(2, second, AttestationVerdict.Valid)));
        await node.Node.L1MovedAsync(NodeRollup.L1(101, 28));
        await node.Node.L1MovedAsync(NodeRollup.L1(102, 30));
        Assert.Equal(6UL, node.Storage.Head!.Number);

        node.Node.Abort();
        TestNode restarted = await TestNode.OpenAsync(_rollup, _time, node.Storage, node.Journal, new PullingSource(proposer), options);
        await Task.Delay(TimeSpan.FromSeconds(10), _time);
        Assert.Equal(last, restarted.Node.View.Tips.Checkpointed);
    });

    [Fact]
    public void What_a_closed_node_did_not_take_is_not_known_to_it_when_it_comes_again() => VirtualRun.Run(_time, async () =>
    {
        TestNode node = await TestNode.OpenAsync(_rollup, _time);
        node.Node.Abort();
        Transaction transaction = _rollup.Send(_rollup.Accounts[0], 0);
        for (int attempt = 0; attempt < 2; attempt++)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => node.Node.SubmitAsync(transaction.Raw.Memory));
        }

        Assert.False(node.Node.Pool.TryGet(transaction.Hash, out _));
    });

    [Fact]
    public async Task A_node_whose_disk_is_full_refuses_what_it_cannot_keep_says_why_and_closes()
    {
        using TemporaryFolder folder = new();
        FullJournal journal = new();
        ReplicaNode node = await ReplicaNode.OpenAsync(_rollup.Genesis, new ReplicaOptions { DataFolder = folder.Path }, new ReplicaServices { Time = _time, Journal = journal });
        journal.IsFull = true;
        Assert.IsType<SubmitOutcome.StorageFailed>(await node.SubmitAsync(_rollup.Send(_rollup.Accounts[0], 0).Raw.Memory));
        StorageException failure = await Assert.ThrowsAsync<StorageException>(() => node.Completion);
        Assert.Equal(StorageFault.DiskFull, failure.Fault);

        // Closing waits for what runs: nothing does any more.
        await node.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System, TestContext.Current.CancellationToken);
    }

    /// <summary>A journal on a disk that fills up when the test says so.</summary>
    private sealed class FullJournal : IJournal
    {
        private readonly MemoryJournal _journal = new();

        public bool IsFull { get; set; }

        public long FirstSequence => _journal.FirstSequence;

        public long NextSequence => _journal.NextSequence;

        public ValueTask<long> AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default) => IsFull
            ? throw new StorageException(StorageFault.DiskFull, "journal", "No room to write.", "Free disk space.")
            : _journal.AppendAsync(record, cancellationToken);

        public IEnumerable<JournalRecord> Read(long from = 0) => _journal.Read(from);

        public void TruncateBefore(long sequence) => _journal.TruncateBefore(sequence);

        public ValueTask DisposeAsync() => _journal.DisposeAsync();
    }
}
