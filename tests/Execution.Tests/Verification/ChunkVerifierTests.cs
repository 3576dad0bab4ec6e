using System.Collections.Immutable;
using Cloud.Execution.Building;
using Cloud.Execution.Tests.Building;
using Cloud.Execution.Tests.Pool;
using Cloud.Execution.Verification;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Tests.Verification;

public sealed class ChunkVerifierTests
{
    private static readonly Wallet Alice = new(1);
    private static readonly Wallet Bob = new(2);

    // LOG1 of nothing with topic 7, and SSTORE of the number of the block: PUSH1 7, PUSH0, PUSH0, LOG1, NUMBER, PUSH0, SSTORE
    private static readonly byte[] Logger = [0x60, 0x07, 0x5f, 0x5f, 0xa1, 0x43, 0x5f, 0x55];

    private static readonly Address Contract = Address.Parse("0x00000000000000000000000000000000000c0de0");

    private readonly ChunkFixture _fixture;
    private readonly BuiltChunk _chunk;

    public ChunkVerifierTests()
    {
        _fixture = new ChunkFixture(new MemoryLayer().With(Alice.Address, ChunkFixture.Rich).With(Bob.Address, ChunkFixture.Rich).With(Contract, 0, 1, Logger));
        _fixture.Context = _fixture.Context with { Deposits = ChunkFixture.Deposits((Bob.Address, Alice.Address, 10, 5)) };
        _fixture.Add(Alice.Send(0, value: 1), Bob.Send(1, to: Contract, gas: 100_000), Alice.Send(1, to: Contract, gas: 100_000), Bob.Send(0));
        using ChunkBuilder builder = _fixture.Builder();

        // The deposit uses Bob's nonce 0, so that only his second transaction can run.
        _fixture.Build(builder);
        _chunk = builder.Chunk!;
        Assert.Equal(4, _chunk.Block.Transactions.Length);
        Assert.NotEqual(Bloom.Empty, _chunk.Block.Header.LogsBloom);
    }

    public static TheoryData<HeaderField> Fields => [.. Enum.GetValues<HeaderField>()];

