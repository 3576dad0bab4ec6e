using System.Collections.Immutable;
using Cloud.Execution.Building;
using Cloud.Execution.Pool;
using Cloud.Execution.Processing;
using Cloud.Execution.State;
using Cloud.Execution.Tests.Pool;
using Cloud.Execution.Verification;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Tests.Building;

public sealed class ChunkBuilderTests
{
    private static readonly Wallet Alice = new(1);
    private static readonly Wallet Bob = new(2);
    private static readonly Wallet Carol = new(3);

    private static MemoryLayer Genesis => new MemoryLayer().With(Alice.Address, ChunkFixture.Rich).With(Bob.Address, ChunkFixture.Rich).With(Carol.Address, ChunkFixture.Rich);

    [Fact]
    public void An_empty_pool_still_gives_every_flashblock_in_order_and_each_on_time()
    {
        ChunkFixture fixture = new(Genesis);
        using ChunkBuilder builder = fixture.Builder();
        List<TimeSpan> closed = [];
        List<BuiltFlashblock> flashblocks = fixture.Build(builder, _ => closed.Add(fixture.Time.GetUtcNow() - fixture.Start));
        Assert.Equal(Enumerable.Range(0, 10), flashblocks.Select(flashblock => flashblock.Index));
        Assert.Equal(Enumerable.Range(1, 10).Select(i => i * ChunkFixture.Interval), closed);
        Assert.Equal([.. Enumerable.Repeat(false, 9), true], flashblocks.Select(flashblock => flashblock.IsLast));
        Assert.Empty(builder.Chunk!.Block.Transactions);
        Assert.IsType<VerificationResult.Valid>(fixture.Verify(builder.Chunk));
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(100, 10)]
    [InlineData(200, 9)]
    [InlineData(850, 6)]
    [InlineData(1999, 1)]
    [InlineData(2500, 1)]
    public void A_late_start_gives_fewer_flashblocks_not_shorter_ones(int late, int count)
    {
        ChunkFixture fixture = new(Genesis);
        fixture.Time.Advance(TimeSpan.FromMilliseconds(late));
        fixture.Schedule = new Protocol.Time.FlashblockSchedule(fixture.Time.GetUtcNow(), fixture.Start + TimeSpan.FromSeconds(2), ChunkFixture.Interval);
        using ChunkBuilder builder = fixture.Builder();
        Assert.Equal(count, fixture.Build(builder).Count);
    }

    [Fact]
    public void Transactions_that_arrive_go_into_the_flashblock_under_construction_and_its_prefix_is_a_valid_block()
    {
        ChunkFixture fixture = new(Genesis);
        using ChunkBuilder builder = fixture.Builder();
        using ChunkVerification session = fixture.Verifier.Open(fixture.Parent, fixture.Context, fixture.Limits);
        FlashblockAssembler assembler = new();
        ulong nonce = 0;
        List<BuiltFlashblock> flashblocks = fixture.Build(builder, flashblock =>
        {
            // From the stream alone the header follows; from the state, that it is right.
            FlashblockAppend append = assembler.Append((ulong)flashblock.Index, flashblock.Index == 0 ? fixture.Context.ToBase() : null, flashblock.ToDiff());
            Assert.Equal(flashblock.Prefix.Header, Assert.IsType<FlashblockAppend.Appended>(append).Header);
            Assert.IsType<VerificationResult.Valid>(
                session.Append(flashblock.Prefix.Transactions, flashblock.Prefix.Header, fixture.Time.GetUtcNow().AddSeconds(1), TestContext.Current.CancellationToken));
            fixture.Add(Alice.Send(nonce++, value: 5));
            fixture.Add(Bob.Send(nonce - 1, value: 7));
        });
        Assert.Equal([0, .. Enumerable.Repeat(2, 9)], flashblocks.Select(flashblock => flashblock.Prefix.Transactions.Length));
        BuiltChunk chunk = builder.Chunk!;
        Assert.Equal(flashblocks.SelectMany(flashblock => flashblock.Prefix.Transactions), chunk.Block.Transactions);
        Assert.Equal(flashblocks[^1].Prefix.Hash, chunk.Block.Hash);
        Assert.Equal(session.Verified!.State.Root, chunk.Block.Header.StateRoot);
        Assert.Equal(18 * 21_000UL, chunk.Block.Header.GasUsed);
        Assert.IsType<VerificationResult.Valid>(fixture.Verify(chunk));
    }

