using Cloud.Protocol.Deposits;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Protocol.Tests.Deposits;

public sealed class DepositRuleTests
{
    private static readonly DepositLimits Limits = new(3, 250_000);

    [Fact]
    public void What_a_proposer_chooses_is_what_verifiers_expect() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<byte>(), (gas, start) =>
        {
            Inbox inbox = Fill([.. gas.Select(g => 21_000 + ((ulong)g * 800))]);
            ulong consumed = inbox.Count == 0 ? 0 : start % (inbox.Count + 1);
            ulong count = DepositRule.Choose(inbox, consumed, Limits);
            DepositOutcome first = DepositRule.Expect(inbox, inbox.HashAt(consumed), 0, inbox.HashAt(count), Limits);
            DepositOutcome later = DepositRule.Expect(inbox, inbox.HashAt(consumed), 1, inbox.HashAt(count), Limits);
            return first is DepositOutcome.Expected expected && expected.Count == count && (ulong)expected.Transactions.Length == count - consumed
                && later is DepositOutcome.Expected { Transactions.IsEmpty: true };
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Messages_become_deposits_with_the_same_content_and_names_of_their_own()
    {
        Inbox inbox = Fill(30_000, 30_000);
        Transaction[] deposits = [.. inbox.Transactions(0, 2)];
        Assert.All(deposits, deposit => Assert.Equal((TransactionType.Deposit, (UInt256)7, (UInt256)7, 30_000UL), (deposit.Type, deposit.Fields.Value, deposit.Fields.Deposit!.Mint, deposit.GasLimit)));
        Assert.NotEqual(deposits[0].Hash, deposits[1].Hash);
        TransactionDecoding decoded = Transaction.Decode(deposits[0].Raw.Span, new TransactionRules { AllowDeposits = true });
        Assert.Equal(deposits[0].Hash, Assert.IsType<TransactionDecoding.Decoded>(decoded).Transaction.Hash);
    }

    [Fact]
    public void Too_much_of_it_going_back_and_unknown_commitments_are_told_apart()
    {
        Inbox inbox = Fill(30_000, 30_000, 30_000, 30_000);
        Assert.IsType<DepositOutcome.TooMany>(DepositRule.Expect(inbox, default, 0, inbox.HashAt(4), Limits));
        Assert.IsType<DepositOutcome.GoesBack>(DepositRule.Expect(inbox, inbox.HashAt(2), 0, inbox.HashAt(1), Limits));
        Assert.IsType<DepositOutcome.Unknown>(DepositRule.Expect(inbox, default, 0, Cloud.Protocol.Crypto.Keccak256.Hash([1]), Limits));
        Inbox heavy = Fill(200_000, 200_000);
        Assert.Equal(1UL, DepositRule.Choose(heavy, 0, Limits));
        Assert.IsType<DepositOutcome.TooMany>(DepositRule.Expect(heavy, default, 0, heavy.HashAt(2), Limits));
    }

    [Fact]
    public void Messages_come_in_order()
    {
        Inbox inbox = Fill(30_000);
        Assert.Throws<ArgumentException>(() => inbox.Add(inbox[1]));
        Assert.Equal(inbox.InHash, inbox.HashAt(1));
        Assert.Equal(Hash256.Zero, inbox.HashAt(0));
    }

    private static Inbox Fill(params ulong[] gas)
    {
        Inbox inbox = Inbox.Empty;
        foreach (ulong limit in gas)
        {
            inbox = inbox.Add(new InboxMessage(inbox.Count + 1, Address.Parse("0x00000000000000000000000000000000000000a1"), Address.Parse("0x00000000000000000000000000000000000000b2"), 7, limit, new byte[] { 1 }));
        }

        return inbox;
    }
}
