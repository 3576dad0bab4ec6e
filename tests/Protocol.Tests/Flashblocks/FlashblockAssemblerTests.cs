using Cloud.Protocol.Blocks;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Tests.Flashblocks;

public sealed class FlashblockAssemblerTests
{
    private static readonly FlashblockBase Base = new(Hash(1), Hash(2), Address.Zero, Hash(3), 7, 30_000_000, 1_750_000_000, new byte[] { 0, 1 }, 252);

    [Fact]
    public void Five_prefixes_give_the_hashes_that_the_flashblocks_name()
    {
        FlashblockAssembler assembler = new();
        List<Bytes> all = [];
        BlockHeader header = new();
        for (uint i = 0; i < 5; i++)
        {
            Bytes[] added = [.. Enumerable.Range(0, (int)i).Select(k => (Bytes)new byte[] { 2, (byte)i, (byte)k })];
            all.AddRange(added);
            FlashblockDiff diff = Diff(21_000 * (i + 1), added);

            // Independent of the assembler: an ordinary header with an ordinary transactions root.
            BlockHeader expected = new()
            {
                ParentHash = Hash(2),
                StateRoot = diff.StateRoot,
                TransactionsRoot = OrderedTrie.Root(all, static (t, writer) => writer.WriteRaw(t.Span)),
                ReceiptsRoot = diff.ReceiptsRoot,
                Number = 7,
                GasLimit = 30_000_000,
                GasUsed = diff.GasUsed,
                Timestamp = 1_750_000_000,
                ExtraData = new byte[] { 0, 1 },
                PrevRandao = Hash(3),
                BaseFeePerGas = 252,
                WithdrawalsRoot = diff.WithdrawalsRoot,
                BlobGasUsed = 5,
                ParentBeaconBlockRoot = Hash(1),
                RequestsHash = KnownHashes.EmptyRequests,
            };
            FlashblockAppend outcome = assembler.Append(i, i == 0 ? Base : null, diff with { BlockHash = expected.ComputeHash() });
            header = Assert.IsType<FlashblockAppend.Appended>(outcome).Header;
            Assert.Equal(expected.ComputeHash(), header.ComputeHash());
        }

        Assert.Equal(5u, assembler.Count);
        Assert.Equal(all, assembler.Transactions);
        Assert.Equal(10, all.Count);
    }

    [Fact]
    public void A_hash_that_does_not_follow_from_the_stream_is_refused_and_changes_nothing()
    {
        FlashblockAssembler assembler = new();
        FlashblockDiff first = WithHash(Diff(1, []));
        Assert.IsType<FlashblockAppend.Appended>(assembler.Append(0, Base, first));
        FlashblockDiff second = Diff(2, [new byte[] { 2, 1 }]);
        FlashblockAppend.HashMismatch mismatch = Assert.IsType<FlashblockAppend.HashMismatch>(assembler.Append(1, null, second));
        Assert.Equal(second.BlockHash, mismatch.Named);
        Assert.Empty(assembler.Transactions);
        Assert.Equal(1u, assembler.Count);
        Assert.IsType<FlashblockAppend.Appended>(assembler.Append(1, null, second with { BlockHash = mismatch.Computed }));
    }

    [Theory]
    [InlineData(1ul, true, FlashblockFault.WrongIndex)]
    [InlineData(0ul, false, FlashblockFault.MissingBase)]
    public void The_first_must_be_index_0_with_a_base(ulong index, bool withBase, FlashblockFault fault) =>
        Assert.Equal(new FlashblockAppend.Refused(fault), new FlashblockAssembler().Append(index, withBase ? Base : null, WithHash(Diff(1, []))));

    [Fact]
    public void Later_ones_count_up_without_a_base_and_never_take_back()
    {
        byte[] bits = new byte[Bloom.Length];
        bits[5] = 0x81;
        FlashblockAssembler assembler = new();
        Assert.IsType<FlashblockAppend.Appended>(assembler.Append(0, Base, WithHash(Diff(5, []) with { LogsBloom = Bloom.FromBytes(bits) })));
        bits[5] = 0x80;
        FlashblockDiff less = Diff(5, []) with { LogsBloom = Bloom.FromBytes(bits) };
        Assert.Equal(new FlashblockAppend.Refused(FlashblockFault.WrongIndex), assembler.Append(0, Base, less));
        Assert.Equal(new FlashblockAppend.Refused(FlashblockFault.WrongIndex), assembler.Append(2, null, less));
        Assert.Equal(new FlashblockAppend.Refused(FlashblockFault.UnexpectedBase), assembler.Append(1, Base, less));
        Assert.Equal(new FlashblockAppend.Refused(FlashblockFault.GasDecreased), assembler.Append(1, null, less with { GasUsed = 4 }));
        Assert.Equal(new FlashblockAppend.Refused(FlashblockFault.BloomLostBits), assembler.Append(1, null, less));
    }

    private static FlashblockDiff Diff(ulong gas, Bytes[] transactions) =>
        new(Hash(gas), Hash(5), Bloom.Empty, gas, Hash(99), [.. transactions], [], Hash(6), 5);

    private static FlashblockDiff WithHash(FlashblockDiff diff) =>
        diff with { BlockHash = FlashblockAssembler.HeaderOf(Base, diff, diff.Transactions).ComputeHash() };

    private static Hash256 Hash(ulong number) => Hash256.Parse(number.ToString("x64", null));
}