    [Fact]
    public void Trap_17_Emitted_transactions_are_in_a_flashblock_for_the_pool()
    {
        ChunkFixture fixture = new(Genesis);
        using ChunkBuilder builder = fixture.Builder();
        Transaction transaction = Alice.Send(0);
        fixture.Add(transaction);
        Assert.Equal(FillOutcome.Idle, builder.Fill(TestContext.Current.CancellationToken));
        fixture.Time.AdvanceTo(builder.FillUntil);
        Assert.Equal(FillOutcome.TimeUp, builder.Fill(TestContext.Current.CancellationToken));
        builder.Close(FillOutcome.TimeUp);

        // Not before it is emitted: until then nothing is promised.
        Assert.IsType<PoolStatus.Pending>(fixture.Pool.Status(transaction.Hash));
        builder.Confirm();
        Assert.Equal(new PoolStatus.InFlashblock(8, 0), fixture.Pool.Status(transaction.Hash));
        fixture.Add(Alice.Send(1));
    }

    [Fact]
    public void Deposits_come_first_in_flashblock_0_and_need_no_budget()
    {
        ChunkFixture fixture = new(Genesis);
        fixture.Context = fixture.Context with { Deposits = ChunkFixture.Deposits((Carol.Address, Bob.Address, 100, 50), (Carol.Address, Bob.Address, 0, UInt256.Parse("9").U0)) };
        fixture.Limits = new ChunkLimits(21_000, 1, 200);
        fixture.Add(Alice.Send(0), Bob.Send(0));
        using ChunkBuilder builder = fixture.Builder();
        fixture.Build(builder);
        ImmutableArray<Transaction> transactions = builder.Chunk!.Block.Transactions;
        Assert.Equal([TransactionType.Deposit, TransactionType.Deposit, TransactionType.DynamicFee], transactions.Select(transaction => transaction.Type));
        Assert.Equal(fixture.Context.Deposits, transactions[..2]);
        Assert.IsType<VerificationResult.Valid>(fixture.Verify(builder.Chunk));
        Assert.True(builder.Chunk.State.TryGetAccount(Bob.Address, out Account bob));
        Assert.Equal(ChunkFixture.Rich + (UInt256)59UL, bob.Balance);
    }

    [Fact]
    public void Trap_4_system_calls_run_before_the_first_transaction()
    {
        // EIP-2935's contract: set stores calldata at number % 8191; get returns it.
        byte[] history = Convert.FromHexString("3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500");
        MemoryLayer genesis = Genesis.With(SystemContracts.BlockHashHistory, 0, 1, history);
        ChunkFixture fixture = new(genesis);
        using ChunkBuilder builder = fixture.Builder();
        List<BuiltFlashblock> flashblocks = fixture.Build(builder);
        UInt256 stored = flashblocks[0].Prefix.State.GetStorage(SystemContracts.BlockHashHistory, 7);
        Assert.Equal(UInt256.FromBigEndian(fixture.Context.ParentHash.ToArray()), stored);
    }

    [Fact]
    public void Trap_16_budgets_count_the_gas_limit_cumulatively_and_carry_forward()
    {
        ChunkFixture fixture = new(Genesis) { Limits = new ChunkLimits(1_000_000, 10_000, 1_000_000) };

        // Each flashblock adds 100,000: the transfer uses 21,000 but needs its limit of 250,000 to fit, which it does in the third flashblock.
        fixture.Add(Alice.Send(0, tip: 9, gas: 250_000), Bob.Send(0, tip: 1, gas: 90_000));
        using ChunkBuilder builder = fixture.Builder();
        List<BuiltFlashblock> flashblocks = fixture.Build(builder);
        Assert.Equal([Bob.Send(0, tip: 1, gas: 90_000)], flashblocks[0].Prefix.Transactions);
        Assert.Empty(flashblocks[1].Prefix.Transactions);
        Assert.Equal([Alice.Send(0, tip: 9, gas: 250_000)], flashblocks[2].Prefix.Transactions);
    }

