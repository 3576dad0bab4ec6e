using Cloud.Execution.Pool;
using Cloud.Protocol;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Tests.Pool;

public sealed class PoolAdmissionTests
{
    private static readonly Wallet Alice = new(1);
    private static readonly Wallet Bob = new(2);

    [Fact]
    public void A_good_transaction_is_pending_and_known_by_hash_from_then_on()
    {
        PoolFixture fixture = new(rich: Alice);
        Transaction transaction = Alice.Send(0);
        PoolAdmission.Added added = Assert.IsType<PoolAdmission.Added>(fixture.Pool.Add(transaction.Raw.Span));
        Assert.True(added.IsPending);
        Assert.Equal(Alice.Address, added.Sender);
        Assert.IsType<PoolStatus.Pending>(fixture.Pool.Status(transaction.Hash));
        Assert.True(fixture.Pool.TryGet(transaction.Hash, out Transaction? found));
        Assert.Equal(transaction, found);
        Assert.Equal(1UL, fixture.Pool.NextNonce(Alice.Address));
        Assert.Equal(new PoolCounts(1, 0, 0, transaction.Raw.Length, 1), fixture.Pool.Counts);
        Assert.IsType<PoolStatus.Unknown>(fixture.Pool.Status(Alice.Send(1).Hash));
    }

    [Fact]
    public void The_same_transaction_twice_is_already_known() =>
        Assert.Equal("already known", Twice().Message);

    [Fact]
    public void A_gap_in_nonces_is_queued_until_it_is_filled()
    {
        PoolFixture fixture = new(rich: Alice);
        Assert.False(fixture.Accept(Alice.Send(2)).IsPending);
        Assert.False(fixture.Accept(Alice.Send(1)).IsPending);
        Assert.Equal(0UL, fixture.Pool.NextNonce(Alice.Address));
        Assert.Empty(fixture.SelectAll());
        Assert.True(fixture.Accept(Alice.Send(0)).IsPending);
        Assert.Equal(new PoolCounts(3, 0, 0, fixture.Pool.Counts.Bytes, 1), fixture.Pool.Counts);
        Assert.Equal(3UL, fixture.Pool.NextNonce(Alice.Address));
        Assert.Equal([0UL, 1, 2], fixture.SelectAll().ConvertAll(transaction => transaction.Nonce));
    }

    [Fact]
    public void A_used_nonce_is_too_low()
    {
        PoolFixture fixture = new();
        fixture.State.With(Alice.Address, 5, PoolFixture.Rich);
        Assert.StartsWith("nonce too low", fixture.Refuse<PoolRefusal.NonceTooLow>(Alice.Send(4)).Message, StringComparison.Ordinal);
        fixture.Accept(Alice.Send(5));
    }

    [Fact]
    public void All_waiting_transactions_of_a_sender_must_be_covered_together()
    {
        PoolFixture fixture = new();
        fixture.State.With(Alice.Address, 0, 3 * 21_000 * 100UL);
        fixture.Accept(Alice.Send(0));
        fixture.Accept(Alice.Send(1));
        PoolRefusal refusal = fixture.Refuse<PoolRefusal.InsufficientFunds>(Alice.Send(2, value: 1));
        Assert.StartsWith("insufficient funds for gas * price + value", refusal.Message, StringComparison.Ordinal);
        fixture.Accept(Alice.Send(2));
        fixture.Refuse<PoolRefusal.InsufficientFunds>(Bob.Send(0));
    }

    [Fact]
    public void A_replacement_must_raise_both_caps_by_a_tenth()
    {
        PoolFixture fixture = new(rich: Alice);
        Transaction first = Alice.Send(0, tip: 10, cap: 100);
        fixture.Accept(first);
        Assert.StartsWith(
            "replacement transaction underpriced",
            fixture.Refuse<PoolRefusal.ReplacementUnderpriced>(Alice.Send(0, tip: 10, cap: 110)).Message,
            StringComparison.Ordinal);
        fixture.Refuse<PoolRefusal.ReplacementUnderpriced>(Alice.Send(0, tip: 11, cap: 109));
        Transaction second = Alice.Send(0, tip: 11, cap: 110);
        Assert.Equal(first.Hash, fixture.Accept(second).Replaced);
        PoolStatus.Dropped dropped = Assert.IsType<PoolStatus.Dropped>(fixture.Pool.Status(first.Hash));
        Assert.Equal(new DropReason.Replaced(second.Hash), dropped.Reason);
        Assert.Equal([second], fixture.SelectAll());
        Assert.Equal(second.Raw.Length, fixture.Pool.Counts.Bytes);
    }

