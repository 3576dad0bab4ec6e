using System.Collections.Immutable;
using Cloud.Execution.Pool;
using Cloud.Execution.State;
using Cloud.Execution.Verification;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Deposits;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Settlement.Blobs;
using Cloud.Settlement.BlobStores;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.Following;
using Cloud.Settlement.Tests.Support;
using Cloud.Settlement.Transactions;
using Cloud.Settlement.Watching;

namespace Cloud.Settlement.Tests.Following;

/// <summary>A follower that is given nothing but anvil's events and its beacon endpoint's blobs. <c>SETTLEMENT_TESTS_CHUNKS</c> sets the length of the long run.</summary>
[Collection(OwnAnvilCollection.Name)]
[Trait("Category", "EndToEnd")]
public sealed class FollowerTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const uint SlotDuration = 72;
    private readonly string _folder = Directory.CreateTempSubdirectory("follower").FullName;
    private readonly List<IDisposable> _owned = [];
    private Anvil _anvil = null!;
    private TestRollup _rollup = null!;
    private TestChain _chain = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        const uint Epoch = 512;
        _anvil = await Anvil.StartAsync("--slots-in-an-epoch", "2");
        _rollup = await TestRollup.StartAsync(_anvil, change: p => p with
        {
            SlotDuration = SlotDuration,
            EpochSlots = Epoch,
            RingSize = 2048,
            ExitDelay = RollupParameters.MinExitDelay(SlotDuration, Epoch, 2, 1),
        });
        _chain = new TestChain(new TestBlockRules(_rollup.Parameters.GenesisTime, SlotDuration));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IDisposable owned in Enumerable.Reverse(_owned))
        {
            owned.Dispose();
        }

        _chain.Dispose();
        await _anvil.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task From_L1_and_blobs_alone_it_reaches_the_same_state_over_many_chunks_and_goes_on_after_a_restart()
    {
        const int PerCheckpoint = 25;
        int wanted = int.TryParse(Environment.GetEnvironmentVariable("SETTLEMENT_TESTS_CHUNKS"), out int chunks) ? chunks : 1_000;
        ulong slot = 0;
        for (int built = 0; built < wanted; built += PerCheckpoint)
        {
            await PostAsync(++slot, PerCheckpoint, transfers: 8);
        }

        (Follower follower, IDisposable owned) = Open();
        List<FollowerEvent> events = await FollowAsync(follower);
        Assert.All(events, found => Assert.True(found is FollowerEvent.Followed or FollowerEvent.Finalized, found.ToString()));
        Assert.Equal((_chain.HeadHash, _chain.Head.StateRoot), (follower.Tip.BlockHash, follower.Progress.StateRoot));
        Assert.Equal(((ulong)wanted, true), (follower.Progress.Chunks, follower.Progress.IsCaughtUp));
        output.WriteLine(follower.Progress.ToString());
        owned.Dispose();

        // What is final is on disk and is not executed again.
        await PostAsync(++slot, 2, transfers: 3);
        (follower, _) = Open();
        await FollowAsync(follower);
        Assert.Equal((_chain.HeadHash, _chain.Head.StateRoot), (follower.Tip.BlockHash, follower.Progress.StateRoot));
        Assert.True(follower.Progress.Chunks < (ulong)wanted, follower.Progress.ToString());
    }

    [Fact]
    public async Task Deposits_are_minted_in_order_in_the_first_chunk_of_the_slot_that_consumes_them()
    {
        await _rollup.GoToSlotAsync(1);
        Address to = Address.Parse("0x00000000000000000000000000000000000d0001");
        for (byte i = 1; i <= 3; i++)
        {
            await _rollup.SendAsync(RollupCalls.Deposit(to, 60_000, [i]), (ulong)i * 1_000);
        }

        await PostAsync(1, 2, transfers: 2, deposits: 2);
        await PostAsync(2, 2, transfers: 2, deposits: 3);
        (Follower follower, _) = Open();
        await FollowAsync(follower);
        Assert.Equal((2UL, _chain.HeadHash), (follower.Tip.Posted.Number, follower.Tip.BlockHash));
        Assert.True(follower.Tip.State!.TryGetAccount(to, out Account account));
        Assert.Equal(6_000UL, account.Balance);
    }

    [Fact]
    public async Task Bad_attestations_are_named_with_an_accusation_and_left_out_until_the_contract_removes_them()
    {
        await PostAsync(1, 2, transfers: 2);
        (BlockHeaderMark mark, CheckpointData good) = (new BlockHeaderMark(_chain), await BuildAsync(2, 2, 2, 0));
        await PostAsync(good, _rollup.Attest(good.Header, signers: 1));
        (Follower follower, _) = Open();
        List<FollowerEvent> events = await FollowAsync(follower);
        FollowerEvent.Invalid invalid = Assert.Single(events.OfType<FollowerEvent.Invalid>());
        Assert.Equal((1UL, 2UL), (follower.Tip.Posted.Number, invalid.Number));
        await _rollup.SendAsync(RollupCalls.Invalidate(invalid.Accusation));
        _rollup.Records.RemoveAt(2);
        mark.Reset(_chain);
        await PostAsync(3, 3, transfers: 2);
        await FollowAsync(follower);
        Assert.Equal((2UL, _chain.HeadHash), (follower.Tip.Posted.Number, follower.Tip.BlockHash));
    }

    [Fact]
    public async Task Garbage_in_blobs_and_lies_in_headers_never_stop_it()
    {
        await PostAsync(1, 1, transfers: 1);
        BlockHeaderMark mark = new(_chain);

        // A quorum has signed a header, and the blobs hold noise behind good attestations.
        CheckpointData unreadable = await BuildAsync(2, 1, 1, 0);
        byte[] noise = new byte[5_000];
        new Random(3).NextBytes(noise);
        BlobFrame frame = new(_rollup.Attest(unreadable.Header), noise, 100_000, BodyCompression.Brotli);
        Assert.True(frame.Encode().TryGet(out ImmutableArray<Bytes> blobs, out _));
        await PostAsync(unreadable.Header, BlobSidecarBuilder.Build(blobs), 0);
        (Follower follower, _) = Open();
        List<FollowerEvent> events = await FollowAsync(follower);
        Assert.Contains(events, found => found is FollowerEvent.Unreadable { Number: 2 });

        // On top of it a good one, which cannot be followed; then the noise of a single blob.
        await PostAsync(await BuildAsync(3, 1, 1, 0), null);
        byte[] wild = new byte[Kzg.BlobLength];
        for (int i = 0; i < wild.Length; i++)
        {
            wild[i] = (byte)(i % 32 == 0 ? 0 : i * 7);
        }

        CheckpointHeader any = _rollup.Header(4);
        await PostAsync(any, BlobSidecarBuilder.Build([wild]), 0);
        events = await FollowAsync(follower);
        Assert.Equal([3UL, 4UL], events.OfType<FollowerEvent.Skipped>().Select(skipped => skipped.Number));
        Assert.Equal(1UL, follower.Tip.Posted.Number);
        mark.Reset(_chain);
    }

    [Fact]
    public async Task S20_blobs_that_nobody_has_stop_it_there_with_setting_and_remedy_and_everything_else_goes_on()
    {
        FileBlobStore store = new(Path.Combine(_folder, "blobs"));
        using BeaconBlobSource dead = new(new BeaconOptions { Endpoint = new Uri("http://127.0.0.1:9") }, TimeProvider.System);
        CheckpointData data = await BuildAsync(1, 1, 1, 0);
        Assert.True(data.ToFrame(_rollup.Attest(data.Header)).Encode().TryGet(out ImmutableArray<Bytes> blobs, out _));
        BlobSidecar sidecar = BlobSidecarBuilder.Build(blobs);
        await PostAsync(data.Header, sidecar, 0);
        (Follower follower, _) = Open(new BlobArchive(store, dead));
        List<FollowerEvent> events = [];
        while (follower.Progress is { Waiting: 0 } or { L1Behind: > 0 })
        {
            events.AddRange(await follower.StepAsync(Cancel));
        }

        string message = events.OfType<FollowerEvent.Waiting>().Last().Message;
        Assert.Contains("L1:Beacon:Endpoint", message, StringComparison.Ordinal);
        Assert.Contains("BlobStore", message, StringComparison.Ordinal);

        // L1 is followed on: deposits and committees arrive.
        await _rollup.SendAsync(RollupCalls.Deposit(Anvil.Rich, 60_000, []), 5UL);
        await follower.StepAsync(Cancel);
        Assert.Equal((1UL, 0UL), (follower.View!.State.Inbox.Count, follower.Tip.Posted.Number));

        // Somebody has kept them.
        await store.PutAsync(sidecar.VersionedHashes[0], sidecar.Blobs[0], Cancel);
        await FollowAsync(follower);
        Assert.Equal((1UL, _chain.HeadHash), (follower.Tip.Posted.Number, follower.Tip.BlockHash));
    }

    [Theory]
    [InlineData(-7)]
    [InlineData(7)]
    public async Task A_wrong_local_clock_does_not_stop_it(int days)
    {
        await PostAsync(1, 2, transfers: 2);
        (Follower follower, _) = Open(time: new ShiftedTime(TimeSpan.FromDays(days)));
        await FollowAsync(follower);
        Assert.Equal((1UL, _chain.HeadHash), (follower.Tip.Posted.Number, follower.Tip.BlockHash));
    }

    [Fact]
    public async Task A_state_root_that_re_execution_does_not_give_is_reported_and_not_followed()
    {
        await PostAsync(1, 1, transfers: 1);
        CheckpointData honest = await BuildAsync(2, 1, 2, 0);
        ChunkHeader chunk = honest.Chunks[0].Header;
        ChunkHeader lie = new(chunk.Slot, chunk.Producer, chunk.Index, chunk.IsLast, chunk.InHash, chunk.Block with { StateRoot = Keccak256.Hash([1]) }, chunk.Transactions);
        CheckpointHeader h = honest.Header;
        CheckpointHeader header = new(
            h.Slot, h.Parent, h.FirstBlock, h.Chunks, CheckpointHeader.HashOfChunks([lie.Hash]), lie.Block.ComputeHash(), lie.Block.StateRoot, h.InHash, h.OutHash, h.Timestamp, h.FeeRecipient, h.GasUsed);
        await PostAsync(new CheckpointData(header, [new ChunkData(lie, honest.Chunks[0].Transactions)]), null);
        (Follower follower, _) = Open();
        List<FollowerEvent> events = await FollowAsync(follower);
        FollowerEvent.Diverged diverged = Assert.Single(events.OfType<FollowerEvent.Diverged>());
        Assert.Contains("StateRoot", diverged.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reorganisation_takes_checkpoints_back_and_others_follow()
    {
        await PostAsync(1, 1, transfers: 1);
        BlockHeaderMark mark = new(_chain);
        (Follower follower, _) = Open();
        await FollowAsync(follower);
        await PostAsync(2, 2, transfers: 2);
        await FollowAsync(follower);
        Assert.Equal(2UL, follower.Tip.Posted.Number);
        await _anvil.AskAsync("anvil_rollback", 1);
        _rollup.Records.RemoveAt(2);
        mark.Reset(_chain);
        _anvil.ForgetNonce();
        await PostAsync(3, 3, transfers: 1);
        List<FollowerEvent> events = await FollowAsync(follower);
        Assert.Contains(events, found => found is FollowerEvent.RolledBack { Number: 1 });
        Assert.Equal((2UL, _chain.HeadHash), (follower.Tip.Posted.Number, follower.Tip.BlockHash));
    }

    private async Task<CheckpointData> BuildAsync(ulong slot, int chunks, int transfers, ulong deposits)
    {
        Hash256 inHash = new((await _rollup.QueryAsync("inHashOf", deposits)).Span);
        ImmutableArray<Transaction> minted = [];
        if (deposits > _rollup.Tip.DepositCount)
        {
            RollupWatcher watcher = new(_anvil.Client, Options());
            while (watcher.View is null || watcher.Behind > 0)
            {
                await watcher.PollAsync(Cancel);
            }

            Inbox inbox = watcher.State.Inbox;
            DepositOutcome.Expected expected = Assert.IsType<DepositOutcome.Expected>(
                DepositRule.Expect(inbox, inbox.HashAt(_rollup.Tip.DepositCount), 0, inHash, DepositLimits.Default));
            minted = expected.Transactions;
        }

        Address proposer = _rollup.CommitteeOf(slot).ProposerAt(slot);
        return _chain.Build(slot, _rollup.Tip.PayloadHash, proposer, chunks, transfers, inHash, minted);
    }

    private async Task PostAsync(ulong slot, int chunks, int transfers, ulong deposits = 0) =>
        await PostAsync(await BuildAsync(slot, chunks, transfers, deposits), null, deposits);

    private async Task PostAsync(CheckpointData data, BlobAttestations? attestations, ulong deposits = 0)
    {
        Assert.Null(data.Check());
        Assert.True(data.ToFrame(attestations ?? _rollup.Attest(data.Header)).Encode().TryGet(out ImmutableArray<Bytes> blobs, out _));
        await PostAsync(data.Header, BlobSidecarBuilder.Build(blobs), deposits);
    }

    private async Task PostAsync(CheckpointHeader header, BlobSidecar sidecar, ulong deposits)
    {
        await _rollup.GoToSlotAsync(header.Slot);
        await _rollup.ProposeAsync(header, sidecar, deposits);
    }

    private WatcherOptions Options() => new() { Rollup = _rollup.Address, GenesisHash = _rollup.Parameters.GenesisHash, LogRange = 5, ReorgDepth = 10 };

    private (Follower Follower, IDisposable Owned) Open(IBlobSource? blobs = null, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        WorldState world = TestChain.NewWorld(_folder);
        BeaconBlobSource beacon = new(new BeaconOptions { Endpoint = _anvil.Address, BlockId = BeaconBlockId.Number }, TimeProvider.System);
        CheckpointReader reader = new(_anvil.Client, blobs ?? beacon, _rollup.Domains, _rollup.Parameters.EpochSlots);
        FollowerOptions options = new() { Genesis = TestChain.Genesis, Transactions = new TransactionRules { ChainId = TestRollup.L2ChainId, AllowDeposits = true } };
        Follower follower = new(
            new RollupWatcher(_anvil.Client, Options()), reader, world, _chain.Rules, new ChunkVerifier(new SenderCache(), time, 1), options, time);
        Owned owned = new([beacon, world]);
        _owned.Add(owned);
        return (follower, owned);
    }

    private static async Task<List<FollowerEvent>> FollowAsync(Follower follower)
    {
        List<FollowerEvent> all = [];
        for (int i = 0; i < 500; i++)
        {
            ImmutableArray<FollowerEvent> events = await follower.StepAsync(Cancel);
            Assert.DoesNotContain(events, found => found is FollowerEvent.Waiting);
            all.AddRange(events);
            if (events.IsEmpty && follower.Progress.IsCaughtUp)
            {
                return all;
            }
        }

        throw new InvalidOperationException($"Never caught up: {follower.Progress}.");
    }

    private sealed class ShiftedTime(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }

    private sealed class Owned(IDisposable[] items) : IDisposable
    {
        private bool _done;

        public void Dispose()
        {
            foreach (IDisposable item in _done ? [] : items)
            {
                item.Dispose();
            }

            _done = true;
        }
    }

    private sealed class BlockHeaderMark(TestChain chain)
    {
        private readonly (Cloud.Protocol.Blocks.BlockHeader Head, Hash256 Hash, StateLayer Layer, ulong[] Nonces) _mark = chain.Mark();

        public void Reset(TestChain other) => other.Reset(_mark);
    }
}
