using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tests.Support;
using Cloud.Replica.Chain;
using Cloud.Replica.Statuses;
using Cloud.Replica.Tests.Chain;
using Cloud.Replica.Tests.Support;
using Cloud.Settlement.L1Events;

namespace Cloud.Replica.Tests.Statuses;

public sealed class TransactionStatusesTests
{
    private static readonly DateTimeOffset Now = TestRollup.Genesis;

    private readonly ChainDriver _d = new();
    private readonly TransactionStatuses _statuses = new();
    private readonly List<StatusChange> _changes = [];
    private int _seen;

    [Fact]
    public void A_transaction_climbs_the_ladder_one_step_at_a_time()
    {
        ImmutableArray<ChainChunk> one = _d.Slot(1, 1);
        Hash256 transaction = one[0].Transactions[0];
        _statuses.Accepted(transaction, Now);
        Assert.IsType<TransactionStatus.Pending>(Status(transaction));
        _d.Execute(one[0]);
        Assert.IsType<TransactionStatus.Proposed>(Follow(transaction));
        _d.Certify(one[0]);
        Assert.Equal(new TransactionPlace(1, 0, one[0].Header.Hash, one[0].Block), Assert.IsType<TransactionStatus.Attested>(Follow(transaction)).Place);
        CheckpointHeader header = _d.Propose(one.AsSpan());
        L1BlockRef landed = _d.L1(36, ChainDriver.Landed(1, header));
        Assert.Equal(new L1Proof(1, header.Hash, 1, landed), Assert.IsType<TransactionStatus.Checkpointed>(Follow(transaction)).Proof);
        L1BlockRef proven = _d.L1(48, new RollupChange.EpochProven(1));
        Assert.Equal(proven, Assert.IsType<TransactionStatus.Proven>(Follow(transaction)).Proof.Block);
        _d.Apply(tips => tips.Observe(new L1Update.Finalized(proven)));
        Assert.Null(Follow(transaction));
        Assert.IsType<TransactionStatus.Finalized>(_changes.Last(change => change.Transaction == transaction).Status);
        Assert.All(_changes, change => Assert.Null(change.Broken));
        Assert.Equal(0, _statuses.Count);
    }

    [Fact]
    public void Case_11_every_promise_of_an_unpublished_slot_is_broken_with_its_reason_and_the_transaction_waits_again()
    {
        ImmutableArray<ChainChunk> one = _d.Slot(1, 2);
        ImmutableArray<ChainChunk> two = _d.Slot(2, 1, one[1]);
        _d.Execute(one.AsSpan());
        _d.Certify(one.AsSpan());
        _d.Propose(one.AsSpan());
        _d.L1(36);
        _d.L1(48);
        _d.Execute(two[0]);
        Follow(default);
        _changes.Clear();
        L1BlockRef block = _d.L1(60);
        Follow(default);
        Hash256[] transactions = [.. one.Concat(two).SelectMany(chunk => chunk.Transactions)];
        Assert.Equal(transactions, _changes.Select(change => change.Transaction));
        Assert.All(_changes, change =>
        {
            Assert.IsType<TransactionStatus.Pending>(change.Status);
            Assert.Equal(new BreakReason.SlotUnpublished(1, block), change.Broken);
        });
    }

    [Fact]
    public void A_reorganisation_of_L1_takes_the_status_back_to_attested_and_says_so()
    {
        ImmutableArray<ChainChunk> one = _d.Slot(1, 1);
        Hash256 transaction = one[0].Transactions[0];
        _d.Execute(one[0]);
        CheckpointHeader header = _d.Propose(one.AsSpan());
        _d.L1(36);
        _d.L1(48, ChainDriver.Landed(1, header), new RollupChange.EpochProven(1));
        Assert.IsType<TransactionStatus.Proven>(Follow(transaction));
        _d.Reorg(1);
        Assert.IsType<TransactionStatus.Attested>(Follow(transaction));
        Assert.IsType<BreakReason.L1Reorged>(_changes.Last(change => change.Transaction == transaction).Broken);
        Assert.Equal(1, _changes.Count(change => change.Transaction == transaction && change.Broken is not null));
    }

    [Fact]
    public void A_lost_proof_takes_the_status_back_to_the_checkpoint_that_still_stands()
    {
        ImmutableArray<ChainChunk> one = _d.Slot(1, 1);
        _d.Execute(one[0]);
        CheckpointHeader header = _d.Propose(one.AsSpan());
        L1BlockRef landed = _d.L1(36, ChainDriver.Landed(1, header));
        _d.L1(48, new RollupChange.EpochProven(1));
        _d.Reorg(1);
        Assert.Equal(landed, Assert.IsType<TransactionStatus.Checkpointed>(Follow(one[0].Transactions[0])).Proof.Block);
    }

