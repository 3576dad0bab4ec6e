using System.Collections.Immutable;
using Cloud.Gateway.Status;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Gateway.Tests.Status;

public sealed class ChunkProofsTests
{
    private static readonly SigningContext Context = new(7357, Address.Parse(new string('1', 40)));
    private static readonly Address Producer = Address.Parse(new string('2', 40));
    private static readonly Signature Signature = Secp256k1.Sign([.. Enumerable.Repeat((byte)7, 32)], Keccak256.OfEmptyRlpString);

    [Fact]
    public void Messages_are_put_together_from_the_block_as_they_were_signed()
    {
        ImmutableArray<Transaction> transactions = Transactions(5);
        Flashblock first = Flashblock(0, transactions[..2]);
        Flashblock second = Flashblock(1, transactions[2..]);
        ChunkProposal proposal = Proposal(transactions);
        ChunkProofs proofs = new();
        proofs.Add(first, 0);
        proofs.Add(second, 2);
        proofs.Add(proposal);
        Assert.Equal(first.Encode(), proofs.FlashblockWith(transactions, 1)!.Encode());
        Assert.Equal(second.Encode(), proofs.FlashblockWith(transactions, 2)!.Encode());
        Assert.Equal(proposal.Encode(), proofs.Proposal(transactions)!.Encode());
        Assert.True(proofs.HasFlashblock(second.Payload.Hash));
    }

    [Fact]
    public void Messages_over_other_transactions_are_not_made_up()
    {
        ImmutableArray<Transaction> transactions = Transactions(3);
        ChunkProofs proofs = new();
        proofs.Add(Flashblock(0, transactions[..2]), 0);
        proofs.Add(Proposal(transactions));
        ImmutableArray<Transaction> others = [transactions[1], transactions[0], transactions[2]];
        Assert.Null(proofs.FlashblockWith(others, 0));
        Assert.Null(proofs.FlashblockWith(transactions, 2));
        Assert.Null(proofs.FlashblockWith(transactions[..1], 0));
        Assert.Null(proofs.Proposal(others));
    }

    [Fact]
    public void What_is_kept_does_not_grow_with_the_transactions()
    {
        long[] bytes = [.. new[] { 1, 50 }.Select(count =>
        {
            ImmutableArray<Transaction> transactions = Transactions(count);
            ChunkProofs proofs = new();
            proofs.Add(Flashblock(0, transactions), 0);
            proofs.Add(Proposal(transactions));
            return proofs.Bytes;
        })];
        Assert.Equal(bytes[0], bytes[1]);
    }

    private static ImmutableArray<Transaction> Transactions(int count) => [.. Enumerable.Range(0, count).Select(nonce => new TransactionFields
    {
        ChainId = 7357,
        Nonce = (ulong)nonce,
        GasLimit = 21_000,
        To = Producer,
    }.Sign([.. Enumerable.Repeat((byte)9, 32)]))];

    private static Flashblock Flashblock(uint index, ImmutableArray<Transaction> transactions) => new(
        Context,
        new FlashblockPayload(
            4, Producer, 1, index, FlashblockPayload.PayloadIdOf(4, 1), 42, default, index == 1, 1_800_000_000_000, null,
            new FlashblockDiff(default, default, Bloom.Empty, 21_000, default, [.. transactions.Select(transaction => transaction.Raw)], [], default, null)),
        Signature);

    private static ChunkProposal Proposal(ImmutableArray<Transaction> transactions) => new(
        Context, new ChunkHeader(4, Producer, 1, false, default, new BlockHeader { Number = 42 }, [.. transactions.Select(transaction => transaction.Hash)]), Signature);
}
