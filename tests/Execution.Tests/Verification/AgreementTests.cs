using Cloud.Execution.Building;
using Cloud.Execution.State;
using Cloud.Execution.Tests.Building;
using Cloud.Execution.Tests.Pool;
using Cloud.Execution.Tests.State;
using Cloud.Execution.Verification;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Execution.Tests.Verification;

public sealed class AgreementTests
{
    private static readonly Wallet[] Wallets = [.. Enumerable.Range(200, 5).Select(number => new Wallet(number))];

    // SSTORE(CALLER, SLOAD(CALLER) + CALLVALUE), then LOG1 with the caller as topic; fails where data was given: CALLDATASIZE PUSH1 n JUMPI ... JUMPDEST PUSH0 PUSH0 REVERT.
    private static readonly byte[] Counter =
        [0x36, 0x60, 0x10, 0x57, 0x33, 0x54, 0x34, 0x01, 0x33, 0x55, 0x33, 0x5f, 0x5f, 0xa1, 0x00, 0x00, 0x5b, 0x5f, 0x5f, 0xfd];

    // Init code that returns nothing but stores its own number: NUMBER PUSH0 SSTORE
    private static readonly byte[] Creation = [0x43, 0x5f, 0x55];

    private static readonly Address Contract = Address.Parse("0x00000000000000000000000000000000000c0de0");

    [Fact]
    public void Whatever_the_pool_holds_the_verifier_agrees_with_the_builder_on_every_prefix_and_on_the_chunk() => RunAll(corrupt: false);

    [Fact]
    public void Any_change_to_a_chunk_is_noticed() => RunAll(corrupt: true);

    private static void RunAll(bool corrupt)
    {
        // The builder stands on the world state, the verifier on a plain dictionary whose root is computed from nothing: two roots to agree on.
        using TemporaryFolder folder = new();
        using WorldState world = WorldState.Open(folder.Path, new WorldStateOptions { MapSize = 64 << 20 });
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed => Run(world, seed, corrupt)));
    }

    private static void Run(WorldState world, int seed, bool corrupt)
    {
        Random random = new(seed);
        MemoryLayer genesis = new MemoryLayer().With(Contract, 0, 1, Counter);
        foreach (Wallet wallet in Wallets)
        {
            genesis.With(wallet.Address, ChunkFixture.Rich);
        }

        ChunkFixture fixture = new(genesis, duration: TimeSpan.FromMilliseconds(random.Next(1, 2000)));
        fixture.Limits = new ChunkLimits((ulong)random.Next(500_000, 5_000_000), random.Next(5, 60), random.Next(2_000, 20_000));
        fixture.Context = fixture.Context with
        {
            Deposits = ChunkFixture.Deposits([.. Enumerable.Range(0, random.Next(3)).Select(_ => (Somebody(random), Somebody(random), (ulong)random.Next(5), (ulong)random.Next(5)))]),
        };
        ulong[] nonces = new ulong[Wallets.Length];
        using ChunkVerification session = fixture.Verifier.Open(fixture.Parent, fixture.Context, fixture.Limits);
        WorldStateLayer layer = new(world.Flattened.TryExtend(genesis.ToChanges(), 7)!, 8);
        Assert.Equal(genesis.Root, layer.Root);
        using ChunkBuilder builder = fixture.Builder(fixture.Plan with { Parent = layer });
        Arrive(fixture, random, nonces);
        List<BuiltFlashblock> flashblocks = fixture.Build(builder, flashblock =>
        {
            VerificationResult result = session.Append(
                flashblock.Prefix.Transactions, flashblock.Prefix.Header, fixture.Time.GetUtcNow().AddSeconds(1), TestContext.Current.CancellationToken);
            Assert.Equal(flashblock.Prefix.Hash, Assert.IsType<VerificationResult.Valid>(result).Chunk.Hash);
            Arrive(fixture, random, nonces);
        });
        BuiltChunk chunk = builder.Chunk!;
        Assert.Equal(flashblocks[^1].Prefix.Hash, chunk.Block.Hash);
        Assert.Equal(flashblocks.SelectMany(flashblock => flashblock.Prefix.Transactions), chunk.Block.Transactions);
        Assert.Equal(chunk.Block.Hash, Assert.IsType<VerificationResult.Valid>(fixture.Verify(chunk)).Chunk.Hash);
        if (corrupt)
        {
            Corrupt(fixture, random, chunk);
        }
    }

    private static void Corrupt(ChunkFixture fixture, Random random, BuiltChunk chunk)
    {
        HeaderField field = (HeaderField)random.Next(Enum.GetValues<HeaderField>().Length);
        VerificationRequest request = fixture.Request(chunk);
        BlockHeader header = ChunkVerifierTests.Corrupt(chunk.Block.Header, field);
        VerificationResult result = fixture.Verifier.Verify(request with { Header = header }, TestContext.Current.CancellationToken);
        Assert.Equal(field, Assert.IsType<VerificationResult.StateMismatch>(result).Field);

        // Another list of transactions under an honest root for it: left out, doubled or swapped.
        List<Transaction> transactions = [.. chunk.Block.Transactions];
        if (transactions.Count == 0)
        {
            return;
        }

        int place = random.Next(transactions.Count);
        switch (random.Next(3))
        {
            case 0:
                transactions.RemoveAt(place);
                break;
            case 1:
                transactions.Insert(place, transactions[place]);
                break;
            default:
                transactions.Reverse();
                break;
        }

        if (transactions.SequenceEqual(chunk.Block.Transactions))
        {
            return;
        }

        header = chunk.Block.Header with { TransactionsRoot = Block.TransactionsRootOf(transactions) };
        request = request with { Header = header, TransactionHashes = [.. transactions.Select(transaction => transaction.Hash)] };
        Assert.IsNotType<VerificationResult.Valid>(fixture.Verifier.Verify(request, TestContext.Current.CancellationToken));
    }

    private static Address Somebody(Random random) => random.Next(3) == 0 ? Contract : Wallets[random.Next(Wallets.Length)].Address;

    private static void Arrive(ChunkFixture fixture, Random random, ulong[] nonces)
    {
        for (int i = random.Next(12); i > 0; i--)
        {
            int wallet = random.Next(Wallets.Length);
            ulong nonce = nonces[wallet] + (random.Next(10) == 0 ? 1UL : 0);
            TransactionFields fields = Wallets[wallet].Send(
                nonce, tip: (ulong)random.Next(20), cap: (ulong)random.Next(20, 40), value: (ulong)random.Next(100), gas: (ulong)random.Next(60_000, 200_000)).Fields;
            fields = random.Next(6) switch
            {
                0 => fields with { To = Contract },
                1 => fields with { To = Contract, Data = new byte[random.Next(1, 200)] },
                2 => fields with { To = null, Data = Creation, Value = default },
                3 => fields with { To = Contract, GasLimit = 21_100 },
                4 => fields with
                {
                    Type = TransactionType.SetCode,
                    To = Wallets[(wallet + 1) % Wallets.Length].Address,
                    Authorizations = [Wallets[random.Next(Wallets.Length)].Authorize(Contract, nonce + (ulong)random.Next(2))],
                },
                _ => fields with { To = Somebody(random) },
            };
            if (fixture.Pool.Add(Wallets[wallet].Sign(fields)) is Execution.Pool.PoolAdmission.Added && nonce == nonces[wallet])
            {
                nonces[wallet]++;
            }
        }
    }
}