    [Fact]
    public void A_flashblock_preconfirms_and_a_chunk_sealed_without_its_transaction_breaks_that()
    {
        TestFlashblocks flashblocks = new(_d.Rollup, 1, 0, 1);
        byte[] kept = [1];
        byte[] lost = [2];
        _changes.AddRange(_statuses.Preconfirmed(flashblocks.Next(kept).Payload, Now));
        _changes.AddRange(_statuses.Preconfirmed(flashblocks.Next(lost).Payload, Now));
        Assert.Equal(1U, Assert.IsType<TransactionStatus.Preconfirmed>(Status(Keccak256.Hash(lost))).Flashblock);
        Assert.Equal(2, _statuses.PendingCount);

        ChunkHeader header = _d.Rollup.Header(1, 0);
        ChunkHeader sealedChunk = new(1, header.Producer, 0, false, header.InHash, header.Block, [Keccak256.Hash(kept)]);
        _d.Execute(ChainChunk.Of(sealedChunk));
        Assert.IsType<TransactionStatus.Proposed>(Follow(Keccak256.Hash(kept)));
        Assert.IsType<TransactionStatus.Pending>(Status(Keccak256.Hash(lost)));
        Assert.Equal(new BreakReason.FlashblockAbandoned(1, 0, null), Assert.Single(_changes, change => change.Broken is not null).Broken);
    }

    [Fact]
    public void A_chunk_that_is_given_up_under_construction_breaks_its_preconfirmations()
    {
        TestFlashblocks flashblocks = new(_d.Rollup, 1, 0, 1);
        byte[] body = [1];
        _statuses.Preconfirmed(flashblocks.Next(body).Payload, Now);
        BreakReason reason = new BreakReason.FlashblockAbandoned(1, 0, null);
        Assert.Equal(reason, Assert.Single(_statuses.Abandoned(1, 0, reason, Now)).Broken);
        Assert.Empty(_statuses.Abandoned(1, 0, reason, Now));
        Assert.IsType<TransactionStatus.Pending>(Status(Keccak256.Hash(body)));
    }

    [Fact]
    public void What_was_under_construction_on_a_pruned_chunk_is_broken_with_it()
    {
        ImmutableArray<ChainChunk> one = _d.Slot(1, 1);
        _d.Execute(one[0]);
        TestFlashblocks flashblocks = new(_d.Rollup, 2, 0, 2);
        byte[] body = [1];
        Follow(default);
        _statuses.Preconfirmed(flashblocks.Next(body).Payload, Now);
        _d.L1(60);
        Follow(default);
        Assert.IsType<BreakReason.SlotUnpublished>(_changes.Last(change => change.Transaction == Keccak256.Hash(body)).Broken);
    }

    [Fact]
    public void The_pool_drops_only_what_waits_and_a_dropped_one_can_come_again()
    {
        ImmutableArray<ChainChunk> one = _d.Slot(1, 1);
        Hash256 waiting = TestRollup.Digest("waiting");
        _statuses.Accepted(waiting, Now);
        Assert.IsType<StatusOutcome.Unchanged>(_statuses.Accepted(waiting, Now).Outcome);
        Assert.Equal(new TransactionStatus.Dropped("nonce too low"), Assert.Single(_statuses.Dropped(waiting, "nonce too low", Now).Changes).Status);
        Assert.IsType<StatusOutcome.Unchanged>(_statuses.Dropped(waiting, "again", Now).Outcome);
        Assert.IsType<StatusOutcome.Unknown>(_statuses.Dropped(TestRollup.Digest("never seen"), "x", Now).Outcome);
        Assert.IsType<StatusOutcome.Accepted>(_statuses.Accepted(waiting, Now).Outcome);

        // A transaction on its way from the pool into a chunk is not dropped.
        _d.Execute(one[0]);
        Follow(default);
        Assert.IsType<StatusOutcome.Unchanged>(_statuses.Dropped(one[0].Transactions[0], "included", Now).Outcome);
    }

    [Fact]
    public void Memory_is_bounded()
    {
        TransactionStatuses statuses = new(new StatusOptions { MaxPending = 2, MaxDropped = 2 });
        Hash256[] hashes = [.. Enumerable.Range(0, 6).Select(i => TestRollup.Digest($"t{i}"))];
        statuses.Accepted(hashes[0], Now);
        statuses.Accepted(hashes[1], Now);
        Assert.Equal(new StatusOutcome.LimitReached(nameof(StatusOptions.MaxPending)), statuses.Accepted(hashes[2], Now).Outcome);
        foreach (Hash256 hash in hashes)
        {
            statuses.Accepted(hash, Now);
            statuses.Dropped(hash, "x", Now);
        }

        Assert.Equal(2, statuses.Count);
        Assert.Equal(0, statuses.PendingCount);
    }

    private TransactionStatus? Follow(Hash256 transaction)
    {
        for (; _seen < _d.Effects.Count; _seen++)
        {
            _changes.AddRange(_statuses.Apply(_d.Effects[_seen], _d.Now));
        }

        return Status(transaction);
    }

    private TransactionStatus? Status(Hash256 transaction) => _statuses.Find(transaction)?.Status;
}
