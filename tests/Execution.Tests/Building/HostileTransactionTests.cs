using Cloud.Execution.Building;
using Cloud.Execution.Pool;
using Cloud.Execution.Tests.Pool;
using Cloud.Execution.Verification;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Tests.Building;

/// <summary>The clock moves by gas here, so that lateness is a matter of the rules alone.</summary>
public sealed class HostileTransactionTests
{
    private const ulong Cap = TransactionFields.MaxGasLimit;

    private static readonly Wallet[] Hostile = [.. Enumerable.Range(100, 12).Select(number => new Wallet(number))];
    private static readonly Wallet Honest = new(1);

    // JUMPDEST PUSH0 JUMP
    private static readonly byte[] Loop = [0x5b, 0x5f, 0x56];

    // PUSH0 x5, ADDRESS, GAS, CALL: calls itself until the depth or the gas ends.
    private static readonly byte[] Recursion = [0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x30, 0x5a, 0xf1];

    // PUSH1 1, PUSH32 2^64, MSTORE
    private static readonly byte[] MemoryBomb = [0x60, 0x01, 0x68, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x52];

    // Grows memory word by word: PUSH0 JUMPDEST DUP1 DUP1 MSTORE PUSH1 32 ADD PUSH1 1 JUMP
    private static readonly byte[] MemoryCreep = [0x5f, 0x5b, 0x80, 0x80, 0x52, 0x60, 0x20, 0x01, 0x60, 0x01, 0x56];

    [Fact]
    public void Gas_bombs_deep_calls_memory_bombs_and_huge_init_code_delay_a_flashblock_by_one_transaction_at_most()
    {
        Address loop = Target(1), recursion = Target(2), bomb = Target(3), creep = Target(4);
        MemoryLayer genesis = new MemoryLayer().With(Honest.Address, ChunkFixture.Rich)
            .With(loop, 0, 1, Loop).With(recursion, 0, 1, Recursion).With(bomb, 0, 1, MemoryBomb).With(creep, 0, 1, MemoryCreep);
        foreach (Wallet wallet in Hostile)
        {
            genesis.With(wallet.Address, ChunkFixture.Rich);
        }

        // Ten nanoseconds a unit of gas: a chunk has time for 200 M gas, and one transaction of the cap takes 168 ms.
        ChunkFixture fixture = new(genesis) { Limits = new ChunkLimits(ulong.MaxValue, 10_000, 10_000_000) };
        fixture.Context = fixture.Context with { GasLimit = 1_000_000_000 };
        fixture.Pool.SetHead(fixture.Pool.Head with { GasLimit = 1_000_000_000 }, [], []);
        Address[] targets = [loop, recursion, bomb, creep];
        for (int i = 0; i < Hostile.Length; i++)
        {
            for (ulong nonce = 0; nonce < 3; nonce++)
            {
                fixture.Add(nonce == 1
                    ? Hostile[i].Sign(Hostile[i].Send(nonce, tip: 5, gas: Cap).Fields with { To = null, Data = InitCode() })
                    : Hostile[i].Send(nonce, tip: 5, gas: Cap, to: targets[i % 4]));
            }

            // Behind a gap: must never be tried.
            fixture.Add(Hostile[i].Send(9, tip: 50));
        }

        TimeSpan longest = TimeSpan.FromTicks((long)Cap * ChunkFixture.NanosecondsPerGas / 100);
        using ChunkBuilder builder = fixture.Builder();
        TimeSpan worst = TimeSpan.Zero;
        ulong honest = 0;
        List<BuiltFlashblock> flashblocks = fixture.Build(builder, _ =>
        {
            TimeSpan late = fixture.Time.GetUtcNow() - builder.ClosesAt;
            worst = late > worst ? late : worst;
            fixture.Add(Honest.Send(honest++, tip: 40));
        });
        Assert.InRange(worst, TimeSpan.FromTicks(1), longest);
        Assert.True(fixture.Time.GetUtcNow() <= fixture.Start + TimeSpan.FromSeconds(2) + longest);

        // The honest transactions got in, one in each flashblock but the first; a late flashblock took the place of the one that it ran into.
        Assert.Equal((ulong)flashblocks.Count - 1, (ulong)builder.Chunk!.Block.Transactions.Count(transaction => transaction.TryGetSender(out Address sender) && sender == Honest.Address));
        Assert.True(builder.Chunk.Block.Transactions.Length > flashblocks.Count + 5);
        Assert.DoesNotContain(builder.Chunk.Block.Transactions, transaction => transaction.Nonce == 9 && transaction.MaxPriorityFeePerGas == (UInt256)50UL);
        Assert.IsType<VerificationResult.Valid>(fixture.Verify(builder.Chunk));
    }

