using System.Collections.Immutable;
using Cloud.Execution.Building;
using Cloud.Execution.Pool;
using Cloud.Execution.Processing;
using Cloud.Execution.Tests.Pool;
using Cloud.Execution.Verification;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Tests.Building;

/// <summary>A chain of one genesis state, its pool, and a chunk of two seconds to build on it.</summary>
internal sealed class ChunkFixture
{
    public static readonly UInt256 Rich = UInt256.Parse("1000000000000000000000");
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    public static readonly ChainConfig Chain = new() { ChainId = Wallet.ChainId };
    public static readonly Address FeeRecipient = Address.Parse("0x00000000000000000000000000000000000000fe");

    /// <summary>Nanoseconds that a unit of gas takes, where the clock follows gas.</summary>
    public const long NanosecondsPerGas = 10;

    public ChunkFixture(MemoryLayer parent, ManualTime? time = null, TimeSpan? duration = null, PoolOptions? options = null)
    {
        Parent = parent;
        Time = time ?? new ManualTime();
        Start = Time.GetUtcNow();
        Context = new ChunkContext
        {
            Chain = Chain,
            ParentHash = PoolFixture.BlockHash(7),
            Number = 8,
            Timestamp = (ulong)Start.ToUnixTimeSeconds() + 2,
            FeeRecipient = FeeRecipient,
            GasLimit = 30_000_000,
            BaseFeePerGas = 10,
            PrevRandao = PoolFixture.BlockHash(1000),
            ParentBeaconBlockRoot = PoolFixture.BlockHash(1001),
            ExtraData = new byte[] { 1, 2, 3 },
        };
        Schedule = new FlashblockSchedule(Start, Start + (duration ?? TimeSpan.FromSeconds(2)), Interval);
        Pool = new TransactionPool(
            options ?? new PoolOptions(), Wallet.ChainId, new PoolHead(7, Context.ParentHash, parent, 10, 30_000_000, Context.Fork), Senders, Time);
    }

    public MemoryLayer Parent { get; }

    public ManualTime Time { get; }

    public DateTimeOffset Start { get; }

    public ChunkContext Context { get; set; }

    public FlashblockSchedule Schedule { get; set; }

    public ChunkLimits Limits { get; set; } = new(30_000_000, 10_000, 10_000_000);

    public SenderCache Senders { get; } = new();

    public TransactionPool Pool { get; }

    public ChunkPlan Plan => new() { Parent = Parent, Context = Context, Limits = Limits, Schedule = Schedule };

    public ChunkVerifier Verifier => new(Senders, Time, 1);

    public void Add(params Transaction[] transactions)
    {
        foreach (Transaction transaction in transactions)
        {
            PoolAdmission admission = Pool.Add(transaction);
            Assert.True(admission is PoolAdmission.Added, (admission as PoolAdmission.Refused)?.Reason.Message);
        }
    }

    public ChunkBuilder Builder(ChunkPlan? plan = null)
    {
        ChunkBuilder builder = new(plan ?? Plan, Pool, Time);
        builder.Executed = gas => Time.Advance(TimeSpan.FromTicks((long)gas * NanosecondsPerGas / 100));
        return builder;
    }

    /// <summary>Does what the driver does, with a clock that jumps over waits.</summary>
    public List<BuiltFlashblock> Build(ChunkBuilder builder, Action<BuiltFlashblock>? emitted = null)
    {
        List<BuiltFlashblock> flashblocks = [];
        while (!builder.IsSealed)
        {
            FillOutcome outcome = builder.Fill(TestContext.Current.CancellationToken);
            if (outcome is FillOutcome.Idle or FillOutcome.ShareUsed && Time.GetUtcNow() < builder.FillUntil)
            {
                Time.AdvanceTo(builder.FillUntil);
                continue;
            }

            BuiltFlashblock flashblock = builder.Close(outcome);
            flashblocks.Add(flashblock);
            emitted?.Invoke(flashblock);
            builder.Confirm();
        }

        return flashblocks;
    }

    public VerificationResult Verify(BuiltChunk chunk, IStateLayer? parent = null) => Verifier.Verify(Request(chunk) with { Parent = parent ?? Parent }, TestContext.Current.CancellationToken);

    public VerificationRequest Request(BuiltChunk chunk) => new()
    {
        Parent = Parent,
        Context = Context,
        Limits = Limits,
        Header = chunk.Block.Header,
        TransactionHashes = [.. chunk.Block.Transactions.Select(transaction => transaction.Hash)],
        Transactions = chunk.Block.Transactions.ToDictionary(transaction => transaction.Hash),
        Deadline = Time.GetUtcNow() + TimeSpan.FromSeconds(1),
    };

    public static ImmutableArray<Transaction> Deposits(params (Address From, Address To, ulong Mint, ulong Value)[] deposits) =>
    [
        .. deposits.Select((deposit, i) => new Transaction(
            new TransactionFields
            {
                Type = TransactionType.Deposit,
                To = deposit.To,
                Value = deposit.Value,
                GasLimit = 100_000,
                Deposit = new DepositFields(PoolFixture.BlockHash((ulong)i + 5000), deposit.From, deposit.Mint, false),
            },
            default)),
    ];
}
