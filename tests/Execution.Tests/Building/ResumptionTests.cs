using Cloud.Execution.Building;
using Cloud.Execution.Pool;
using Cloud.Execution.Tests.Pool;
using Cloud.Execution.Verification;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Tests.Building;

public sealed class ResumptionTests
{
    private static readonly Wallet Alice = new(1);
    private static readonly Wallet Bob = new(2);

    private static MemoryLayer Genesis => new MemoryLayer().With(Alice.Address, ChunkFixture.Rich).With(Bob.Address, ChunkFixture.Rich);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(9)]
    public void A_builder_that_restarts_repeats_what_was_emitted_and_goes_on_with_the_next_index(int emittedCount)
    {
        ChunkFixture first = Fixture();
        List<EmittedFlashblock> journal = Run(first, emittedCount);

        // Another process: a pool that knows only what was never emitted, and a clock that went on.
        ChunkFixture second = Fixture();
        second.Time.AdvanceTo(first.Time.GetUtcNow() + TimeSpan.FromMilliseconds(10));
        second.Add(Bob.Send(0, tip: 3));
        using ChunkBuilder builder = Resumed(second, journal);
        Assert.Equal(emittedCount, builder.NextIndex);
        List<BuiltFlashblock> rest = second.Build(builder);
        Assert.Equal(Enumerable.Range(emittedCount, rest.Count), rest.Select(flashblock => flashblock.Index));
        Assert.Equal(10, emittedCount + rest.Count);
        BuiltChunk chunk = builder.Chunk!;
        Assert.Equal(journal.SelectMany(flashblock => flashblock.Transactions), chunk.Block.Transactions[..journal.Sum(flashblock => flashblock.Transactions.Length)]);
        Assert.Contains(Bob.Send(0, tip: 3), chunk.Block.Transactions);
        Assert.IsType<VerificationResult.Valid>(second.Verify(chunk));
    }

    [Fact]
    public void The_same_run_without_a_restart_gives_the_same_chunk()
    {
        ChunkFixture whole = Fixture();
        using ChunkBuilder uninterrupted = whole.Builder();
        whole.Build(uninterrupted, AddTo(whole));

        ChunkFixture broken = Fixture();
        List<EmittedFlashblock> journal = Run(broken, 6);
        using ChunkBuilder resumed = Resumed(broken, journal);
        broken.Build(resumed, AddTo(broken));
        Assert.Equal(uninterrupted.Chunk!.Block.Hash, resumed.Chunk!.Block.Hash);
    }

    [Fact]
    public void The_pool_learns_that_emitted_transactions_are_in_flashblocks()
    {
        List<EmittedFlashblock> journal = Run(Fixture(), 3);
        ChunkFixture second = Fixture();
        Transaction known = journal[1].Transactions[0];
        second.Add(known);
        using ChunkBuilder builder = Resumed(second, journal);
        Assert.Equal(new PoolStatus.InFlashblock(8, 1), second.Pool.Status(known.Hash));
        Assert.Equal(new PoolStatus.InFlashblock(8, 2), second.Pool.Status(journal[2].Transactions[0].Hash));
    }

    [Fact]
    public void Flashblocks_that_were_missed_while_the_builder_was_down_are_left_out()
    {
        ChunkFixture fixture = Fixture();
        List<EmittedFlashblock> journal = Run(fixture, 2);
        fixture.Time.AdvanceTo(fixture.Start + TimeSpan.FromMilliseconds(1500));
        using ChunkBuilder builder = Resumed(fixture, journal);
        List<TimeSpan> closed = [];
        List<BuiltFlashblock> rest = fixture.Build(builder, _ => closed.Add(fixture.Time.GetUtcNow() - fixture.Start));
        Assert.Equal([2, 3, 4], rest.Select(flashblock => flashblock.Index));
        Assert.Equal([1600, 1800, 2000], closed.Select(time => time.TotalMilliseconds));
    }

    [Fact]
    public void A_builder_that_restarts_after_the_end_closes_one_last_flashblock()
    {
        ChunkFixture fixture = Fixture();
        List<EmittedFlashblock> journal = Run(fixture, 5);
        fixture.Time.AdvanceTo(fixture.Start + TimeSpan.FromSeconds(3));
        using ChunkBuilder builder = Resumed(fixture, journal);
        BuiltFlashblock last = Assert.Single(fixture.Build(builder));
        Assert.True(last.IsLast);
        Assert.Equal(5, last.Index);
    }

    [Fact]
    public void A_sealed_chunk_stays_sealed()
    {
        ChunkFixture fixture = Fixture();
        List<EmittedFlashblock> journal = Run(fixture, 10);
        Assert.True(journal[^1].IsLast);
        using ChunkBuilder builder = Resumed(fixture, journal);
        Assert.True(builder.IsSealed);
        Assert.Equal(journal[^1].BlockHash, builder.Chunk!.Block.Hash);
        Assert.Equal(10, builder.Chunk.Flashblocks);
    }

    [Fact]
    public void Another_state_is_noticed_before_anything_is_signed()
    {
        List<EmittedFlashblock> journal = Run(Fixture(), 3);
        ChunkFixture other = new(Genesis.With(Alice.Address, ChunkFixture.Rich - (UInt256)1UL));
        ChunkResumption.Mismatch mismatch = Assert.IsType<ChunkResumption.Mismatch>(
            ChunkBuilder.Resume(other.Plan, journal, other.Pool, other.Senders, other.Time, TestContext.Current.CancellationToken));
        Assert.Equal(0, mismatch.Index);
        Assert.Equal(journal[0].BlockHash, mismatch.Emitted);

        ChunkFixture poor = new(Genesis.With(Alice.Address, 5));
        journal[0] = journal[0] with { BlockHash = mismatch.Computed };
        Assert.IsType<ChunkResumption.InvalidTransaction>(
            ChunkBuilder.Resume(poor.Plan, [new([Alice.Send(0)], default, false)], poor.Pool, poor.Senders, poor.Time, TestContext.Current.CancellationToken));
    }

    private static ChunkFixture Fixture()
    {
        ChunkFixture fixture = new(Genesis);
        fixture.Context = fixture.Context with { Deposits = ChunkFixture.Deposits((Wallet.Somebody, Alice.Address, 10, 5)) };
        return fixture;
    }

    private static Action<BuiltFlashblock> AddTo(ChunkFixture fixture) =>
        flashblock => fixture.Add(Alice.Send((ulong)flashblock.Index, tip: 2, value: 1));

    /// <summary>Builds until some flashblocks are emitted, and gives what the journal has then.</summary>
    private static List<EmittedFlashblock> Run(ChunkFixture fixture, int count)
    {
        List<EmittedFlashblock> journal = [];
        using ChunkBuilder builder = fixture.Builder();
        while (journal.Count < count)
        {
            FillOutcome outcome = builder.Fill(TestContext.Current.CancellationToken);
            if (outcome == FillOutcome.Idle)
            {
                fixture.Time.AdvanceTo(builder.FillUntil);
                continue;
            }

            BuiltFlashblock flashblock = builder.Close(outcome);
            journal.Add(new EmittedFlashblock(flashblock.Prefix.Transactions, flashblock.Prefix.Hash, flashblock.IsLast));
            AddTo(fixture)(flashblock);
            builder.Confirm();
        }

        return journal;
    }

    private static ChunkBuilder Resumed(ChunkFixture fixture, List<EmittedFlashblock> journal) =>
        Assert.IsType<ChunkResumption.Resumed>(
            ChunkBuilder.Resume(fixture.Plan, journal, fixture.Pool, fixture.Senders, fixture.Time, TestContext.Current.CancellationToken)).Builder;
}
