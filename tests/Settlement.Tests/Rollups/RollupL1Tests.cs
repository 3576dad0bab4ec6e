using System.Collections.Immutable;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Blobs;
using Cloud.Settlement.BlobStores;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1Events;
using Cloud.Settlement.Publishing;
using Cloud.Settlement.Rollups;
using Cloud.Settlement.Tests.Support;
using Cloud.Settlement.Watching;
using PublicationOutcome = Cloud.Settlement.L1Events.PublicationOutcome;

namespace Cloud.Settlement.Tests.Rollups;

/// <summary>The pipeline's view of a real L1: publish, follow, read back.</summary>
[Collection(OwnAnvilCollection.Name)]
[Trait("Category", "EndToEnd")]
public sealed class RollupL1Tests : IAsyncLifetime
{
    private const uint SlotDuration = 1000;
    private readonly TemporaryFolder _folder = new();
    private Anvil _anvil = null!;
    private TestRollup _rollup = null!;
    private TestChain _chain = null!;
    private BeaconBlobSource _beacon = null!;
    private Publisher _publisher = null!;
    private RollupL1 _l1 = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _anvil = await Anvil.StartAsync("--slots-in-an-epoch", "2");
        _rollup = await TestRollup.StartAsync(_anvil);
        _chain = new TestChain(new TestBlockRules(_rollup.Parameters.GenesisTime, SlotDuration));
        await _anvil.AskAsync("anvil_setBalance", TestKeys.Signer("publisher 0").Address.ToString(), "0x56bc75e2d63100000");
        _beacon = new BeaconBlobSource(new BeaconOptions { Endpoint = _anvil.Address, BlockId = BeaconBlockId.Number }, TimeProvider.System);
        PublisherOptions options = new() { ChainId = Anvil.ChainId, Rollup = _rollup.Address, Policy = new PublishingPolicy { MaxWaitBlocks = 0 } };
        _publisher = new Publisher(_anvil.Client, [TestKeys.Signer("publisher 0")], new MemoryPublicationStore(), options);
        _l1 = new RollupL1(
            _anvil.Client,
            _publisher,
            new TestProposer(_rollup),
            new BlobArchive(new FileBlobStore(_folder.Path), _beacon),
            new RollupL1Options
            {
                Watcher = new WatcherOptions { Rollup = _rollup.Address, GenesisHash = _rollup.Parameters.GenesisHash, ReorgDepth = 10, LogRange = 20 },
                Context = _rollup.Context,
                Clock = RollupClock.Of(_rollup.Parameters),
                PollInterval = TimeSpan.FromMilliseconds(10),
            },
            TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        _l1.Dispose();
        _publisher.Dispose();
        _beacon.Dispose();
        _chain.Dispose();
        _folder.Dispose();
        await _anvil.DisposeAsync();
    }