    [Fact]
    public void Under_full_load_no_flashblock_uses_more_than_its_share_so_far()
    {
        ChunkFixture fixture = new(Genesis, options: new PoolOptions { MaxPerSender = 1000 }) { Limits = new ChunkLimits(2_000_000, 10_000, 9_000) };
        for (ulong nonce = 0; nonce < 50; nonce++)
        {
            fixture.Add(Alice.Send(nonce, tip: 3), Bob.Send(nonce, tip: 2, dataLength: 50, gas: 25_000), Carol.Send(nonce, tip: 1));
        }

        using ChunkBuilder builder = fixture.Builder();
        List<BuiltFlashblock> flashblocks = fixture.Build(builder);
        for (int i = 0; i < flashblocks.Count; i++)
        {
            ChunkLimits budget = FlashblockBudget.Through(fixture.Limits, i, 10);
            Assert.True(flashblocks[i].Prefix.Used.Gas <= budget.Gas);
            Assert.True(flashblocks[i].Prefix.Used.Data <= budget.Data);
            Assert.NotEmpty(flashblocks[i].Prefix.Transactions);
        }

        Assert.IsType<VerificationResult.Valid>(fixture.Verify(builder.Chunk!));
    }

    [Fact]
    public void A_transaction_that_does_not_fit_waits_with_its_successors_and_the_others_go_on()
    {
        ChunkFixture fixture = new(Genesis) { Limits = new ChunkLimits(400_000, 10_000, 1_000_000) };
        fixture.Add(Alice.Send(0, tip: 9, gas: 100_000), Alice.Send(1, tip: 9), Bob.Send(0, tip: 1));
        using ChunkBuilder builder = fixture.Builder();
        List<BuiltFlashblock> flashblocks = fixture.Build(builder);
        Assert.Equal([Bob.Send(0, tip: 1)], flashblocks[0].Prefix.Transactions);
        Assert.Equal([Alice.Send(0, tip: 9, gas: 100_000), Alice.Send(1, tip: 9)], flashblocks[3].Prefix.Transactions);
    }

    [Fact]
    public void The_chunk_closes_early_when_its_transactions_are_used_up()
    {
        ChunkFixture fixture = new(Genesis) { Limits = new ChunkLimits(30_000_000, 2, 1_000_000) };
        fixture.Add(Alice.Send(0), Bob.Send(0), Carol.Send(0));
        using ChunkBuilder builder = fixture.Builder();
        BuiltFlashblock only = Assert.Single(fixture.Build(builder));
        Assert.True(only.IsLast);
        Assert.True(fixture.Time.GetUtcNow() < fixture.Start + ChunkFixture.Interval);
        Assert.Equal(2, builder.Chunk!.Block.Transactions.Length);
        Assert.IsType<PoolStatus.Pending>(fixture.Pool.Status(Carol.Send(0).Hash));
    }

    [Fact]
    public void The_seal_can_be_asked_for_and_later_flashblocks_do_not_exist()
    {
        ChunkFixture fixture = new(Genesis);
        using ChunkBuilder builder = fixture.Builder();
        List<BuiltFlashblock> flashblocks = fixture.Build(builder, flashblock =>
        {
            if (flashblock.Index == 2)
            {
                builder.RequestSeal();
            }
        });
        Assert.Equal(4, flashblocks.Count);
        Assert.True(flashblocks[^1].IsLast);
        Assert.Throws<InvalidOperationException>(() => builder.Fill(TestContext.Current.CancellationToken));
        Assert.Throws<InvalidOperationException>(() => builder.Close(FillOutcome.TimeUp));
    }