    [Fact]
    public void Bad_input_of_every_kind_is_refused_with_its_reason_while_the_builder_keeps_its_times()
    {
        Wallet poor = new(2);
        ChunkFixture fixture = new(new MemoryLayer().With(Honest.Address, ChunkFixture.Rich).With(Hostile[0].Address, ChunkFixture.Rich).With(poor.Address, 1_000));
        Random random = new(7);
        byte[] good = Hostile[0].Send(0).Raw.ToArray();
        byte[] mutated = (byte[])good.Clone();
        mutated[1] ^= 0xff;
        (byte[] Raw, string Text)[] bad =
        [
            ([], "malformed"),
            ([0x7f], "malformed"),
            (good[..^1], "malformed"),
            ([.. good, 0], "malformed"),
            (mutated, "malformed"),
            (Raw(Hostile[0].Send(0, gas: 16_000_000, dataLength: 200_000)), "oversized data"),
            (Raw(Hostile[0].Sign(Hostile[0].Send(0).Fields with { ChainId = 902 })), "invalid chain id"),
            (Raw(poor.Send(0)), "insufficient funds for gas * price + value"),
            (Raw(Hostile[0].Send(0, value: ulong.MaxValue, cap: ulong.MaxValue, gas: 1_000_000)), "insufficient funds for gas * price + value"),
            (Raw(Hostile[0].Send(0, gas: 20_999)), "intrinsic gas too low"),
            (Raw(Hostile[0].Send(0, gas: Cap + 1)), "transaction gas limit too high"),
            (Raw(Hostile[0].Sign(Hostile[0].Send(0, gas: 5_000_000).Fields with { To = null, Data = new byte[TransactionFields.MaxInitCodeLength + 1] })), "max initcode size exceeded"),
            (Raw(new Transaction(Hostile[0].Send(0).Fields, new Protocol.Crypto.Signature(5, 1, 0))), "invalid sender"),
            ([0x03, 0xc0], "transaction type not supported"),
        ];
        using ChunkBuilder builder = fixture.Builder();
        ulong honest = 0;
        fixture.Build(builder, flashblock =>
        {
            Assert.Equal(fixture.Time.GetUtcNow(), builder.ClosesAt);
            foreach ((byte[] raw, string text) in bad)
            {
                PoolAdmission.Refused refused = Assert.IsType<PoolAdmission.Refused>(fixture.Pool.Add(raw));
                if (text == "malformed")
                {
                    Assert.IsType<PoolRefusal.Invalid>(refused.Reason);
                }
                else
                {
                    Assert.StartsWith(text, refused.Reason.Message, StringComparison.Ordinal);
                }
            }

            for (int i = 0; i < 100; i++)
            {
                // What is random may be anything, but no exception.
                byte[] noise = (byte[])good.Clone();
                noise[random.Next(noise.Length)] ^= (byte)(1 << random.Next(8));
                Array.Resize(ref noise, random.Next(noise.Length + 1));
                Assert.IsType<PoolAdmission.Refused>(fixture.Pool.Add(noise));
            }

            // Behind a gap: waits, and is never tried.
            fixture.Pool.Add(Hostile[0].Send(5 + (ulong)flashblock.Index, tip: 50));
            fixture.Add(Honest.Send(honest++));
        });
        Assert.Equal(honest - 1, (ulong)builder.Chunk!.Block.Transactions.Length);
        Assert.All(builder.Chunk.Block.Transactions, transaction => Assert.True(transaction.TryGetSender(out Address sender) && sender == Honest.Address));
        Assert.IsType<VerificationResult.Valid>(fixture.Verify(builder.Chunk));
    }

    [Fact]
    public void Transactions_above_the_builders_own_cap_stay_in_the_pool()
    {
        ChunkFixture fixture = new(new MemoryLayer().With(Hostile[0].Address, ChunkFixture.Rich).With(Honest.Address, ChunkFixture.Rich));
        fixture.Add(Hostile[0].Send(0, tip: 9, gas: 5_000_000), Honest.Send(0));
        using ChunkBuilder builder = fixture.Builder(fixture.Plan with { MaxTransactionGas = 4_000_000 });
        fixture.Build(builder);
        Assert.Equal([Honest.Send(0)], builder.Chunk!.Block.Transactions);
        Assert.IsType<PoolStatus.Pending>(fixture.Pool.Status(Hostile[0].Send(0, tip: 9, gas: 5_000_000).Hash));
    }

    [Fact]
    public void A_verifier_gives_up_at_its_deadline_between_two_transactions()
    {
        MemoryLayer genesis = new MemoryLayer().With(Honest.Address, ChunkFixture.Rich);
        ChunkFixture fixture = new(genesis);
        fixture.Add(Honest.Send(0), Honest.Send(1));
        using ChunkBuilder builder = fixture.Builder();
        fixture.Build(builder);
        VerificationRequest request = fixture.Request(builder.Chunk!) with { Deadline = fixture.Time.GetUtcNow() };
        Assert.Equal(new VerificationResult.TimedOut(0), fixture.Verifier.Verify(request, TestContext.Current.CancellationToken));
    }

    private static byte[] Raw(Transaction transaction) => transaction.Raw.ToArray();

    private static Address Target(int number) => Address.Parse($"0x{number:x40}".Replace("0x000000", "0xabc000", StringComparison.Ordinal));

    private static byte[] InitCode()
    {
        // The largest init code there may be, that runs out of gas in a loop at its end.
        byte[] code = new byte[TransactionFields.MaxInitCodeLength];
        Array.Fill(code, (byte)0x5b);
        code[^4] = 0x61;
        code[^3] = 0x00;
        code[^2] = 0x00;
        code[^1] = 0x56;
        return code;
    }
}