    [Fact]
    public async Task A_checkpoint_is_published_seen_by_followers_and_read_back_from_its_blobs()
    {
        await _rollup.GoToSlotAsync(1);
        CheckpointPublication publication = Publication(1, default, 2);
        PublicationOutcome outcome = await PublishAsync(publication);
        Assert.Equal(1UL, Assert.IsType<PublicationOutcome.Landed>(outcome).Number);
        Assert.Equal(outcome, await PublishAsync(publication));
        ImmutableArray<ChunkProposal> chunks = (await _l1.ReadAsync(1, publication.Header, Cancel))!.Value;
        Assert.Equal(publication.Chunks.Select(chunk => chunk.Header), chunks.Select(chunk => chunk.Header));
        Assert.Equal(publication.Chunks[0].Bodies!.Value.AsSpan(), chunks[0].Bodies!.Value.AsSpan());

        RollupChange.CheckpointLanded landed = await FirstAsync<RollupChange.CheckpointLanded>(null);
        Assert.Equal((1UL, publication.Header, AttestationVerdict.Valid), (landed.Number, landed.Header, landed.Verdict));
        Assert.NotEmpty(Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task What_cannot_land_is_refused_with_the_rule_and_what_is_late_expires()
    {
        await _rollup.GoToSlotAsync(2);
        CheckpointPublication late = Publication(1, default, 1);
        Assert.IsType<PublicationOutcome.Expired>(await PublishAsync(late));
        CheckpointPublication bare = Publication(2, default, 1) with { Certificate = null };
        Assert.Equal(new PublicationOutcome.Rejected(PublicationFault.Incomplete), await PublishAsync(bare));
        CheckpointPublication first = Publication(2, default, 1);
        Assert.IsType<PublicationOutcome.Landed>(await PublishAsync(first));

        // Another checkpoint of the slot: the proposer's ledger does not let it out.
        Assert.Equal(new PublicationOutcome.Rejected(PublicationFault.NotSigned), await PublishAsync(Publication(2, first.Header.Hash, 1)));
    }

    [Fact]
    public async Task A_bad_checkpoint_is_removed_in_the_transaction_that_posts_the_next_one()
    {
        await _rollup.GoToSlotAsync(1);
        CheckpointData bad = _chain.Build(1, default, Proposer(1), 1, 1);
        Assert.True(bad.ToFrame(_rollup.Attest(bad.Header, signers: 1)).Encode().TryGet(out ImmutableArray<Bytes> blobs, out _));
        await _rollup.ProposeAsync(bad.Header, Cloud.Settlement.Transactions.BlobSidecarBuilder.Build(blobs));
        RollupChange.CheckpointLanded seen = await FirstAsync<RollupChange.CheckpointLanded>(null);
        Assert.Equal(AttestationVerdict.Insufficient, seen.Verdict);

        await _rollup.GoToSlotAsync(2);
        PublicationOutcome outcome = await PublishAsync(Publication(2, default, 2) with { InvalidateFirst = 1 });
        Assert.Equal(1UL, Assert.IsType<PublicationOutcome.Landed>(outcome).Number);
        RollupChange.CheckpointInvalidated removed = await FirstAsync<RollupChange.CheckpointInvalidated>(null);
        Assert.Equal((1UL, bad.Header.Hash), (removed.Number, removed.PayloadHash));
    }

    [Fact]
    public async Task A_follower_goes_on_after_the_block_that_it_knows_and_is_told_of_reorganisations()
    {
        await _rollup.GoToSlotAsync(1);
        await PublishAsync(Publication(1, default, 1));
        List<L1Update> updates = [];
        await foreach (L1Update update in _l1.FollowAsync(null, Cancel))
        {
            updates.Add(update);
            if (update is L1Update.Block { Changes.IsEmpty: false })
            {
                break;
            }
        }

        L1BlockRef known = ((L1Update.Block)updates[^1]).Id;
        await _rollup.GoToSlotAsync(2);
        await foreach (L1Update update in _l1.FollowAsync(known, Cancel))
        {
            L1Update.Block block = Assert.IsType<L1Update.Block>(update);
            Assert.Equal((known.Number + 1, known.Hash), (block.Id.Number, block.ParentHash));
            break;
        }

        // A block of that height which L1 does not have.
        await foreach (L1Update update in _l1.FollowAsync(known with { Hash = Keccak256.Hash([1]) }, Cancel))
        {
            Assert.Equal(known.Number - 1, Assert.IsType<L1Update.Reorged>(update).Ancestor.Number);
            break;
        }
    }

    [Fact]
    public async Task History_is_told_block_by_block_where_something_changed_and_says_what_it_leaves_out()
    {
        await _rollup.SendAsync(RollupCalls.Deposit(Anvil.Rich, 50_000, []), UInt256.One);
        await _anvil.AskAsync("anvil_mine", 200);
        await _rollup.SendAsync(RollupCalls.Deposit(Anvil.Rich, 50_000, []), UInt256.One);
        List<L1Update.Block> blocks = [];
        await foreach (L1Update update in _l1.FollowAsync(null, Cancel))
        {
            blocks.AddRange(update is L1Update.Block block ? [block] : []);
            if (blocks.Count > 0 && blocks[^1].Inbox.Count == 2)
            {
                break;
            }
        }

        Assert.Contains(blocks, block => block.IsAfterGap && block.Inbox.Count == 1);
        for (int i = 1; i < blocks.Count; i++)
        {
            Assert.True(
                blocks[i].IsAfterGap ? blocks[i].Id.Number > blocks[i - 1].Id.Number + 1 : blocks[i].Id.Number == blocks[i - 1].Id.Number + 1 && blocks[i].ParentHash == blocks[i - 1].Id.Hash,
                $"block {blocks[i].Id.Number} after {blocks[i - 1].Id.Number}");
        }

        // Who was away for longer than what is tracked goes on all the same.
        L1BlockRef known = blocks[0].Id;
        await foreach (L1Update update in _l1.FollowAsync(known, Cancel))
        {
            L1Update.Block block = Assert.IsType<L1Update.Block>(update);
            Assert.True(block.IsAfterGap || block.ParentHash == known.Hash);
            break;
        }
    }

    private Address Proposer(ulong slot) => _rollup.CommitteeOf(slot).ProposerAt(slot);

    private CheckpointPublication Publication(ulong slot, Hash256 parent, int chunks)
    {
        CheckpointData data = _chain.Build(slot, parent, Proposer(slot), chunks, 2);
        Committee committee = _rollup.CommitteeOf(slot);
        Statement statement = new(Duty.CheckpointAttestation(slot, AttestationKind.Executed), data.Header.Hash);
        SignerSet signers = SignerSet.Of([.. Enumerable.Range(0, committee.Quorum)
            .Select(i => new KeyValuePair<int, Signature>(i, Secp256k1.Sign(_rollup.KeyOf(committee.Members[i]), _rollup.Domains.Digest(statement))))]);
        CheckpointCertificate certificate = new(_rollup.Context, slot, AttestationKind.Executed, data.Header.Hash, signers);
        return new CheckpointPublication(
            data.Header,
            certificate,
            [.. data.Chunks.Select(chunk => new ChunkProposal(_rollup.Context, chunk.Header, default, chunk.Transactions))],
            DateTimeOffset.UnixEpoch,
            DateTimeOffset.FromUnixTimeSeconds((long)RollupClock.Of(_rollup.Parameters).DeadlineOf(slot)));
    }

    private async Task<PublicationOutcome> PublishAsync(CheckpointPublication publication)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task running = _l1.RunAsync(stop.Token);
        PublicationOutcome outcome = await _l1.PublishAsync(publication, Cancel);
        await stop.CancelAsync();
        await running;
        return outcome;
    }

    private async Task<T> FirstAsync<T>(L1BlockRef? after)
        where T : RollupChange
    {
        await foreach (L1Update update in _l1.FollowAsync(after, Cancel))
        {
            if (update is L1Update.Block block && block.Changes.OfType<T>().FirstOrDefault() is { } found)
            {
                return found;
            }
        }

        throw new InvalidOperationException("The stream ended.");
    }
}