    [Fact]
    public void A_chunk_as_it_was_built_is_valid_and_gives_what_the_builder_had()
    {
        VerifiedChunk verified = Assert.IsType<VerificationResult.Valid>(_fixture.Verify(_chunk)).Chunk;
        Assert.Equal(_chunk.Block.Hash, verified.Hash);
        Assert.Equal(_chunk.Receipts, verified.Receipts);
        Assert.Equal(_chunk.Used, verified.Used);
        Assert.Equal(_chunk.State.Root, verified.State.Root);
        Assert.Null(new VerificationResult.Valid(verified).Fault);
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void Any_corrupted_field_of_the_header_is_named(HeaderField field)
    {
        BlockHeader header = Corrupt(_chunk.Block.Header, field);
        VerificationResult result = _fixture.Verifier.Verify(_fixture.Request(_chunk) with { Header = header }, TestContext.Current.CancellationToken);
        VerificationResult.StateMismatch mismatch = Assert.IsType<VerificationResult.StateMismatch>(result);
        Assert.Equal(field, mismatch.Field);
        Assert.NotEqual(mismatch.Expected, mismatch.Actual);
        Assert.Equal(field >= HeaderField.TransactionsRoot ? ReexecutionFault.BlockMismatch : ReexecutionFault.InvalidHeader, mismatch.Fault);
    }

    [Fact]
    public void Without_the_parents_state_the_parent_is_unknown()
    {
        VerificationResult result = _fixture.Verifier.Verify(_fixture.Request(_chunk) with { Parent = null }, TestContext.Current.CancellationToken);
        Assert.Equal(new VerificationResult.ParentUnknown(_fixture.Context.ParentHash), result);
        Assert.Null(result.Fault);
    }

    [Fact]
    public void Missing_transactions_are_named()
    {
        Transaction missing = _chunk.Block.Transactions[2];
        VerificationRequest request = _fixture.Request(_chunk);
        Dictionary<Hash256, Transaction> some = new(request.Transactions);
        some.Remove(missing.Hash);

        // A body under another's hash does not count.
        some[_chunk.Block.Transactions[3].Hash] = missing;
        VerificationResult result = _fixture.Verifier.Verify(request with { Transactions = some }, TestContext.Current.CancellationToken);
        Assert.Equal([missing.Hash, _chunk.Block.Transactions[3].Hash], Assert.IsType<VerificationResult.TransactionsMissing>(result).Hashes);
        Assert.Null(result.Fault);
    }

    [Theory]
    [InlineData("nonce too high")]
    [InlineData("nonce too low")]
    [InlineData("insufficient funds for gas * price + value")]
    [InlineData("max fee per gas less than block base fee")]
    [InlineData("invalid chain id")]
    [InlineData("invalid sender")]
    [InlineData("intrinsic gas too low")]
    [InlineData("deposit not expected")]
    public void A_transaction_that_cannot_be_in_a_block_is_named_with_its_place(string reason)
    {
        Transaction bad = reason switch
        {
            "nonce too high" => Alice.Send(9),
            "nonce too low" => Alice.Send(0, tip: 3),
            "insufficient funds for gas * price + value" => new Wallet(77).Send(0),
            "max fee per gas less than block base fee" => Alice.Send(2, cap: 9),
            "invalid chain id" => Alice.Sign(Alice.Send(2).Fields with { ChainId = 5 }),
            "invalid sender" => new Transaction(Alice.Send(2).Fields, new Protocol.Crypto.Signature(5, 1, 0)),
            "intrinsic gas too low" => Alice.Send(2, gas: 20_000),
            _ => ChunkFixture.Deposits((Bob.Address, Bob.Address, 1, 1), (Bob.Address, Bob.Address, 1, 1))[1],
        };
        VerificationResult result = VerifyBlockOf([.. _chunk.Block.Transactions, bad]);
        VerificationResult.FailedTransaction failed = Assert.IsType<VerificationResult.FailedTransaction>(result);
        Assert.Equal(4, failed.Index);
        Assert.Equal(bad.Hash, failed.Hash);
        Assert.StartsWith(reason, failed.Reason, StringComparison.Ordinal);
        Assert.Equal(ReexecutionFault.InvalidTransaction, failed.Fault);
    }

    [Fact]
    public void A_missing_a_foreign_and_a_misplaced_deposit_are_named()
    {
        Transaction deposit = _fixture.Context.Deposits[0];
        ImmutableArray<Transaction> others = _chunk.Block.Transactions[1..];
        Assert.Equal(0, Assert.IsType<VerificationResult.FailedTransaction>(VerifyBlockOf(others)).Index);
        Assert.Equal(0, Assert.IsType<VerificationResult.FailedTransaction>(VerifyBlockOf([])).Index);
        Assert.Equal(1, Assert.IsType<VerificationResult.FailedTransaction>(VerifyBlockOf([deposit, deposit, .. others])).Index);
        Assert.Equal(0, Assert.IsType<VerificationResult.FailedTransaction>(VerifyBlockOf([others[0], deposit, .. others[1..]])).Index);
    }

    [Fact]
    public void Limits_are_held_before_and_during_execution()
    {
        VerificationRequest request = _fixture.Request(_chunk);
        ChunkLimits used = _chunk.Used;
        ulong depositGas = _chunk.Receipts[0].CumulativeGasUsed;
        long depositData = _fixture.Context.Deposits[0].Raw.Length;
        ChunkLimits exact = new(used.Gas - depositGas, used.Transactions - 1, used.Data - depositData);
        Assert.IsType<VerificationResult.Valid>(Verify(exact));
        Assert.Equal(new VerificationResult.LimitsExceeded(ChunkLimitKind.Gas, exact.Gas, exact.Gas - 1), Verify(exact with { Gas = exact.Gas - 1 }));
        Assert.Equal(new VerificationResult.LimitsExceeded(ChunkLimitKind.Transactions, 3, 2), Verify(exact with { Transactions = 2 }));
        Assert.Equal(
            new VerificationResult.LimitsExceeded(ChunkLimitKind.Data, (ulong)exact.Data, (ulong)exact.Data - 1),
            Verify(exact with { Data = exact.Data - 1 }));
        Assert.Equal(ReexecutionFault.LimitExceeded, Verify(exact with { Transactions = 2 }).Fault);

        VerificationResult Verify(ChunkLimits limits) => _fixture.Verifier.Verify(request with { Limits = limits }, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void No_signature_is_recovered_twice_from_pool_to_verifier()
    {
        long before = _fixture.Senders.Recoveries;
        VerificationRequest request = _fixture.Request(_chunk);
        Dictionary<Hash256, Transaction> fresh = request.Transactions.ToDictionary(pair => pair.Key, pair => Decode(pair.Value));
        Assert.IsType<VerificationResult.Valid>(_fixture.Verifier.Verify(request with { Transactions = fresh }, TestContext.Current.CancellationToken));
        Assert.Equal(before, _fixture.Senders.Recoveries);
    }

    [Fact]
    public void A_session_that_met_an_invalid_part_takes_no_other()
    {
        using ChunkVerification session = _fixture.Verifier.Open(_fixture.Parent, _fixture.Context, _fixture.Limits);
        DateTimeOffset deadline = _fixture.Time.GetUtcNow().AddSeconds(1);
        BlockHeader header = _chunk.Block.Header with { StateRoot = default };
        Assert.IsType<VerificationResult.StateMismatch>(session.Append(_chunk.Block.Transactions, header, deadline, TestContext.Current.CancellationToken));
        Assert.True(session.IsBroken);
        Assert.Throws<InvalidOperationException>(() => session.Append([], _chunk.Block.Header, deadline, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_cancelled_verification_stops()
    {
        using CancellationTokenSource stop = new();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => _fixture.Verifier.Verify(_fixture.Request(_chunk), stop.Token));
    }

    internal static BlockHeader Corrupt(BlockHeader header, HeaderField field)
    {
        Hash256 other = PoolFixture.BlockHash(424242);
        return field switch
        {
            HeaderField.ParentHash => header with { ParentHash = other },
            HeaderField.Number => header with { Number = header.Number + 1 },
            HeaderField.Timestamp => header with { Timestamp = header.Timestamp + 1 },
            HeaderField.FeeRecipient => header with { FeeRecipient = Contract },
            HeaderField.GasLimit => header with { GasLimit = header.GasLimit + 1 },
            HeaderField.BaseFeePerGas => header with { BaseFeePerGas = header.BaseFeePerGas + (UInt256)1UL },
            HeaderField.PrevRandao => header with { PrevRandao = other },
            HeaderField.ParentBeaconBlockRoot => header with { ParentBeaconBlockRoot = other },
            HeaderField.ExtraData => header with { ExtraData = new byte[] { 9 } },
            HeaderField.WithdrawalsRoot => header with { WithdrawalsRoot = other },
            HeaderField.BlobGasUsed => header with { BlobGasUsed = 131_072 },
            HeaderField.ExcessBlobGas => header with { ExcessBlobGas = 1 },
            HeaderField.RequestsHash => header with { RequestsHash = other },
            HeaderField.TransactionsRoot => header with { TransactionsRoot = other },
            HeaderField.GasUsed => header with { GasUsed = header.GasUsed + 1 },
            HeaderField.ReceiptsRoot => header with { ReceiptsRoot = other },
            HeaderField.LogsBloom => header with { LogsBloom = Bloom.FromBytes([.. Enumerable.Repeat((byte)1, Bloom.Length)]) },
            HeaderField.StateRoot => header with { StateRoot = other },
            _ => throw new ArgumentOutOfRangeException(nameof(field)),
        };
    }

    private static Transaction Decode(Transaction transaction) =>
        Assert.IsType<TransactionDecoding.Decoded>(Transaction.Decode(transaction.Raw.Span, new TransactionRules { AllowDeposits = true })).Transaction;

    private VerificationResult VerifyBlockOf(ImmutableArray<Transaction> transactions) => _fixture.Verifier.Verify(
        _fixture.Request(_chunk) with
        {
            Header = _chunk.Block.Header with { TransactionsRoot = Block.TransactionsRootOf(transactions) },
            TransactionHashes = [.. transactions.Select(transaction => transaction.Hash)],
            Transactions = transactions.DistinctBy(transaction => transaction.Hash).ToDictionary(transaction => transaction.Hash),
        },
        TestContext.Current.CancellationToken);
}