    [Fact]
    public void A_flashblock_that_is_not_confirmed_blocks_the_next_one()
    {
        ChunkFixture fixture = new(Genesis);
        using ChunkBuilder builder = fixture.Builder();
        builder.Close(FillOutcome.TimeUp);
        Assert.Throws<InvalidOperationException>(() => builder.Close(FillOutcome.TimeUp));
        Assert.Throws<InvalidOperationException>(() => builder.Fill(TestContext.Current.CancellationToken));
        builder.Confirm();
        Assert.Throws<InvalidOperationException>(builder.Confirm);
        Assert.Equal(1, builder.NextIndex);
    }

    [Fact]
    public void A_transaction_that_the_state_refuses_never_ends_the_chunk()
    {
        // The pool believes that Bob is rich; the parent that is built on says otherwise.
        ChunkFixture fixture = new(Genesis);
        fixture.Add(Alice.Send(0, tip: 1), Bob.Send(0, tip: 9), Bob.Send(1, tip: 9), Carol.Send(0, tip: 8), Carol.Send(1, tip: 8));
        MemoryLayer other = new MemoryLayer().With(Alice.Address, ChunkFixture.Rich).With(Bob.Address, 5).With(Carol.Address, ChunkFixture.Rich, nonce: 1);
        using ChunkBuilder builder = fixture.Builder(fixture.Plan with { Parent = other });
        fixture.Build(builder);
        Assert.Equal([Carol.Send(1, tip: 8), Alice.Send(0, tip: 1)], builder.Chunk!.Block.Transactions);
        Assert.IsType<VerificationResult.Valid>(fixture.Verify(builder.Chunk, other));
    }

    [Fact]
    public void A_transaction_that_breaks_the_evm_is_left_out_and_the_rest_stays()
    {
        ChunkFixture fixture = new(Genesis);
        Address broken = Address.Parse("0x00000000000000000000000000000000000b40ce");
        using ChunkBuilder builder = new(fixture.Plan, fixture.Pool, fixture.Time) { Faulted = (transaction, exception) => _faults.Add((transaction, exception)) };
        fixture.Add(Alice.Send(0, value: 3));
        List<BuiltFlashblock> flashblocks = fixture.Build(builder, flashblock =>
        {
            if (flashblock.Index == 0)
            {
                fixture.Parent.PoisonedAccount = broken;
                fixture.Add(Bob.Send(0, tip: 9, to: broken, gas: 50_000), Alice.Send(1, tip: 20, value: 4), Carol.Send(0, tip: 1));
            }
        });
        Assert.IsType<IOException>(Assert.Single(_faults).Exception);
        fixture.Parent.PoisonedAccount = null;
        Assert.Equal([Alice.Send(0, value: 3), Alice.Send(1, tip: 20, value: 4), Carol.Send(0, tip: 1)], builder.Chunk!.Block.Transactions);
        Assert.IsType<VerificationResult.Valid>(fixture.Verify(builder.Chunk));
    }

    [Fact]
    public void Trap_20_post_block_rules_are_part_of_every_prefix_and_undone_between_flashblocks()
    {
        ChunkFixture fixture = new(Genesis);
        fixture.Context = fixture.Context with { PostBlock = new Reward() };
        ulong nonce = 0;
        using ChunkBuilder builder = fixture.Builder();
        List<BuiltFlashblock> flashblocks = fixture.Build(builder, _ => fixture.Add(Alice.Send(nonce++)));
        foreach (BuiltFlashblock flashblock in flashblocks)
        {
            Assert.True(flashblock.Prefix.State.TryGetAccount(Reward.Receiver, out Account account));
            Assert.Equal((UInt256)Reward.Amount, account.Balance);
        }

        Assert.IsType<VerificationResult.Valid>(fixture.Verify(builder.Chunk!));
        fixture.Context = fixture.Context with { PostBlock = null };
        Assert.Equal(HeaderField.StateRoot, Assert.IsType<VerificationResult.StateMismatch>(fixture.Verify(builder.Chunk!)).Field);
    }

