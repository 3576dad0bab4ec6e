using System.Collections.Immutable;
using Cloud.Execution.Blocks;
using Cloud.Execution.Tests.State;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Storage.Lmdb;

namespace Cloud.Execution.Tests.Blocks;

public sealed class BlockStoreTests
{
    private static readonly Address Token = Address.Parse("0x" + new string('a', 40));
    private static readonly Address Other = Address.Parse("0x" + new string('b', 40));
    private static readonly Hash256 Transfer = Hash256.Parse("0x" + new string('1', 64));
    private static readonly Hash256 Approval = Hash256.Parse("0x" + new string('2', 64));

    [Fact]
    public void Blocks_receipts_and_transactions_are_found_after_a_restart_too()
    {
        using TemporaryFolder folder = new();
        (Block Block, ImmutableArray<Receipt> Receipts)[] chain = Chain(5);
        for (int run = 0; run < 2; run++)
        {
            using BlockStore store = BlockStore.Open(folder.Path, LmdbSyncMode.None);
            if (run == 0)
            {
                Assert.Null(store.Head);
                foreach ((Block block, ImmutableArray<Receipt> receipts) in chain)
                {
                    store.Append(block, receipts);
                }
            }

            Assert.Equal((100UL, 104UL), (store.Oldest, store.Head));
            foreach ((Block block, ImmutableArray<Receipt> receipts) in chain)
            {
                Block read = store.TryGetBlock(block.Header.Number)!;
                Assert.Equal(block.Hash, read.Hash);
                Assert.Equal(block.Transactions.AsEnumerable(), read.Transactions);
                Assert.Equal(receipts.AsEnumerable(), store.TryGetReceipts(block.Header.Number));
                Assert.True(store.TryFindBlock(block.Hash, out ulong number));
                Assert.Equal(block.Header.Number, number);
                for (int i = 0; i < block.Transactions.Length; i++)
                {
                    Assert.True(store.TryFindTransaction(block.Transactions[i].Hash, out TransactionPlace place));
                    Assert.Equal(new TransactionPlace(block.Header.Number, i), place);
                }
            }

            Assert.Null(store.TryGetBlock(99));
            Assert.True(store.TryGetReceipts(105).IsDefault);
            Assert.False(store.TryFindBlock(Transfer, out _));
            Assert.False(store.TryFindTransaction(Transfer, out _));
        }
    }

    [Fact]
    public void A_reorg_takes_back_blocks_with_all_that_leads_to_them()
    {
        using TemporaryFolder folder = new();
        using BlockStore store = BlockStore.Open(folder.Path, LmdbSyncMode.None);
        (Block Block, ImmutableArray<Receipt> Receipts)[] chain = Chain(5);
        foreach ((Block block, ImmutableArray<Receipt> receipts) in chain)
        {
            store.Append(block, receipts);
        }

        Assert.Throws<ArgumentException>(() => store.Append(chain[2].Block, chain[2].Receipts));
        Assert.Equal([chain[4].Block.Hash, chain[3].Block.Hash], store.RemoveFrom(103).Select(b => b.Hash));
        Assert.Equal(102UL, store.Head);
        Assert.False(store.TryFindBlock(chain[3].Block.Hash, out _));
        Assert.False(store.TryFindTransaction(chain[4].Block.Transactions[0].Hash, out _));
        Assert.True(store.TryFindTransaction(chain[2].Block.Transactions[0].Hash, out _));
        store.Append(chain[3].Block, chain[3].Receipts);
        Assert.Equal(2, store.RemoveBefore(102));
        Assert.Equal((102UL, 103UL), (store.Oldest, store.Head));
        Assert.Equal(1, store.RemoveBefore(1000));
        Assert.Equal(103UL, store.Oldest);
    }

    [Fact]
    public void Logs_are_found_by_address_and_topics_with_their_place()
    {
        using TemporaryFolder folder = new();
        using BlockStore store = BlockStore.Open(folder.Path, LmdbSyncMode.None);
        foreach ((Block block, ImmutableArray<Receipt> receipts) in Chain(20))
        {
            store.Append(block, receipts);
        }

        // Every third block has logs: in its second transaction, one of the token and two of the other contract.
        ImmutableArray<StoredLog> token = Find(new LogFilter([Token], []));
        Assert.Equal([100UL, 103, 106, 109, 112, 115, 118], token.Select(l => l.BlockNumber));
        Assert.All(token, l => Assert.Equal((1, 0, Token), (l.TransactionIndex, l.LogIndex, l.Log.Address)));
        Assert.Equal(store.TryGetBlock(103)!.Transactions[1].Hash, token[1].TransactionHash);
        Assert.Equal(store.TryGetBlock(103)!.Hash, token[1].BlockHash);
        Assert.Equal(21, Find(LogFilter.All).Length);
        Assert.Equal(14, Find(new LogFilter([], [[Transfer]])).Length);
        Assert.Equal(7, Find(new LogFilter([Other], [[Transfer]])).Length);
        Assert.Equal(7, Find(new LogFilter([Token, Other], [[], [Transfer, Approval]])).Length);
        Assert.Empty(Find(new LogFilter([], [[], [], [Transfer]])));
        Assert.Equal(
            [103UL, 106], Assert.IsType<LogSearch.Found>(store.FindLogs(new LogFilter([Token], []), 101, 106, 10, TestContext.Current.CancellationToken)).Logs.Select(l => l.BlockNumber));
        Assert.Equal(new LogSearch.TooMany(5, 103), store.FindLogs(LogFilter.All, 0, ulong.MaxValue, 5, TestContext.Current.CancellationToken));

        ImmutableArray<StoredLog> Find(LogFilter filter) =>
            Assert.IsType<LogSearch.Found>(store.FindLogs(filter, 0, ulong.MaxValue, 100, TestContext.Current.CancellationToken)).Logs;
    }

    private static (Block Block, ImmutableArray<Receipt> Receipts)[] Chain(int length)
    {
        (Block, ImmutableArray<Receipt>)[] chain = new (Block, ImmutableArray<Receipt>)[length];
        Hash256 parent = default;
        byte[] key = [.. Enumerable.Repeat((byte)7, 32)];
        for (int i = 0; i < length; i++)
        {
            ImmutableArray<Transaction> transactions =
            [
                .. Enumerable.Range(0, 3).Select(t => new TransactionFields { ChainId = 901, Nonce = (ulong)((3 * i) + t), GasLimit = 21_000, To = Token }.Sign(key)),
            ];
            ImmutableArray<Receipt> receipts =
            [
                .. Enumerable.Range(0, 3).Select(t => new Receipt
                {
                    Type = TransactionType.DynamicFee,
                    Succeeded = true,
                    CumulativeGasUsed = (ulong)(t + 1) * 21_000,
                    Logs = i % 3 != 0 || t != 1 ? [] : [new Log(Token, [Transfer], Bytes.Empty), new Log(Other, [Transfer, Approval], Bytes.Empty), new Log(Other, [], Bytes.Empty)],
                }),
            ];
            BlockHeader header = new()
            {
                ParentHash = parent,
                Number = 100 + (ulong)i,
                TransactionsRoot = Block.TransactionsRootOf(transactions),
                ReceiptsRoot = Block.ReceiptsRootOf(receipts),
                LogsBloom = Bloom.Of(receipts),
            };
            Block block = new(header, transactions);
            parent = block.Hash;
            chain[i] = (block, receipts);
        }

        return chain;
    }
}
