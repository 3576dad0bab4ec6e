using Cloud.Execution.Building;
using Cloud.Execution.Evm;
using Cloud.Execution.Tests.Pool;
using Cloud.Execution.Verification;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Tests.Building;

/// <summary>Traps of the flashblocks reference, section 12, that concern building. Others are with the subject: 4, 7, 16 and 20 in ChunkBuilderTests, 17 in PoolSelectionTests.</summary>
public sealed class TrapTests
{
    private static readonly Wallet Alice = new(1);
    private static readonly Address Contract = Address.Parse("0x00000000000000000000000000000000000c0de0");

    [Fact]
    public void Trap_1_only_flashblock_0_has_a_base_and_the_header_follows_from_base_and_diffs()
    {
        ChunkFixture fixture = new(Genesis([]));
        using ChunkBuilder builder = fixture.Builder();
        FlashblockAssembler assembler = new();
        fixture.Build(builder, flashblock =>
        {
            FlashblockBase? fields = flashblock.Index == 0 ? fixture.Context.ToBase() : null;
            Assert.IsType<FlashblockAppend.Appended>(assembler.Append((ulong)flashblock.Index, fields, flashblock.ToDiff()));
        });
        Assert.Equal(10U, assembler.Count);
    }

    [Fact]
    public void Trap_3_only_transactions_and_receipts_are_deltas()
    {
        // LOG1 of nothing with the number of the block as topic.
        ChunkFixture fixture = new(Genesis([0x43, 0x5f, 0x5f, 0xa1]));
        using ChunkBuilder builder = fixture.Builder();
        ulong nonce = 0;
        List<BuiltFlashblock> flashblocks = fixture.Build(builder, _ => fixture.Add(Alice.Send(nonce++, to: Contract, gas: 100_000)));
        for (int i = 1; i < flashblocks.Count; i++)
        {
            ChunkPrefix prefix = flashblocks[i].Prefix;
            Assert.Single(prefix.Transactions);
            Assert.Single(prefix.Receipts);
            Assert.Equal(i, prefix.Used.Transactions);
            Assert.Equal(prefix.Header.GasUsed, prefix.Receipts[0].CumulativeGasUsed);
            Assert.True(prefix.Header.GasUsed > flashblocks[i - 1].Prefix.Header.GasUsed);
            Assert.NotEqual(flashblocks[i - 1].Prefix.Header.StateRoot, prefix.Header.StateRoot);
            Assert.NotEqual(Bloom.Empty, prefix.Header.LogsBloom);
        }
    }

    [Fact]
    public void Trap_5_blockhash_gives_the_hashes_of_the_chain_that_is_extended()
    {
        // Stores the hashes of blocks 7, the parent, and 6 in slots 0 and 1.
        ChunkFixture fixture = new(Genesis([0x60, 0x07, 0x40, 0x5f, 0x55, 0x60, 0x06, 0x40, 0x60, 0x01, 0x55]));
        fixture.Context = fixture.Context with { BlockHashes = new Hashes() };
        fixture.Add(Alice.Send(0, to: Contract, gas: 100_000));
        using ChunkBuilder builder = fixture.Builder();
        fixture.Build(builder);
        Assert.Equal(UInt256.FromBigEndian(fixture.Context.ParentHash.ToArray()), builder.Chunk!.State.GetStorage(Contract, 0));
        Assert.Equal(UInt256.FromBigEndian(PoolFixture.BlockHash(6).ToArray()), builder.Chunk.State.GetStorage(Contract, 1));
    }

    [Fact]
    public void Trap_6_every_flashblock_runs_in_the_environment_of_its_block()
    {
        // Stores NUMBER, TIMESTAMP, BASEFEE, GASLIMIT, COINBASE and PREVRANDAO in slots 0 to 5.
        byte[] code = [0x43, 0x5f, 0x55, 0x42, 0x60, 1, 0x55, 0x48, 0x60, 2, 0x55, 0x45, 0x60, 3, 0x55, 0x41, 0x60, 4, 0x55, 0x44, 0x60, 5, 0x55];
        ChunkFixture fixture = new(Genesis(code));
        using ChunkBuilder builder = fixture.Builder();
        fixture.Build(builder, flashblock =>
        {
            if (flashblock.Index == 4)
            {
                fixture.Add(Alice.Send(0, to: Contract, gas: 300_000));
            }
        });
        ChunkContext context = fixture.Context;
        Assert.True(builder.Chunk!.Receipts[0].Succeeded);
        UInt256[] expected =
        [
            context.Number, context.Timestamp, context.BaseFeePerGas, context.GasLimit,
            UInt256.FromBigEndian(context.FeeRecipient.ToArray()), UInt256.FromBigEndian(context.PrevRandao.ToArray()),
        ];
        for (int slot = 0; slot < expected.Length; slot++)
        {
            Assert.Equal(expected[slot], builder.Chunk.State.GetStorage(Contract, (ulong)slot));
        }

        Assert.IsType<VerificationResult.Valid>(fixture.Verify(builder.Chunk));
    }

    private static MemoryLayer Genesis(byte[] code) => new MemoryLayer().With(Alice.Address, ChunkFixture.Rich).With(Contract, 0, 1, code);

    private sealed class Hashes : IBlockHashes
    {
        public Hash256 GetBlockHash(ulong number) => PoolFixture.BlockHash(number == 6 ? 6UL : 999);
    }
}