    [Fact]
    public void A_replacement_of_a_free_transaction_must_still_be_higher()
    {
        PoolFixture fixture = new(baseFee: 0, rich: Alice);
        fixture.Accept(Alice.Send(0, tip: 0, cap: 0));
        fixture.Refuse<PoolRefusal.ReplacementUnderpriced>(Alice.Send(0, tip: 0, cap: 0, value: 1));
        fixture.Accept(Alice.Send(0, tip: 1, cap: 1));
    }

    [Theory]
    [InlineData(0, 20_999, "intrinsic gas too low")]
    [InlineData(100, 21_399, "intrinsic gas too low")]
    [InlineData(100, 21_400, "insufficient gas for floor data gas cost")]
    [InlineData(0, 16_777_217, "transaction gas limit too high")]
    public void Gas_limits_out_of_range_are_refused(int zeroBytes, ulong gas, string text)
    {
        PoolFixture fixture = new(rich: Alice);
        PoolRefusal refusal = fixture.Refuse<PoolRefusal.Invalid>(Alice.Send(0, gas: gas, dataLength: zeroBytes));
        Assert.StartsWith(text, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gas_limit_above_the_blocks_is_refused()
    {
        PoolFixture fixture = new(rich: Alice);
        fixture.Pool.SetHead(fixture.Head with { GasLimit = 50_000 }, [], []);
        Assert.StartsWith("exceeds block gas limit", fixture.Refuse<PoolRefusal.ExceedsBlockGasLimit>(Alice.Send(0, gas: 50_001)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_chain_a_blob_a_deposit_and_an_oversized_one_are_refused()
    {
        PoolFixture fixture = new(new PoolOptions { MaxTransactionBytes = 1000, MaxBytesPerSender = 1000 }, rich: Alice);
        Transaction foreign = Alice.Sign(Alice.Send(0).Fields with { ChainId = 902 });
        Assert.StartsWith("invalid chain id", fixture.Refuse<PoolRefusal.Invalid>(foreign).Message, StringComparison.Ordinal);
        Assert.StartsWith("oversized data", fixture.Refuse<PoolRefusal.Oversized>(Alice.Send(0, gas: 100_000, dataLength: 1000)).Message, StringComparison.Ordinal);
        DepositFields deposit = new(default, Alice.Address, 1, false);
        Transaction minting = new(new TransactionFields { Type = TransactionType.Deposit, To = Bob.Address, Deposit = deposit }, default);
        Assert.StartsWith("transaction type not supported", fixture.Refuse<PoolRefusal.Invalid>(minting).Message, StringComparison.Ordinal);
        PoolAdmission.Refused blob = Assert.IsType<PoolAdmission.Refused>(fixture.Pool.Add((byte[])[0x03, 0xc0]));
        Assert.StartsWith("transaction type not supported", blob.Reason.Message, StringComparison.Ordinal);
        PoolAdmission.Refused large = Assert.IsType<PoolAdmission.Refused>(fixture.Pool.Add(new byte[1001]));
        Assert.StartsWith("oversized data", large.Reason.Message, StringComparison.Ordinal);
        Assert.Equal(0, fixture.Pool.Counts.Pending);
    }

    [Fact]
    public void A_tip_below_the_minimum_is_underpriced()
    {
        PoolFixture fixture = new(new PoolOptions { MinTip = 5 }, rich: Alice);
        Assert.StartsWith("transaction underpriced", fixture.Refuse<PoolRefusal.TipTooLow>(Alice.Send(0, tip: 4)).Message, StringComparison.Ordinal);
        fixture.Accept(Alice.Send(0, tip: 5));
    }

    [Fact]
    public void A_tip_above_the_fee_cap_is_refused() =>
        Assert.StartsWith(
            "max priority fee per gas higher than max fee per gas",
            new PoolFixture(rich: Alice).Refuse<PoolRefusal.Invalid>(Alice.Send(0, tip: 101, cap: 100)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_signature_without_a_key_has_no_sender()
    {
        PoolFixture fixture = new(rich: Alice);
        Transaction transaction = new(Alice.Send(0).Fields, new Protocol.Crypto.Signature(5, 1, 0));
        Assert.StartsWith("invalid sender", fixture.Refuse<PoolRefusal.Invalid>(transaction).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_contract_cannot_send()
    {
        PoolFixture fixture = new();
        fixture.State.With(Alice.Address, 0, PoolFixture.Rich, [0x60, 0x00]);
        Assert.StartsWith("sender not an eoa", fixture.Refuse<PoolRefusal.SenderNotEoa>(Alice.Send(0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_delegated_account_has_one_waiting_transaction_and_no_gap()
    {
        PoolFixture fixture = new();
        fixture.State.With(Alice.Address, 3, PoolFixture.Rich, [0xef, 0x01, 0x00, .. Wallet.Somebody.ToArray()]);
        Assert.StartsWith("gapped-nonce tx from delegated accounts", fixture.Refuse<PoolRefusal.DelegatedGap>(Alice.Send(4)).Message, StringComparison.Ordinal);
        fixture.Accept(Alice.Send(3));
        Assert.StartsWith("in-flight transaction limit reached", fixture.Refuse<PoolRefusal.DelegatedLimit>(Alice.Send(4)).Message, StringComparison.Ordinal);
        fixture.Accept(Alice.Send(3, tip: 2, cap: 200));

        // In a flashblock it is no longer in the way.
        MemoryState after = fixture.State.Copy().With(Alice.Address, 4, PoolFixture.Rich, [0xef, 0x01, 0x00, .. Wallet.Somebody.ToArray()]);
        Assert.True(fixture.Pool.Commit(fixture.Flashblock(0, after, Alice.Send(3, tip: 2, cap: 200))));
        fixture.Accept(Alice.Send(4));
    }

    [Fact]
    public void An_account_about_to_be_delegated_is_limited_too()
    {
        PoolFixture fixture = new(rich: [Alice, Bob]);
        Transaction delegation = Alice.Sign(new TransactionFields
        {
            Type = TransactionType.SetCode,
            ChainId = Wallet.ChainId,
            MaxPriorityFeePerGas = 1,
            MaxFeePerGas = 100,
            GasLimit = 100_000,
            To = Bob.Address,
            Authorizations = [Bob.Authorize(Wallet.Somebody, 0)],
        });
        fixture.Accept(delegation);
        fixture.Accept(Bob.Send(0));
        fixture.Refuse<PoolRefusal.DelegatedLimit>(Bob.Send(1));
        Assert.True(fixture.Pool.Remove(delegation.Hash));
        fixture.Accept(Bob.Send(1));
        Assert.StartsWith("authority already reserved", fixture.Refuse<PoolRefusal.AuthorityReserved>(delegation).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Types_of_later_forks_are_refused_before_them()
    {
        PoolFixture fixture = new(rich: [Alice, Bob]);
        fixture.Pool.SetHead(fixture.Head with { Fork = Fork.Cancun }, [], []);
        Transaction delegation = Alice.Sign(Alice.Send(0).Fields with { Type = TransactionType.SetCode, Authorizations = [Bob.Authorize(Wallet.Somebody, 0)], GasLimit = 100_000 });
        Assert.StartsWith("transaction type not supported", fixture.Refuse<PoolRefusal.Invalid>(delegation).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_senders_bounds_push_out_its_last_transactions_but_never_for_a_later_one()
    {
        PoolFixture fixture = new(new PoolOptions { MaxPerSender = 3, MaxQueuedPerSender = 2 }, rich: Alice);
        fixture.Accept(Alice.Send(1));
        fixture.Accept(Alice.Send(3));
        Assert.StartsWith("account limit exceeded: 2 queued", fixture.Refuse<PoolRefusal.AccountLimit>(Alice.Send(4)).Message, StringComparison.Ordinal);
        Transaction tail = Alice.Send(3);
        fixture.Accept(Alice.Send(2));
        Assert.Equal(new PoolStatus.Dropped(new DropReason.AccountLimit()), fixture.Pool.Status(tail.Hash));
        fixture.Accept(Alice.Send(0));
        Assert.Equal("account limit exceeded: 3 transactions", fixture.Refuse<PoolRefusal.AccountLimit>(Alice.Send(3)).Message);
    }

    [Fact]
    public void A_senders_bytes_are_bounded()
    {
        PoolFixture fixture = new(new PoolOptions { MaxTransactionBytes = 1000, MaxBytesPerSender = 1500 }, rich: Alice);
        fixture.Accept(Alice.Send(0, gas: 100_000, dataLength: 800));
        Assert.Equal("account limit exceeded: 1500 bytes", fixture.Refuse<PoolRefusal.AccountLimit>(Alice.Send(1, gas: 100_000, dataLength: 800)).Message);
        fixture.Accept(Alice.Send(1, gas: 100_000, dataLength: 400));
    }

    [Fact]
    public void Options_out_of_range_are_named()
    {
        ArgumentException thrown = Assert.Throws<ArgumentException>(() => new PoolFixture(new PoolOptions { MaxPerSender = 0, ReplacementBumpPercent = 0 }));
        Assert.Contains("MaxPerSender must be from 1", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("ReplacementBumpPercent must be from 1", thrown.Message, StringComparison.Ordinal);
    }

    private static PoolRefusal.AlreadyKnown Twice()
    {
        PoolFixture fixture = new(rich: Alice);
        fixture.Accept(Alice.Send(0));
        return fixture.Refuse<PoolRefusal.AlreadyKnown>(Alice.Send(0));
    }
}