    [Fact]
    public async Task The_driver_emits_each_flashblock_once_and_in_order_and_waits_for_the_journal()
    {
        ChunkFixture fixture = new(Genesis, new LeapingTime());
        fixture.Add(Alice.Send(0));
        using ChunkBuilder builder = new(fixture.Plan, fixture.Pool, fixture.Time);
        List<int> emitted = [];
        BuiltChunk chunk = await builder.RunAsync(
            async (flashblock, _) =>
            {
                await Task.Yield();
                Assert.Equal(flashblock.Index, builder.NextIndex);
                emitted.Add(flashblock.Index);
            },
            TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, 10), emitted);
        Assert.Equal(10, chunk.Flashblocks);
        Assert.Equal([Alice.Send(0)], chunk.Block.Transactions);
        Assert.IsType<VerificationResult.Valid>(fixture.Verify(chunk));
    }

    [Fact]
    public async Task Trap_7_nothing_is_emitted_after_cancellation()
    {
        ChunkFixture fixture = new(Genesis, new LeapingTime());
        fixture.Add(Alice.Send(0));
        using ChunkBuilder builder = new(fixture.Plan, fixture.Pool, fixture.Time);
        using CancellationTokenSource stop = new();
        int emitted = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => builder.RunAsync(
            async (flashblock, _) =>
            {
                emitted++;
                if (flashblock.Index == 1)
                {
                    await stop.CancelAsync();
                }
            },
            stop.Token));
        Assert.Equal(2, emitted);
        Assert.False(builder.IsSealed);
    }

    [Fact]
    public async Task After_a_failed_emission_the_builder_offers_no_second_flashblock_for_the_index()
    {
        ChunkFixture fixture = new(Genesis, new LeapingTime());
        using ChunkBuilder builder = new(fixture.Plan, fixture.Pool, fixture.Time);
        await Assert.ThrowsAsync<IOException>(() => builder.RunAsync((_, _) => throw new IOException("journal"), TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<InvalidOperationException>(() => builder.RunAsync((_, _) => default, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void An_arrival_wakes_the_driver_where_it_was_called_without_a_way_through_the_thread_pool()
    {
        ChunkFixture fixture = new(Genesis);
        using ChunkBuilder builder = new(fixture.Plan, fixture.Pool, fixture.Time);
        using CancellationTokenSource stop = new();
        SynchronizationContext? before = SynchronizationContext.Current;
        QueueContext context = new();
        SynchronizationContext.SetSynchronizationContext(context);
        try
        {
            Task run = builder.RunAsync((_, _) => default, stop.Token);
            Assert.Equal(0, context.RunAll());
            fixture.Add(Alice.Send(0));
            Assert.True(context.RunAll() > 0);
            Assert.Equal([Alice.Send(0)], builder.Close(FillOutcome.TimeUp).Prefix.Transactions);
            stop.Cancel();
            Assert.True(context.RunAll() > 0);
            Assert.True(run.IsCanceled);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private readonly List<(Transaction Transaction, Exception Exception)> _faults = [];

    /// <summary>Keeps what is posted until it is run by the test.</summary>
    private sealed class QueueContext : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Callback, object? State)> _posted = [];

        public override void Post(SendOrPostCallback d, object? state)
        {
            lock (_posted)
            {
                _posted.Enqueue((d, state));
            }
        }

        public int RunAll()
        {
            int count = 0;
            while (true)
            {
                (SendOrPostCallback Callback, object? State) item;
                lock (_posted)
                {
                    if (!_posted.TryDequeue(out item))
                    {
                        return count;
                    }
                }

                count++;
                item.Callback(item.State);
            }
        }
    }

    /// <summary>Gives somebody an amount at the end of each block.</summary>
    private sealed class Reward : IPostBlockRules
    {
        public const ulong Amount = 77;

        public static readonly Address Receiver = Address.Parse("0x0000000000000000000000000000000000004e4d");

        public StateChanges? Apply(IStateReader state, ChunkContext context)
        {
            StateChanges changes = new();
            UInt256 before = state.TryGetAccount(Receiver, out Account account) ? account.Balance : default;
            changes.For(Receiver).After = new Account(0, before + (UInt256)Amount, KnownHashes.EmptyCode);
            return changes;
        }
    }
}
